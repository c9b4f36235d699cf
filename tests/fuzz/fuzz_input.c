/*
 * fuzz_input.c - any bytes as a profile of any format.
 *
 * The first byte chooses the format (or none), the second the options. Property:
 * the result is safe folded text: sorted, each stack once, no line too long, none
 * that starts with '#'; folding it again gives the same bytes; and the exit
 * status is one that the manual has. What is not understood is bounded by time
 * and memory alone.
 */
#include "tests/fuzz/profiles.h"

static int
read_all(struct fold *f, struct reading_options opt, enum detect_format format,
    const void *p, size_t len)
{
	struct input in = {
		.reading = { .fold = f, .opt = opt }, .format = format,
	};

	return read_bytes(&in, p, len);
}

static void
check_lines(char *text)
{
	char *last = NULL, *end, *blank;

	for (char *s = text; *s; s = end + 1) {
		end = strchr(s, '\n');
		assert(end && end - s < FOLD_LINE_MAX && s[0] != '#');
		*end = '\0';
		blank = strrchr(s, ' ');
		assert(blank && blank > s && blank[-1] != ' ');
		*blank = '\0';
		assert(!last || strcmp(last, s) < 0);
		last = s;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	uint8_t how = len > 1 ? data[1] : 0;
	enum detect_format format = len ? (enum detect_format)(data[0] %
	    (DETECT_PPROF + 1)) : DETECT_UNSURE;
	struct fold f = { .opt = {
		.heads = {
			.pid = how & 1, .tid = how & 2, .container = how & 4,
		},
		.merge_recursion = how & 8,
	} }, again = { .profile.samples = 0 };
	const struct reading_options opt = {
		.event = how & 16 ? "all" : NULL,
		.weight = how & 32 ? READING_PERIOD : READING_SAMPLES,
		.addrs = how & 64, .lines = how & 128,
	}, none = { .event = NULL };
	size_t skip = len < 2 ? len : 2, n, n2;
	char *text, *text2;
	int status;

	be_quiet();
	status = read_all(&f, opt, format, data + skip, len - skip);
	assert(status == EX_OK || status == EX_DATAERR ||
	    status == EX_UNAVAILABLE);
	text = folded_text(&f, &n);
	if (n) {
		read_all(&again, none, DETECT_FOLDED, text, n);
		text2 = folded_text(&again, &n2);
		if (!(how & 8))
			assert(n == n2 && memcmp(text, text2, n) == 0);
		free(text2);
	}
	check_lines(text);
	free(text);
	fold_free(&f);
	fold_free(&again);
	return 0;
}
