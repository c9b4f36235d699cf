#include "proc/perfmap.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/ascii.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/parse.h"
#include "base/radix.h"
#include "base/rangetab.h"

enum {
	NUMBERS_MAX = 64,  /* one line's numbers and blanks: 0x, 16 digits, twice */
	CHUNK = 256 * 1024,
	GUESS = 256,       /* bytes of a line, mostly */
};

/* The file, while it is read. */
struct map {
	int fd;
	struct rangetab range; /* values: where the line starts, from base */
	uint64_t base;         /* where reading started */
	uint64_t read_to;      /* behind the last whole line */
	uint32_t entries;      /* lines that are one, taken or not */
	uint32_t skip;         /* the first of them, which are too old */
	struct jitcode *out;
};

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
	end = ascii_skip_blanks(s, len, end);
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
	    __builtin_add_overflow(*start, size, end) || *end == UINT64_MAX)
		return false;
	*name = i;
	return true;
}

/* Where lines from off on start whole: behind a newline. */
static void
skip_partial_line(struct map *m)
{
	char b[JITCODE_NAME_MAX];
	ssize_t n = file_pread(m->fd, b, sizeof b, (off_t)m->base);
	char *nl = n > 0 ? memchr(b, '\n', (size_t)n) : NULL;

	if (nl)
		m->base += (uint64_t)(nl + 1 - b);
}

/* Take the whole lines of a piece of the file; returns how many bytes. */
static size_t
take_lines(struct map *m, const char *s, size_t len)
{
	uint64_t start, end;
	size_t used = 0, name;
	const char *nl;

	while ((nl = memchr(s + used, '\n', len - used))) {
		uint64_t at = m->read_to + used - m->base;

		if (!perfmap_parse_line(s + used, (size_t)(nl - s) - used,
		    &start, &end, &name))
			m->out->bad++;
		else if (m->entries++ >= m->skip &&
		    m->range.items < PERFMAP_ENTRIES_MAX)
			rangetab_add(&m->range, start, end, (uint32_t)at,
			    m->entries);
		used = (size_t)(nl + 1 - s);
	}
	return used;
}

/* Read what the file holds now, from its start or its newest part on. */
static int
read_lines(struct map *m, uint64_t size)
{
	char *b = malloc(CHUNK);
	ssize_t n = 0;
	size_t used;

	if (!b)
		die_nomem();
	if (size > PERFMAP_BYTES_MAX) {
		m->out->cut = true;
		m->base = size - PERFMAP_BYTES_MAX;
		skip_partial_line(m);
	}
	m->read_to = m->base;
	while (m->read_to < size) {
		uint64_t want = size - m->read_to;

		if (want > CHUNK)
			want = CHUNK;
		n = file_pread(m->fd, b, (size_t)want, (off_t)m->read_to);
		if (n <= 0)
			break;
		used = take_lines(m, b, (size_t)n);
		if (used == 0 && n == CHUNK) {
			used = CHUNK; /* a line that long is none */
			m->out->bad++;
		}
		if (used == 0)
			break;
		m->read_to += used;
	}
	free(b);
	return n < 0 ? -1 : 0;
}

/* Read it all, or of too many entries the last. How many are too many is known
 * only at the end: then it is read once more, for most maps have less. */
static int
read_newest_lines(struct map *m, uint64_t size)
{
	if (read_lines(m, size) != 0)
		return -1;
	if (m->entries <= PERFMAP_ENTRIES_MAX)
		return 0;
	m->skip = m->entries - PERFMAP_ENTRIES_MAX;
	m->entries = 0;
	m->out->cut = true;
	m->out->bad = 0;
	rangetab_free(&m->range);
	return read_lines(m, size);
}

/* -- what is left of it -------------------------------------------------- */

/* The name on the line that starts at an offset from base: where it is in the
 * table's text. */
static bool
add_name(struct map *m, uint32_t at, uint32_t *name, uint32_t *name_len)
{
	char s[NUMBERS_MAX + JITCODE_NAME_MAX];
	off_t off = (off_t)(m->base + at);
	uint64_t start, end;
	size_t len, begin;
	char *nl = NULL;
	ssize_t n;

	n = file_pread(m->fd, s, GUESS, off);
	if (n == GUESS && !memchr(s, '\n', GUESS))
		n = file_pread(m->fd, s, sizeof s, off);
	if (n > 0)
		nl = memchr(s, '\n', (size_t)n);
	len = nl ? (size_t)(nl - s) : n > 0 ? (size_t)n : 0;
	/* Parsed anew: the file may have been rewritten. */
	if (!perfmap_parse_line(s, len, &start, &end, &begin))
		return false;
	if (s[len - 1] == '\r')
		len--;
	*name = jitcode_add_text(m->out, s + begin, len - begin);
	*name_len = (uint32_t)(len - begin);
	return true;
}

/* What no later line hides, the newest first. */
static void
take_pieces(struct map *m)
{
	const struct rangetab *r = &m->range;
	struct radix_item *v = reallocarray(NULL, (size_t)r->n + 1, sizeof *v);
	uint32_t last = RANGETAB_NONE, name = 0, name_len = 0;
	bool named = false;
	size_t n = 0;

	if (!v)
		die_nomem();
	for (uint32_t i = 0; i < r->n; i++)
		if (r->value[i] != RANGETAB_NONE)
			v[n++] = (struct radix_item){ r->value[i], i };
	radix_sort(v, n);
	while (n-- > 0) {
		uint32_t i = v[n].value, at = r->value[i];

		if (jitcode_is_full(m->out)) {
			m->out->cut = true;
			break;
		}
		if (at != last)
			named = add_name(m, at, &name, &name_len);
		last = at;
		if (named)
			(void)jitcode_add(m->out, r->start[i],
			    r->start[i + 1] - r->start[i], 0, name, name_len);
	}
	free(v);
}

enum perfmap_err
perfmap_read(struct jitcode *j, int fd)
{
	struct map m = { .fd = fd, .out = j };
	enum perfmap_err err = PERFMAP_OK;
	struct stat st;

	if (fstat(fd, &st) != 0)
		return PERFMAP_EREAD;
	if (!S_ISREG(st.st_mode))
		return PERFMAP_EFILE;
	if (read_newest_lines(&m, (uint64_t)st.st_size) != 0)
		err = PERFMAP_EREAD;
	rangetab_build(&m.range, RANGETAB_HIGHER);
	if (err == PERFMAP_OK)
		take_pieces(&m);
	rangetab_free(&m.range);
	return err;
}

const char *
perfmap_strerror(enum perfmap_err err)
{
	switch (err) {
	case PERFMAP_OK:
		return "no error";
	case PERFMAP_EREAD:
		return "cannot be read";
	case PERFMAP_EFILE:
		return "not a regular file";
	}
	return "unknown error";
}
