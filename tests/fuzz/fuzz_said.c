/*
 * fuzz_said.c - any bytes on the stderr of a stage.
 *
 * Property: however the bytes are cut into reads, the same is counted and as many
 * lines are passed on; no more than the bound; and what is held is a line that
 * ends in its code.
 */
#include <fcntl.h>
#include <unistd.h>

#include "cmd/gp-run/said.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
require(bool truth)
{
	if (!truth)
		abort();
}

static void
feed(struct said *s, const uint8_t *data, size_t len, size_t piece)
{
	said_init(s, "gp-fuzz");
	for (size_t at = 0; at < len; at += piece)
		take_bytes(s, (const char *)data + at,
		    len - at < piece ? len - at : piece);
	said_end(s);
	for (int i = 0; i < DIAG_CODES; i++)
		require(!s->first[i] || code_of(s->first[i],
		    strlen(s->first[i])) == (enum diag_code)i);
	said_done(s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct said a, b;
	int keep, null;

	if (len > 1 << 16)
		return 0;
	/* What is passed on is not looked at. (To see a sanitizer's report, take
	 * this away.) */
	keep = dup(STDERR_FILENO);
	null = open("/dev/null", O_WRONLY);
	dup2(null, STDERR_FILENO);
	close(null);
	feed(&a, data, len, len ? len : 1);
	feed(&b, data, len, 7);
	dup2(keep, STDERR_FILENO);
	close(keep);
	require(a.lines <= SAID_LINES_MAX + DIAG_CODES);
	require(a.lines == b.lines && a.more == b.more &&
	    a.errors == b.errors);
	require(memcmp(a.count, b.count, sizeof a.count) == 0);
	require(memcmp(a.number, b.number, sizeof a.number) == 0);
	return 0;
}
