/*
 * fuzz_journal.c - names in gp-run's folders, any bytes.
 *
 * Property: what is taken for one of ours is no path and no hidden file, is the
 * stem and the suffix put together, and names sort by their times; what gp-run
 * makes of it when the recording has ended is one of ours again, with its id.
 */
#include <stdint.h>

#include "cmd/gp-run/journal.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
require(bool truth)
{
	if (!truth)
		abort();
}

static void
check(const char *name, const char *suffix)
{
	char stem[JOURNAL_STEM_MAX], finished[JOURNAL_STEM_MAX];
	char whole[JOURNAL_STEM_MAX + 64], again[JOURNAL_STEM_MAX];
	struct timespec end = { .tv_sec = 1790000000, .tv_nsec = 5000000 };

	if (!parse_name(name, suffix, stem))
		return;
	require(strlen(stem) < JOURNAL_STEM_MAX && stem[0] != '.');
	require(!strchr(stem, '/'));
	snprintf(whole, sizeof whole, "%s%s", stem, suffix);
	require(strcmp(whole, name) == 0);
	journal_finish(finished, stem, end);
	snprintf(whole, sizeof whole, "%s%s", finished, suffix);
	require(parse_name(whole, suffix, again));
	require(strcmp(again, finished) == 0);
	require(strcmp(strrchr(again, '-'), strrchr(stem, '-')) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *name = malloc(len + 1);

	if (!name)
		return 0;
	memcpy(name, data, len);
	name[len] = '\0';
	for (size_t i = 0; i < GP_COUNT(suffixes); i++)
		check(name, suffixes[i]);
	check(name, "");
	free(name);
	return 0;
}
