/*
 * fuzz_frame.c - any bytes as a symbol, a comm, an address, a process frame.
 *
 * Property: a name made safe is one frame of one line that means no address, has
 * no blank at its ends, does not end in a blank and a number, is UTF-8, and made
 * safe again is the same. A comm is found again in its process frame. What reads
 * as an address is written to an equal one.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "stream/frame.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
require(bool truth)
{
	if (!truth)
		abort();
}

static void
require_text(const char *s, size_t len)
{
	require(len > 0 && s[len] == '\0');
	for (size_t i = 0, n; i < len; i += n) {
		n = utf8_len(s + i, len - i);
		require(n > 0);
		require((unsigned char)s[i] >= ' ' && s[i] != ';' &&
		    s[i] != 0x7f);
	}
}

/* As FlameGraph's regular expression does: \s\d+(\.\d*)?$ */
static bool
ends_in_number(const char *s, size_t len)
{
	size_t i = len;

	while (i && strchr("0123456789", s[i - 1]))
		i--;
	if (i && s[i - 1] == '.') {
		i--;
		if (!i || !strchr("0123456789", s[i - 1]))
			return false;
		while (i && strchr("0123456789", s[i - 1]))
			i--;
	}
	return i && i < len && s[i - 1] == ' ';
}

static void
check_name(const char *s, size_t len)
{
	struct buf b = { 0 }, again = { 0 };

	frame_put_name(&b, s, len);
	require_text(b.s, b.len);
	require(b.s[0] != ' ' && b.s[b.len - 1] != ' ');
	require(!ends_in_number(b.s, b.len));
	require(frame_parse(b.s, b.len).kind == FRAME_NAME);
	frame_put_name(&again, b.s, b.len);
	require(again.len == b.len && memcmp(again.s, b.s, b.len) == 0);
	buf_free(&b);
	buf_free(&again);
}

static void
check_comm(const char *s, size_t len)
{
	struct frame_root root;
	struct buf b = { 0 };
	char *comm = strndup(s, len);
	uint32_t pid = (uint32_t)len + 1, tid = len % 2 ? 7 : 0;

	require(comm != NULL);
	frame_put_root(&b, comm, pid, tid);
	require_text(b.s, b.len);
	require(b.s[0] != '#' && !strchr(b.s, ' '));
	require(frame_parse_root(b.s, b.len, &root));
	require(root.pid == pid && root.tid == tid && root.comm_len > 0);
	buf_reset(&b);
	frame_put_comm(&b, comm, strlen(comm));
	require(root.comm_len == b.len);
	free(comm);
	buf_free(&b);
}

static void
check_address(const char *s, size_t len)
{
	struct frame f = frame_parse(s, len), g;
	struct buf b = { 0 };

	if (f.kind == FRAME_NAME)
		return;
	frame_put(&b, &f);
	g = frame_parse(b.s, b.len);
	require(g.kind == f.kind && g.id == f.id && g.addr == f.addr);
	require(b.len <= len);
	buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct frame_root root;
	const char *s = (const char *)data;

	check_name(s, len);
	check_comm(s, len);
	check_address(s, len);
	if (!frame_parse_root(s, len, &root))
		require(root.comm_len == len && !root.pid && !root.tid);
	require(root.comm_len <= len);
	return 0;
}
