/*
 * What gp-upload makes of any input: what it passes on is lines of the input, in
 * order; taking that in once more changes nothing; meta.json is JSON in UTF-8
 * whose sums hold; and the bundle, read back, is what was put in.
 */
#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "base/unpack.h"
#include "base/utf8.h"
#include "ship/bundle.h"
#include "ship/intake.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
must(int true_, const char *what)
{
	if (true_)
		return;
	fprintf(stderr, "fuzz_intake: %s\n", what);
	abort();
}

static int
memory_file(const void *p, size_t len)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	must(fd >= 0 && file_write_all(fd, p, len) == 0 &&
	    lseek(fd, 0, SEEK_SET) == 0, "memfd");
	return fd;
}

static int
to_buf(void *ctx, const void *p, size_t len)
{
	buf_add(ctx, p, len);
	return 0;
}

static int
take(struct intake *in, const void *p, size_t len, struct buf *out)
{
	int fd = memory_file(p, len), err;

	err = intake_read(in, fd, "fuzz", to_buf, out);
	close(fd);
	return err;
}

/* Every line of out is one of in, but for a CR before its newline, and they come
 * in the same order. */
static int
is_part(const char *in, size_t in_len, const struct buf *out)
{
	const char *end = in + in_len, *o = buf_str(out);
	const char *o_end = o + out->len;

	while (o < o_end) {
		size_t n = (size_t)((const char *)memchr(o, '\n',
		    (size_t)(o_end - o)) - o) + 1;

		for (;;) {
			const char *nl = memchr(in, '\n', (size_t)(end - in));
			const char *line = in;

			if (!nl)
				return 0;
			in = nl + 1;
			if (nl > line && nl[-1] == '\r')
				nl--;
			if ((size_t)(nl - line) + 1 == n &&
			    memcmp(line, o, n - 1) == 0)
				break;
		}
		o += n;
	}
	return 1;
}

/* Enough of JSON to see a string that gets out of its quotes. */
static void
check_json(const struct buf *b)
{
	int depth = 0, quoted = 0;
	size_t n;

	for (size_t i = 0; i < b->len; i += n) {
		char c = b->s[i];

		n = utf8_len(b->s + i, b->len - i);
		must(n > 0, "meta.json is UTF-8");
		must(((unsigned char)c >= 0x20 && c != 0x7f) ||
		    i == b->len - 1, "meta.json is one line");
		if (quoted && c == '\\')
			n = 2;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && c == '{')
			depth++;
		else if (!quoted && c == '}')
			depth--;
		else
			must(quoted || strchr(",:truefalse0123456789\n", c),
			    "meta.json has no loose words");
		must(depth > 0 || i >= b->len - 2, "meta.json is one object");
	}
	must(depth == 0 && !quoted && b->len > 2, "meta.json ends");
}

static void
check_member(struct archive *a, const char *name, const struct buf *want)
{
	struct archive_entry *e;
	struct buf got = { 0 };
	la_ssize_t n;
	char part[4096];

	must(archive_read_next_header(a, &e) == ARCHIVE_OK &&
	    strcmp(archive_entry_pathname(e), name) == 0, name);
	while ((n = archive_read_data(a, part, sizeof part)) > 0)
		buf_add(&got, part, (size_t)n);
	must(n == 0 && got.len == want->len &&
	    memcmp(buf_str(&got), buf_str(want), got.len) == 0, name);
	buf_free(&got);
}

static void
check_bundle(const struct buf *meta, const struct buf *profile)
{
	int in = memory_file(buf_str(profile), profile->len);
	int out = memory_file("", 0);
	struct archive *a = archive_read_new();

	must(bundle_write(out, meta, in, profile->len, 0) == 0, "bundle");
	must(lseek(out, 0, SEEK_SET) == 0, "lseek");
	archive_read_support_filter_gzip(a);
	archive_read_support_format_tar(a);
	must(archive_read_open_fd(a, out, 4096) == ARCHIVE_OK, "archive");
	check_member(a, BUNDLE_META, meta);
	check_member(a, BUNDLE_PROFILE, profile);
	archive_read_free(a);
	close(in);
	close(out);
}

/* Else it may be the mark of a packed file, of UTF-16 or UTF-8: in the input, or
 * in the output, where it has come to stand first since lines before it were
 * bad. */
static int
starts_as_text(const void *p, size_t len)
{
	const unsigned char *s = p;

	return len && s[0] >= ' ' && s[0] < 0x7f && !unpack_is_packed(p, len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct intake one = { 0 }, two = { 0 };
	struct buf out = { 0 }, again = { 0 }, meta = { 0 };
	int err;

	diag_set_verbosity(-1);
	err = take(&one, data, len, &out);
	must(one.bytes == out.len, "bytes are counted");
	must(out.len == 0 || out.s[out.len - 1] == '\n', "lines are whole");
	must(!starts_as_text(data, len) ||
	    is_part((const char *)data, len, &out), "lines are the input's");
	must(err != STREAM_OK || out.len, "nothing is an error");
	err = take(&two, buf_str(&out), out.len, &again);
	if (starts_as_text(out.s, out.len)) {
		must(memchr(out.s, '\r', out.len) ||
		    (again.len == out.len &&
		    memcmp(again.s, out.s, out.len) == 0),
		    "what passed passes again");
		must(two.samples == one.samples && two.lines == one.lines &&
		    two.lost == one.lost && two.bad == 0,
		    "with the same sums");
		must(err == STREAM_OK || memchr(out.s, '#', out.len),
		    "text without records is whole");
	}
	intake_meta(&one, &(struct intake_about){ .id = "id", .host = "host",
		.now = { .tv_sec = (time_t)len },
		.complete = err == STREAM_OK }, &meta);
	check_json(&meta);
	check_bundle(&meta, &out);
	buf_free(&out);
	buf_free(&again);
	buf_free(&meta);
	intake_free(&one);
	intake_free(&two);
	return 0;
}
