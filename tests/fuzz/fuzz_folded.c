/*
 * fuzz_folded.c - profiles of bundles, any bytes, on their way to servers.
 *
 * Property: every line has a stack of safe frames and a count above 0, and is no
 * longer than a server takes; the counts add up to the samples; reading from any
 * line on gives the same lines; and the columns of a line are its whole.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "profile/fold.h"
#include "ship/bundle.h"
#include "ship/folded.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct spool spool;

static void
require(bool truth)
{
	if (!truth)
		abort();
}

static void
remove_spool(void)
{
	char text[64];

	snprintf(text, sizeof text, "rm -rf /tmp/gp-fuzz-folded.%d",
	    (int)getpid());
	(void)!system(text);
}

static void
open_spool(void)
{
	static char path[64];

	if (spool.dirfd > 0)
		return;
	snprintf(path, sizeof path, "/tmp/gp-fuzz-folded.%d", (int)getpid());
	require(spool_open(&spool, path, (struct bound_sum){ 0 }) == 0);
	atexit(remove_spool);
	diag_set_verbosity(-1);
}

static void
check_columns(const struct folded *fo)
{
	struct folded_columns c;
	struct buf b = { 0 };

	folded_split(fo, &c);
	require(fo->containers || c.container_len == 0);
	require(fo->apps || c.app_len == 0);
	require(fo->programs || c.program_len == 0);
	if (c.container_len)
		buf_addf(&b, "%.*s;", (int)c.container_len, c.container);
	if (c.app_len)
		buf_addf(&b, "%.*s;", (int)c.app_len, c.app);
	if (c.program_len)
		buf_addf(&b, "%.*s;", (int)c.program_len, c.program);
	buf_add(&b, c.stack, c.len);
	require(b.len == fo->stack_len && c.len > 0);
	require(memcmp(b.s, fo->text, b.len) == 0);
	buf_free(&b);
}

static void
check(struct folded *fo)
{
	uint64_t sum = 0, lines = 0;
	struct buf last = { 0 };

	while (folded_next(fo)) {
		require(fo->len < FOLD_LINE_MAX && fo->count > 0);
		require(fo->stack_len > 0 && fo->text[0] != '#');
		require(!memchr(fo->text, '\n', fo->len));
		check_columns(fo);
		sum += fo->count;
		lines++;
		buf_reset(&last);
		buf_add(&last, fo->text, fo->len);
	}
	require(lines == fo->lines && sum == fo->samples && lines > 0);
	folded_seek(fo, lines - 1);
	require(folded_next(fo) && fo->len == last.len &&
	    memcmp(fo->text, last.s, last.len) == 0);
	require(!folded_next(fo));
	buf_free(&last);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	int profile = memfd_create("profile", MFD_CLOEXEC);
	int bundle = memfd_create("bundle", MFD_CLOEXEC);
	struct buf meta = { 0 };
	struct folded fo;

	open_spool();
	buf_adds(&meta, "{}");
	require(profile >= 0 && bundle >= 0);
	require(file_write_all(profile, data, len) == 0);
	require(bundle_write(bundle, &meta, profile, len, 0) == 0);
	if (folded_open(&fo, bundle, &spool, len % 2) == 0)
		check(&fo);
	folded_free(&fo);
	close(profile);
	close(bundle);
	buf_free(&meta);
	return 0;
}
