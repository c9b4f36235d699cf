/*
 * fuzz_python_read.c - any memory where a code object is looked for:
 *
 *	version | wish | how often it changes | - | clue, 4 | code object, 4 | memory
 *
 * Addresses begin low, so that small numbers are pointers into the memory. The
 * process is hostile: after so many reads one more byte of it is changed.
 *
 * Property: what is no code object leaves everything as it was; a name, a path and
 * a table are within their limits; memory that stays the same says the same twice,
 * and that it is the same when that is asked; and it takes a bounded number of
 * reads, however classes and dicts lead to each other.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/interp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* A read is a system call, and a program may have any number of code objects. */
enum { BASE = 0x100, HEAD = 12, READS_MAX = 4096 };

/* Two names that are joined, of characters that take three bytes at most. */
enum { NAME_LEN_MAX = 6 * INTERP_TEXT_MAX + 2 };

static const uint16_t minors[] = { 0, 6, 7, 8, 9, 10, 11, 12, 13, 14 };

struct memory {
	uint8_t *bytes;
	size_t len;
	unsigned reads, every; /* 0: it never changes */
};

static void
require(bool condition)
{
	if (!condition)
		abort();
}

static bool
read_memory(void *arg, uint64_t addr, void *dst, size_t len)
{
	struct memory *m = arg;

	m->reads++;
	if (m->every && m->len && m->reads % m->every == 0)
		m->bytes[m->reads * 7919u % m->len] ^= (uint8_t)m->reads | 1;
	if (addr < BASE || addr - BASE > m->len || len > m->len - (addr - BASE))
		return false;
	memcpy(dst, m->bytes + (addr - BASE), len);
	return true;
}

static void
check_code(const struct interp *i, const struct interp_code *c)
{
	struct buf b = { 0 };

	require(c->check != 0);
	require(c->name.len <= NAME_LEN_MAX);
	require(c->file.len <= 3 * INTERP_TEXT_MAX);
	require(c->lines.len <= INTERP_LINES_MAX);
	for (uint32_t at = 0; at < 64; at++)
		(void)interp_line(i, c, at);
	require(c->lines.len != 0 || interp_line(i, c, 7) == c->line);
	interp_put_name(i, c, c->line, &b);
	require(b.len >= c->name.len + c->file.len + 6);
	buf_free(&b);
}

static void
read_twice(const struct interp *i, struct memory *m,
    const struct interp_wish *wish, uint64_t addr, uint64_t clue)
{
	const struct interp_process p = { read_memory, NULL, m };
	struct interp_code a = { 0 }, b = { 0 };
	int rc = interp_read(i, &p, wish, addr, clue, &a);

	require(m->reads <= READS_MAX);
	require(rc == INTERP_OK || rc == INTERP_EREAD || rc == INTERP_ESENSE);
	if (rc == INTERP_OK)
		check_code(i, &a);
	else
		require(!a.check && !a.name.len && !a.file.len && !a.lines.len);
	if (m->every == 0) {
		require(interp_read(i, &p, wish, addr, clue, &b) == rc);
		require(a.check == b.check && a.line == b.line);
		require(strcmp(buf_str(&a.name), buf_str(&b.name)) == 0);
		require(strcmp(buf_str(&a.file), buf_str(&b.file)) == 0);
		require(rc != INTERP_OK || interp_read(i, &p, wish, addr, clue,
		    &a) == INTERP_SAME);
	}
	interp_code_free(&a);
	interp_code_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct interp i = { .language = INTERP_PYTHON };
	struct interp_wish wish = { 0 };
	struct memory m = { 0 };
	uint32_t clue, addr;

	if (len < HEAD)
		return 0;
	i.u.python.minor = minors[data[0] % (sizeof minors / sizeof *minors)];
	wish.paths = (enum interp_paths)(data[1] % 3);
	wish.lines = data[1] & 4;
	if (data[1] & 8)
		i.u.python.old_class_type = BASE;
	i.u.python.head = data[1] & 16;
	memcpy(&clue, data + 4, 4);
	memcpy(&addr, data + 8, 4);
	m.every = data[2];
	m.len = len - HEAD;
	m.bytes = malloc(m.len ? m.len : 1);
	if (!m.bytes)
		return 0;
	memcpy(m.bytes, data + HEAD, m.len);
	read_twice(&i, &m, &wish, addr, clue);
	free(m.bytes);
	return 0;
}
