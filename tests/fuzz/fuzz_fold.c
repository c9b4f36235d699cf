/*
 * fuzz_fold.c - any bytes as what gp-collapse reads.
 *
 * The first byte chooses the options. Property: counts are conserved (in = out +
 * left out by the filter + refused because the sum would overflow); the result
 * is safe folded text: sorted, each stack once, no line too long, none that
 * starts with '#'; and folding it again gives the same bytes.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "profile/fold.h"
#include "stream/stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
require(bool truth)
{
	if (!truth)
		abort();
}

static int
open_bytes(const void *p, size_t len)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	require(fd >= 0);
	require(write(fd, p, len) == (ssize_t)len);
	require(lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

/* Returns the sum of the counts that were taken. */
static uint64_t
read_all(struct fold *f, const void *p, size_t len)
{
	uint64_t sum = 0;
	struct stream s;
	struct stream_line l;
	int fd = open_bytes(p, len);

	stream_init(&s, fd, "fuzz");
	while (stream_read(&s, &l) != STREAM_END) {
		if (l.type == STREAM_RECORD)
			fold_record(f, &s.record);
		if (l.type == STREAM_SAMPLE &&
		    fold_sample(f, l.text, l.stack_len, l.count) == 0)
			sum += l.count;
	}
	fold_next_file(f);
	stream_free(&s);
	close(fd);
	return sum;
}

static char *
write_all(const struct fold *f, size_t *len)
{
	struct stream_writer w = { 0 };
	char *text;

	w.f = open_memstream(&text, len);
	require(w.f != NULL);
	profile_write_folded(&f->profile, &w);
	require(fclose(w.f) == 0);
	require(w.samples == f->profile.samples);
	return text;
}

static void
check_lines(char *text)
{
	char *last = NULL, *end, *blank;

	for (char *s = text; *s; s = end + 1) {
		end = strchr(s, '\n');
		require(end && end - s < FOLD_LINE_MAX && s[0] != '#');
		*end = '\0';
		blank = strrchr(s, ' ');
		require(blank && blank > s && blank[-1] != ' ');
		*blank = '\0';
		require(!last || strcmp(last, s) < 0);
		last = s;
	}
}

static void
check_sums(const struct fold *f)
{
	struct profile_sum *sum;
	size_t n = profile_sums(&f->profile, &sum);
	uint64_t self = 0;

	for (size_t i = 0; i < n; i++) {
		self += sum[i].self;
		require(sum[i].self <= sum[i].total &&
		    sum[i].total <= f->profile.samples);
	}
	require(self == f->profile.samples);
	require(profile_truncated(&f->profile) <= f->profile.samples);
	free(sum);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	uint8_t how = len ? data[0] : 0;
	struct filter filter = { 0 };
	struct fold f = { .opt = {
		.heads = {
			.pid = how & 1, .tid = how & 2, .container = how & 4,
		},
		.frames.drop = how & 8 ? UINT32_MAX : 0,
		.frames.filter = &filter,
	} }, again = { 0 };
	char *text, *text2;
	size_t n, n2;

	if ((how & 16 && filter_add(&filter, FILTER_HIDE, "^h")) ||
	    (how & 32 && filter_add(&filter, FILTER_IGNORE, "i$")))
		abort();
	if (len)
		require(read_all(&f, data + 1, len - 1) ==
		    f.profile.samples + f.filtered);
	check_sums(&f);
	text = write_all(&f, &n);
	read_all(&again, text, n);
	text2 = write_all(&again, &n2);
	require(n == n2 && memcmp(text, text2, n) == 0);
	check_lines(text);
	free(text);
	free(text2);
	fold_free(&f);
	fold_free(&again);
	filter_free(&filter);
	return 0;
}
