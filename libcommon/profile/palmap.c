#include "profile/palmap.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/parse.h"

#define FILE_MAX ((size_t)64 << 20)
#define ARROW "->rgb("

void
palmap_set(struct palmap *m, const char *name, size_t len, uint32_t colour)
{
	uint32_t id = intern_add(&m->names, name, len);

	if (id >= m->cap) {
		uint32_t cap = m->cap ? m->cap * 2 : 256;
		uint32_t *p = reallocarray(m->colour, cap, sizeof *p);

		if (!p)
			die_nomem();
		m->colour = p;
		m->cap = cap;
	}
	m->colour[id] = colour;
}

bool
palmap_find(const struct palmap *m, const char *name, size_t len,
    uint32_t *colour)
{
	uint32_t id = intern_find(&m->names, name, len);

	if (id == INTERN_NONE)
		return false;
	*colour = m->colour[id];
	return true;
}

/* "230,131,42)": three numbers below 256. */
static bool
parse_colour(const char *s, size_t len, uint32_t *colour)
{
	*colour = 0;
	for (int i = 0; i < 3; i++) {
		const char *end = memchr(s, i < 2 ? ',' : ')', len);
		size_t n = end ? (size_t)(end - s) : 0;
		uint64_t v;

		if (!end || !parse_digits(s, n, &v) || v > 255)
			return false;
		*colour = *colour << 8 | (uint32_t)v;
		s += n + 1;
		len -= n + 1;
	}
	return len == 0;
}

/* Where the last ARROW of a line begins, or len. */
static size_t
find_arrow(const char *s, size_t len)
{
	size_t n = strlen(ARROW);

	for (size_t at = len < n ? 0 : len - n + 1; at--; )
		if (memcmp(s + at, ARROW, n) == 0)
			return at;
	return len;
}

void
palmap_parse(struct palmap *m, const char *text, size_t len, const char *name)
{
	uint64_t line = 0;

	for (const char *s = text, *end = text + len; s < end; ) {
		const char *nl = memchr(s, '\n', (size_t)(end - s));
		size_t n = (size_t)((nl ? nl : end) - s);
		size_t at = find_arrow(s, n), skip = at + strlen(ARROW);
		uint32_t colour;

		line++;
		if (at < n && parse_colour(s + skip, n - skip, &colour))
			palmap_set(m, s, at, colour);
		else
			diag(DIAG_FLAME_MAP, name, line, NULL);
		s += n + 1;
	}
}

int
palmap_read(struct palmap *m, const char *path)
{
	struct buf b = { 0 };
	int err = file_read_at(AT_FDCWD, path, &b, FILE_MAX);

	if (err == 0)
		palmap_parse(m, buf_str(&b), b.len, path);
	else if (errno == ENOENT)
		err = 0;
	buf_free(&b);
	return err;
}

static int
by_name(const void *a, const void *b)
{
	const struct intern_entry *x = *(const struct intern_entry *const *)a;
	const struct intern_entry *y = *(const struct intern_entry *const *)b;
	int c = memcmp(x->s, y->s, x->len < y->len ? x->len : y->len);

	return c ? c : (x->len > y->len) - (x->len < y->len);
}

void
palmap_print(const struct palmap *m, struct buf *b)
{
	const struct intern_entry **sorted;
	uint32_t n = m->names.n;

	sorted = calloc(n ? n : 1, sizeof(*sorted));
	if (!sorted)
		die_nomem();
	for (uint32_t i = 0; i < n; i++)
		sorted[i] = &m->names.entry[i];
	qsort(sorted, n, sizeof(*sorted), by_name);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t c = m->colour[sorted[i] - m->names.entry];

		buf_add(b, sorted[i]->s, sorted[i]->len);
		buf_addf(b, ARROW "%" PRIu32 ",%" PRIu32 ",%" PRIu32 ")\n",
		    c >> 16, c >> 8 & 0xff, c & 0xff);
	}
	free(sorted);
}

int
palmap_write(const struct palmap *m, const char *path)
{
	struct buf b = { 0 };
	struct file_new f;
	int err = file_new(&f, path, 0644);

	palmap_print(m, &b);
	if (err == 0)
		err = file_write_all(f.fd, buf_str(&b), b.len);
	if (err == 0)
		err = file_new_commit(&f);
	if (err != 0)
		file_new_abort(&f);
	buf_free(&b);
	return err;
}

void
palmap_free(struct palmap *m)
{
	intern_free(&m->names);
	free(m->colour);
	*m = (struct palmap){ 0 };
}
