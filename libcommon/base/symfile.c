#include "base/symfile.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"

/* -- loading ------------------------------------------------------------- */

/* Returns how many bytes there are. */
static size_t
get(const struct symfile *s, void *to, size_t len, uint64_t at)
{
	ssize_t n;

	if (!s->mem) {
		n = file_pread(s->fd, to, len, (off_t)at);
		return n > 0 ? (size_t)n : 0;
	}
	if (at >= s->size)
		return 0;
	if (len > s->size - at)
		len = (size_t)(s->size - at);
	memcpy(to, s->mem + at, len);
	return len;
}

static uint64_t
index_at(const struct symformat_trailer *t)
{
	return symformat_pieces_at(t->names_size) +
	    (uint64_t)t->pieces * sizeof(struct symformat_piece);
}

static bool
read_trailer(const struct symfile *s, const struct symformat_trailer *want,
    struct symformat_trailer *t)
{
	uint64_t size = s->size;

	return size >= sizeof *t && size <= INT64_MAX &&
	    get(s, t, sizeof *t, size - sizeof *t) == sizeof *t &&
	    memcmp(t->magic, want->magic, sizeof t->magic) == 0 &&
	    t->version == want->version && t->key_len == want->key_len &&
	    memcmp(t->key, want->key, sizeof t->key) == 0 &&
	    t->note_len <= sizeof t->note &&
	    t->pieces <= SYMFORMAT_PIECES_MAX && t->pages <= t->pieces &&
	    t->names_size < SYMFORMAT_NO_NAME && size == index_at(t) +
	    (uint64_t)t->pages * sizeof *s->index + sizeof *t;
}

/* How many pieces page k has. */
static uint32_t
page_len(const struct symfile *s, uint32_t k)
{
	uint32_t next = k + 1 < s->pages ? s->index[k + 1].first : s->pieces;

	return next - s->index[k].first;
}

static bool
is_ordered(const struct symfile *s)
{
	const struct symformat_page *p = s->index;

	if (s->pages == 0)
		return s->pieces == 0;
	if (p[0].first != 0)
		return false;
	for (uint32_t i = 0; i < s->pages; i++)
		if (p[i].first >= s->pieces ||
		    page_len(s, i) > SYMFORMAT_PAGE ||
		    (i && (p[i - 1].start >= p[i].start ||
		    p[i - 1].first >= p[i].first)))
			return false;
	return true;
}

static bool
read_index(struct symfile *s, const struct symformat_trailer *t)
{
	size_t len = t->pages * sizeof *s->index;

	s->index = calloc((size_t)t->pages + 1, sizeof *s->index);
	s->page = calloc((size_t)t->pages + 1, sizeof *s->page);
	if (!s->index || !s->page)
		die_nomem();
	s->pages = t->pages;
	s->pieces = t->pieces;
	s->names_size = t->names_size;
	return get(s, s->index, len, index_at(t)) == len &&
	    symformat_sum(t, s->index) == t->sum && is_ordered(s);
}

/* What it is read from is set. */
static bool
read_file(struct symfile *s, const void *key, size_t key_len)
{
	struct symformat_trailer want, t;

	if (key_len > sizeof want.key)
		return false;
	want = symformat_trailer(key, key_len);
	if (!read_trailer(s, &want, &t))
		return false;
	s->note_len = t.note_len;
	memcpy(s->note, t.note, t.note_len);
	return read_index(s, &t);
}

static bool
open_it(struct symfile *s, const void *key, size_t key_len)
{
	if (read_file(s, key, key_len))
		return true;
	s->fd = -1; /* the caller's */
	symfile_free(s);
	return false;
}

/* Large ones, once many are mapped, are read. */
bool
symfile_open(struct symfile *s, int fd, const void *key, size_t key_len)
{
	struct stat st;

	*s = (struct symfile){ .fd = -1 };
	if (fstat(fd, &st) != 0 || st.st_size < 0)
		return false;
	*s = (struct symfile){ .fd = fd, .size = (uint64_t)st.st_size };
	if (mapped_open(&s->map, fd, s->size))
		s->mem = s->map.p;
	return open_it(s, key, key_len);
}

bool
symfile_open_mem(struct symfile *s, const void *mem, size_t size,
    const void *key, size_t key_len)
{
	*s = (struct symfile){ .fd = -1, .mem = mem, .size = size };
	return open_it(s, key, key_len);
}

bool
symfile_load(struct symfile *s, struct cachedir *c, const char *file,
    const void *key, size_t key_len, bool private)
{
	struct stat st;
	int fd = cachedir_get(c, file, &st);
	bool ok;

	*s = (struct symfile){ .fd = -1 };
	if (fd < 0)
		return false;
	ok = !(private && (st.st_mode & 077)) &&
	    symfile_open(s, fd, key, key_len);
	cachedir_judge(c, fd, &st, ok);
	if (!ok)
		close(fd);
	return ok;
}

/* -- pages --------------------------------------------------------------- */

static bool
is_good(const struct symfile *s, uint32_t k, const struct symformat_piece *p)
{
	const struct symformat_page *page = &s->index[k];
	uint32_t n = page_len(s, k);

	if (symformat_sum_part(p, n * sizeof *p) != page->sum ||
	    p[0].start != 0 || UINT64_MAX - page->start < p[n - 1].start ||
	    (k + 1 < s->pages &&
	    page->start + p[n - 1].start >= page[1].start))
		return false;
	for (uint32_t i = 0; i < n; i++)
		if ((i && p[i - 1].start >= p[i].start) ||
		    (p[i].value >= s->names_size &&
		    p[i].value != SYMFORMAT_NO_NAME &&
		    p[i].value != RANGETAB_NONE))
			return false;
	return true;
}

/* The pieces of page k, or NULL if they cannot be read. */
static const struct symformat_piece *
get_page(struct symfile *s, uint32_t k)
{
	size_t len = page_len(s, k) * sizeof(struct symformat_piece);
	uint64_t at = symformat_pieces_at(s->names_size) +
	    s->index[k].first * sizeof(struct symformat_piece);
	struct symformat_piece *p;

	if (s->page[k])
		return s->page[k];
	if (s->mem) {
		const void *there = s->mem + at;

		s->page[k] = is_good(s, k, there) ? there : NULL;
		return s->page[k];
	}
	p = malloc(len);
	if (!p)
		die_nomem();
	if (get(s, p, len, at) == len && is_good(s, k, p))
		s->page[k] = p;
	else
		free(p);
	return s->page[k];
}

/* Of what starts at or before addr the last; the first one does. No branch depends on
 * what is compared: it could not be foretold. */
static uint32_t
last_page(const struct symfile *s, uint64_t addr)
{
	const struct symformat_page *p = s->index;

	for (uint32_t n = s->pages, half; n > 1; n -= half) {
		half = n / 2;
		p += p[half].start <= addr ? half : 0;
	}
	return (uint32_t)(p - s->index);
}

static const struct symformat_piece *
last_piece(const struct symformat_piece *p, uint32_t n, uint64_t behind)
{
	for (uint32_t half; n > 1; n -= half) {
		half = n / 2;
		/* Where it goes on, either way. */
		__builtin_prefetch(p + half / 2);
		__builtin_prefetch(p + half + half / 2);
		p += p[half].start <= behind ? half : 0;
	}
	return p;
}

uint32_t
symfile_lookup(struct symfile *s, uint64_t addr)
{
	const struct symformat_piece *p;
	uint32_t k, value;

	if (s->pages == 0 || addr < s->index[0].start)
		return RANGETAB_NONE;
	k = last_page(s, addr);
	p = get_page(s, k);
	if (!p)
		return SYMFILE_UNSURE;
	value = last_piece(p, page_len(s, k), addr - s->index[k].start)->value;
	return mapped_is_cut(&s->map) ? SYMFILE_UNSURE : value;
}

bool
symfile_first(struct symfile *s, uint64_t from, uint64_t *start)
{
	uint32_t k = s->pages && from >= s->index[0].start ?
	    last_page(s, from) : 0;

	for (; k < s->pages; k++) {
		const struct symformat_piece *p = get_page(s, k);

		if (!p)
			return false;
		for (uint32_t i = 0; i < page_len(s, k); i++) {
			*start = s->index[k].start + p[i].start;
			if (p[i].value != RANGETAB_NONE && *start >= from)
				return !mapped_is_cut(&s->map);
		}
	}
	return false;
}

/* -- names --------------------------------------------------------------- */

/* Add the name at a place. */
static bool
add_name(const struct symfile *s, uint32_t at, struct buf *b)
{
	char first[256]; /* most names are short: one read */
	struct symformat_name name;
	size_t have, start = b->len;
	char *to;

	have = get(s, first, sizeof first, at);
	if (have < sizeof name)
		return false;
	memcpy(&name, first, sizeof name);
	if (name.len == 0 || name.len > SYMFORMAT_NAME_MAX)
		return false;
	have -= sizeof name;
	if (have > name.len)
		have = name.len;
	buf_grow(b, name.len);
	to = b->s + start;
	memcpy(to, first + sizeof name, have);
	if ((have == name.len || get(s, to + have, name.len - have,
	    at + sizeof name + have) == name.len - have) &&
	    symformat_sum_part(to, name.len) == name.sum)
		b->len += name.len;
	b->s[b->len] = '\0';
	return b->len > start;
}

enum symfile_found
symfile_find(struct symfile *s, uint64_t addr, struct buf *b)
{
	uint32_t at = symfile_lookup(s, addr);

	switch (at) {
	case RANGETAB_NONE:
		return SYMFILE_NONE;
	case SYMFORMAT_NO_NAME:
		return SYMFILE_NAMELESS;
	case SYMFILE_UNSURE:
		return SYMFILE_DAMAGED;
	default:
		return add_name(s, at, b) ? SYMFILE_FOUND : SYMFILE_DAMAGED;
	}
}

size_t
symfile_memory(const struct symfile *s)
{
	size_t size = sizeof *s + s->pages * (sizeof *s->index +
	    sizeof *s->page) + s->map.size;

	if (!s->mem)
		size += s->pieces * sizeof(struct symformat_piece);
	return size;
}

void
symfile_free(struct symfile *s)
{
	if (s->fd >= 0)
		close(s->fd);
	for (uint32_t k = 0; k < s->pages && !s->mem; k++)
		free((void *)s->page[k]);
	free(s->page);
	free(s->index);
	mapped_close(&s->map);
	*s = (struct symfile){ .fd = -1 };
}
