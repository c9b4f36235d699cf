#include "proc/perfmap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/parse.h"

/* One line's numbers and blanks: 0x, 16 digits, twice. */
enum { NUMBERS_MAX = 64 };

/* Take a hexadecimal number and the blanks behind it. */
static bool
take_hex(const char *s, size_t len, size_t *i, uint64_t *v)
{
	size_t start, end;

	if (*i + 2 <= len && s[*i] == '0' && (s[*i + 1] | 32) == 'x')
		*i += 2;
	start = end = *i;
	while (end < len && s[end] != ' ' && s[end] != '\t')
		end++;
	if (end == len || !parse_hex(s + start, end - start, v))
		return false;
	while (end < len && (s[end] == ' ' || s[end] == '\t'))
		end++;
	*i = end;
	return true;
}

bool
perfmap_parse_line(const char *s, size_t len, uint64_t *start, uint64_t *end,
    size_t *name)
{
	uint64_t size;
	size_t i = 0;

	if (len && s[len - 1] == '\r')
		len--;
	if (!take_hex(s, len, &i, start) || !take_hex(s, len, &i, &size) ||
	    i == len || i > NUMBERS_MAX || size == 0 ||
	    __builtin_add_overflow(*start, size, end))
		return false;
	*name = i;
	return true;
}

/* Where lines from off on start whole: behind a newline. */
static void
skip_partial_line(struct perfmap *m)
{
	char b[PERFMAP_NAME_MAX];
	ssize_t n = file_pread(m->fd, b, sizeof b, (off_t)m->base);
	char *nl = n > 0 ? memchr(b, '\n', (size_t)n) : NULL;

	if (nl)
		m->base += (uint64_t)(nl + 1 - b);
}

/* Take the whole lines of a piece of the file; returns how many bytes. */
static size_t
take_lines(struct perfmap *m, const char *s, size_t len)
{
	uint64_t start, end;
	size_t used = 0, name;
	const char *nl;

	while ((nl = memchr(s + used, '\n', len - used))) {
		uint64_t at = m->read_to + used - m->base;

		if (!perfmap_parse_line(s + used, (size_t)(nl - s) - used,
		    &start, &end, &name)) {
			m->bad++;
		} else if (m->entries == PERFMAP_ENTRIES_MAX) {
			m->cut = true;
		} else {
			rangetab_add(&m->range, start, end, (uint32_t)at,
			    m->entries++);
		}
		used = (size_t)(nl + 1 - s);
	}
	return used;
}

/* Read what the file holds now, from its start or its newest part on. */
static int
read_all(struct perfmap *m, uint64_t size)
{
	static const size_t chunk = 256 * 1024;
	char *b = malloc(chunk);
	ssize_t n = 0;
	size_t used;

	if (!b)
		die_nomem();
	rangetab_free(&m->range);
	m->reads++;
	m->size = size;
	m->entries = 0;
	m->bad = 0;
	m->base = 0;
	m->cut = size > PERFMAP_BYTES_MAX;
	if (m->cut) {
		m->base = size - PERFMAP_BYTES_MAX;
		skip_partial_line(m);
	}
	m->read_to = m->base;
	while (m->read_to < size) {
		uint64_t want = size - m->read_to;

		if (want > chunk)
			want = chunk;
		n = file_pread(m->fd, b, (size_t)want, (off_t)m->read_to);
		if (n <= 0)
			break;
		used = take_lines(m, b, (size_t)n);
		if (used == 0 && (size_t)n == chunk) {
			used = chunk; /* a line that long is none */
			m->bad++;
		}
		if (used == 0)
			break;
		m->read_to += used;
	}
	free(b);
	rangetab_build(&m->range, RANGETAB_HIGHER);
	return n < 0 ? -1 : 0;
}

static enum perfmap_err
check(struct perfmap *m, uint32_t owner, struct stat *st)
{
	if (fstat(m->fd, st) != 0)
		return PERFMAP_EREAD;
	if (!S_ISREG(st->st_mode))
		return PERFMAP_EFILE;
	if (st->st_uid != owner && st->st_uid != 0)
		return PERFMAP_EOWNER;
	return PERFMAP_OK;
}

enum perfmap_err
perfmap_open(struct perfmap *m, int fd, uint32_t owner)
{
	enum perfmap_err err;
	struct stat st;

	*m = (struct perfmap){ .fd = fd };
	err = check(m, owner, &st);
	if (err == PERFMAP_OK && read_all(m, (uint64_t)st.st_size) != 0)
		err = PERFMAP_EREAD;
	if (err != PERFMAP_OK)
		perfmap_free(m);
	return err;
}

/* The name on the line that starts at an offset from base. */
static bool
add_name(const struct perfmap *m, uint32_t at, struct buf *b)
{
	char s[NUMBERS_MAX + PERFMAP_NAME_MAX];
	uint64_t start, end;
	size_t len, name;
	char *nl;
	ssize_t n;

	n = file_pread(m->fd, s, sizeof s, (off_t)(m->base + at));
	if (n <= 0)
		return false;
	nl = memchr(s, '\n', (size_t)n);
	len = nl ? (size_t)(nl - s) : (size_t)n;
	/* Parsed anew: the file may have been rewritten. */
	if (!perfmap_parse_line(s, len, &start, &end, &name))
		return false;
	if (s[len - 1] == '\r')
		len--;
	buf_add(b, s + name, len - name);
	return true;
}

/* True if there is more to read than there was. */
static bool
has_grown(const struct perfmap *m, uint64_t *size)
{
	struct stat st;

	if (m->reads >= PERFMAP_READS_MAX || fstat(m->fd, &st) != 0)
		return false;
	*size = (uint64_t)st.st_size;
	return *size > m->size;
}

bool
perfmap_find(struct perfmap *m, uint64_t addr, struct buf *b)
{
	uint32_t at = rangetab_find(&m->range, addr);
	uint64_t size;

	if (at == RANGETAB_NONE && has_grown(m, &size)) {
		if (read_all(m, size) != 0)
			return false;
		at = rangetab_find(&m->range, addr);
	}
	return at != RANGETAB_NONE && add_name(m, at, b);
}

size_t
perfmap_memory(const struct perfmap *m)
{
	return sizeof *m + rangetab_memory(&m->range);
}

const char *
perfmap_strerror(enum perfmap_err err)
{
	switch (err) {
	case PERFMAP_OK:
		return "no error";
	case PERFMAP_EREAD:
		return "cannot be read";
	case PERFMAP_EOWNER:
		return "belongs to neither the process's user nor root";
	case PERFMAP_EFILE:
		return "not a regular file";
	}
	return "unknown error";
}

void
perfmap_free(struct perfmap *m)
{
	if (m->fd >= 0)
		close(m->fd);
	rangetab_free(&m->range);
	*m = (struct perfmap){ .fd = -1 };
}
