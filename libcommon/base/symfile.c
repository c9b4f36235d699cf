#include "base/symfile.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"

static const char magic[8] = "gp-syms";

struct header {
	char magic[8];
	uint32_t version;
	uint32_t key_len, note_len;
	uint32_t n; /* pieces */
	uint64_t names_size;
	uint64_t sum; /* of header, with 0 here, and ranges */
	char key[SYMFILE_KEY_MAX];
	char note[SYMFILE_NOTE_MAX];
};

_Static_assert(sizeof(struct header) == 808, "as in the file");

/* Before each name. */
struct name {
	uint32_t sum;
	uint32_t len;
};

enum {
	PIECE = sizeof(uint64_t) + sizeof(uint32_t),
	CHUNK = 64 * 1024, /* bytes of names that are written at once */
};

static uint64_t
sum_of(const struct header *h, const uint64_t *start, const uint32_t *value)
{
	struct header zero = *h;
	uint64_t sum;

	zero.sum = 0;
	sum = cachedir_sum(CACHEDIR_SUM, &zero, sizeof zero);
	sum = cachedir_sum(sum, start, h->n * sizeof *start);
	return cachedir_sum(sum, value, h->n * sizeof *value);
}

static uint32_t
sum_of_name(const char *s, size_t len)
{
	uint64_t sum = cachedir_sum(CACHEDIR_SUM + len, s, len);

	/* All bits into the half that is kept. */
	return (uint32_t)((sum ^ sum >> 32) * 0x9e3779b97f4a7c15u >> 32);
}

/* The header that a file of this key has; counts, note and sum are left out. */
static void
make_header(struct header *h, const void *key, size_t key_len)
{
	memset(h, 0, sizeof *h);
	memcpy(h->magic, magic, sizeof h->magic);
	h->version = SYMFILE_VERSION;
	h->key_len = (uint32_t)key_len;
	memcpy(h->key, key, key_len);
}

/* -- reading ------------------------------------------------------------- */

static bool
is_ordered(const struct rangetab *t, uint64_t names_size)
{
	for (uint32_t i = 0; i < t->n; i++)
		if ((i && t->start[i - 1] >= t->start[i]) ||
		    (t->value[i] != RANGETAB_NONE &&
		    t->value[i] >= names_size))
			return false;
	return true;
}

static bool
read_file(struct symfile *s, const struct stat *st, const struct header *want)
{
	struct header h;
	size_t starts, values;

	if (file_pread(s->fd, &h, sizeof h, 0) != (ssize_t)sizeof h ||
	    memcmp(h.magic, want->magic, sizeof h.magic) != 0 ||
	    h.version != want->version || h.key_len != want->key_len ||
	    memcmp(h.key, want->key, sizeof h.key) != 0 ||
	    h.note_len > sizeof h.note || h.n == 0 ||
	    h.n > SYMFILE_PIECES_MAX || h.names_size > UINT32_MAX ||
	    (uint64_t)st->st_size !=
	    sizeof h + (uint64_t)h.n * PIECE + h.names_size)
		return false;
	starts = h.n * sizeof *s->range.start;
	values = h.n * sizeof *s->range.value;
	s->range.start = malloc(starts);
	s->range.value = malloc(values);
	if (!s->range.start || !s->range.value)
		die_nomem();
	s->range.n = h.n;
	s->names_off = sizeof h + starts + values;
	s->names_size = h.names_size;
	s->note_len = h.note_len;
	memcpy(s->note, h.note, h.note_len);
	return file_pread(s->fd, s->range.start, starts, sizeof h) ==
	    (ssize_t)starts &&
	    file_pread(s->fd, s->range.value, values,
	    (off_t)(sizeof h + starts)) == (ssize_t)values &&
	    sum_of(&h, s->range.start, s->range.value) == h.sum &&
	    is_ordered(&s->range, s->names_size);
}

bool
symfile_load(struct symfile *s, struct cachedir *c, const char *file,
    const void *key, size_t key_len, bool private)
{
	struct header want;
	struct stat st;
	bool ok;

	*s = (struct symfile){ .fd = -1 };
	if (key_len > sizeof want.key)
		return false;
	make_header(&want, key, key_len);
	s->fd = cachedir_get(c, file, &st);
	if (s->fd < 0)
		return false;
	ok = !(private && (st.st_mode & 077)) && read_file(s, &st, &want);
	cachedir_judge(c, s->fd, &st, ok);
	if (!ok)
		symfile_free(s);
	return ok;
}

enum symfile_found
symfile_find(const struct symfile *s, uint64_t addr, struct buf *b)
{
	uint32_t v = rangetab_find(&s->range, addr);
	char first[256], *rest;
	struct name name;
	size_t have, start = b->len;
	ssize_t n;

	if (v == RANGETAB_NONE)
		return SYMFILE_NONE;
	/* Most names are short: one read. */
	n = file_pread(s->fd, first, sizeof first, (off_t)(s->names_off + v));
	if (n < (ssize_t)sizeof name)
		return SYMFILE_DAMAGED;
	memcpy(&name, first, sizeof name);
	if (name.len == 0 || name.len > SYMFILE_NAME_MAX)
		return SYMFILE_DAMAGED;
	have = (size_t)n - sizeof name;
	if (have > name.len)
		have = name.len;
	buf_grow(b, name.len);
	memcpy(b->s + start, first + sizeof name, have);
	rest = b->s + start + have;
	if (have < name.len && file_pread(s->fd, rest, name.len - have,
	    (off_t)(s->names_off + v + sizeof name + have)) !=
	    (ssize_t)(name.len - have))
		name.sum = ~sum_of_name(b->s + start, name.len);
	if (sum_of_name(b->s + start, name.len) != name.sum) {
		b->s[start] = '\0';
		return SYMFILE_DAMAGED;
	}
	b->len = start + name.len;
	b->s[b->len] = '\0';
	return SYMFILE_FOUND;
}

size_t
symfile_memory(const struct symfile *s)
{
	return sizeof *s + rangetab_memory(&s->range);
}

void
symfile_free(struct symfile *s)
{
	if (s->fd >= 0)
		close(s->fd);
	rangetab_free(&s->range);
	*s = (struct symfile){ .fd = -1 };
}

/* -- writing ------------------------------------------------------------- */

/* A value of the source's, and where its name is in the file. */
struct place {
	uint32_t value, at;
};

struct writer {
	int fd;
	struct place *place; /* ascending by value */
	uint32_t n;
	uint64_t names_size;
	struct buf chunk, name;
};

static int
by_value(const void *pa, const void *pb)
{
	const struct place *a = pa, *b = pb;

	return a->value < b->value ? -1 : a->value > b->value;
}

/* Each value once, in order. */
static void
collect(struct writer *w, const struct rangetab *t)
{
	uint32_t n = 0;

	w->place = malloc(((size_t)t->n + 1) * sizeof *w->place);
	if (!w->place)
		die_nomem();
	for (uint32_t i = 0; i < t->n; i++)
		if (t->value[i] != RANGETAB_NONE)
			w->place[w->n++] = (struct place){ t->value[i],
				RANGETAB_NONE };
	qsort(w->place, w->n, sizeof *w->place, by_value);
	for (uint32_t i = 0; i < w->n; i++)
		if (n == 0 || w->place[n - 1].value != w->place[i].value)
			w->place[n++] = w->place[i];
	w->n = n;
}

static bool
flush(struct writer *w)
{
	bool ok = w->chunk.len == 0 ||
	    file_write_all(w->fd, w->chunk.s, w->chunk.len) == 0;

	buf_reset(&w->chunk);
	return ok;
}

static bool
write_names(struct writer *w, const struct symfile_source *from)
{
	for (uint32_t i = 0; i < w->n; i++) {
		struct name name;

		buf_reset(&w->name);
		if (!from->name(from->arg, w->place[i].value, &w->name) ||
		    w->name.len == 0)
			continue; /* becomes a gap */
		if (w->name.len > SYMFILE_NAME_MAX)
			w->name.len = SYMFILE_NAME_MAX;
		if (w->names_size > UINT32_MAX - 2 * SYMFILE_NAME_MAX)
			return false;
		name.len = (uint32_t)w->name.len;
		name.sum = sum_of_name(w->name.s, w->name.len);
		w->place[i].at = (uint32_t)w->names_size;
		w->names_size += sizeof name + name.len;
		buf_add(&w->chunk, &name, sizeof name);
		buf_add(&w->chunk, w->name.s, w->name.len);
		if (w->chunk.len >= CHUNK && !flush(w))
			return false;
	}
	return flush(w);
}

/* Values of the source become places in the file. */
static uint32_t *
translate(const struct writer *w, const struct rangetab *t)
{
	uint32_t *value = malloc(((size_t)t->n + 1) * sizeof *value);

	if (!value)
		die_nomem();
	for (uint32_t i = 0; i < t->n; i++) {
		struct place key = { .value = t->value[i] };
		const struct place *p = w->n ? bsearch(&key, w->place, w->n,
		    sizeof key, by_value) : NULL;

		value[i] = p ? p->at : RANGETAB_NONE;
	}
	return value;
}

static bool
write_file(struct writer *w, const struct symfile_source *from)
{
	const struct rangetab *t = from->range;
	struct header h;
	uint32_t *value;
	bool ok;

	make_header(&h, from->key, from->key_len);
	h.n = t->n;
	h.note_len = (uint32_t)from->note_len;
	if (from->note_len)
		memcpy(h.note, from->note, from->note_len);
	/* The names first, since their places stand before them. */
	if (lseek(w->fd, (off_t)(sizeof h + (uint64_t)t->n * PIECE),
	    SEEK_SET) < 0 || !write_names(w, from))
		return false;
	value = translate(w, t);
	h.names_size = w->names_size;
	h.sum = sum_of(&h, t->start, value);
	ok = lseek(w->fd, 0, SEEK_SET) == 0 &&
	    file_write_all(w->fd, &h, sizeof h) == 0 &&
	    file_write_all(w->fd, t->start, t->n * sizeof *t->start) == 0 &&
	    file_write_all(w->fd, value, t->n * sizeof *value) == 0;
	free(value);
	return ok;
}

bool
symfile_store(struct cachedir *c, const char *file,
    const struct symfile_source *from, bool private)
{
	struct writer w = { 0 };
	struct file_new out;
	bool ok;

	if (from->key_len > SYMFILE_KEY_MAX ||
	    from->note_len > SYMFILE_NOTE_MAX || from->range->n == 0 ||
	    from->range->n > SYMFILE_PIECES_MAX ||
	    !cachedir_begin(c, &out, file, private ? 0600 : 0644))
		return false;
	w.fd = out.fd;
	collect(&w, from->range);
	ok = cachedir_end(c, &out, write_file(&w, from));
	free(w.place);
	buf_free(&w.chunk);
	buf_free(&w.name);
	return ok;
}
