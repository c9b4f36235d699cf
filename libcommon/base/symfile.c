#include "base/symfile.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/radix.h"

static const char magic[8] = "gp-syms";

/* At the end of the file. */
struct trailer {
	char magic[8];
	uint32_t version;
	uint32_t key_len, note_len;
	uint32_t n; /* pieces */
	uint64_t names_size;
	uint64_t sum; /* of this, with 0 here, and ranges */
	char key[SYMFILE_KEY_MAX];
	char note[SYMFILE_NOTE_MAX];
};

_Static_assert(sizeof(struct trailer) == 808, "as in the file");

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
sum_of(const struct trailer *h, const uint64_t *start, const uint32_t *value)
{
	struct trailer zero = *h;
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

/* The trailer that a file of this key has; counts, note and sum are left out. */
static void
make_trailer(struct trailer *h, const void *key, size_t key_len)
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
		    (t->value[i] < SYMFILE_NO_NAME &&
		    t->value[i] >= names_size))
			return false;
	return true;
}

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

static bool
read_trailer(const struct symfile *s, const struct trailer *want,
    struct trailer *t)
{
	uint64_t size = s->size;

	return size >= sizeof *t && size <= INT64_MAX &&
	    get(s, t, sizeof *t, size - sizeof *t) == sizeof *t &&
	    memcmp(t->magic, want->magic, sizeof t->magic) == 0 &&
	    t->version == want->version && t->key_len == want->key_len &&
	    memcmp(t->key, want->key, sizeof t->key) == 0 &&
	    t->note_len <= sizeof t->note && t->n <= SYMFILE_PIECES_MAX &&
	    t->names_size <= UINT32_MAX &&
	    size == t->names_size + (uint64_t)t->n * PIECE + sizeof *t;
}

static bool
read_ranges(struct symfile *s, const struct trailer *t)
{
	size_t starts = t->n * sizeof *s->range.start;
	size_t values = t->n * sizeof *s->range.value;

	s->range.start = calloc((size_t)t->n + 1, sizeof *s->range.start);
	s->range.value = calloc((size_t)t->n + 1, sizeof *s->range.value);
	if (!s->range.start || !s->range.value)
		die_nomem();
	s->range.n = t->n;
	return get(s, s->range.start, starts, t->names_size) == starts &&
	    get(s, s->range.value, values, t->names_size + starts) == values &&
	    sum_of(t, s->range.start, s->range.value) == t->sum &&
	    is_ordered(&s->range, t->names_size);
}

/* What it is read from is set. */
static bool
read_file(struct symfile *s, const void *key, size_t key_len)
{
	struct trailer want, t;

	if (key_len > sizeof want.key)
		return false;
	make_trailer(&want, key, key_len);
	if (!read_trailer(s, &want, &t))
		return false;
	s->names_size = t.names_size;
	s->note_len = t.note_len;
	memcpy(s->note, t.note, t.note_len);
	return read_ranges(s, &t);
}

static bool
open_it(struct symfile *s, const void *key, size_t key_len)
{
	if (read_file(s, key, key_len)) {
		rangetab_index(&s->range);
		return true;
	}
	s->fd = -1; /* the caller's */
	symfile_free(s);
	return false;
}

bool
symfile_open(struct symfile *s, int fd, const void *key, size_t key_len)
{
	struct stat st;

	*s = (struct symfile){ .fd = -1 };
	if (fstat(fd, &st) != 0 || st.st_size < 0)
		return false;
	*s = (struct symfile){ .fd = fd, .size = (uint64_t)st.st_size };
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

uint32_t
symfile_lookup(const struct symfile *s, uint64_t addr)
{
	return rangetab_find(&s->range, addr);
}

enum symfile_found
symfile_find(const struct symfile *s, uint64_t addr, struct buf *b)
{
	return symfile_name(s, rangetab_find(&s->range, addr), b);
}

enum symfile_found
symfile_name(const struct symfile *s, uint32_t v, struct buf *b)
{
	char first[256], *rest;
	struct name name;
	size_t have, start = b->len;
	size_t n;

	if (v >= SYMFILE_NO_NAME)
		return v == RANGETAB_NONE ? SYMFILE_NONE : SYMFILE_NAMELESS;
	/* Most names are short: one read. */
	n = get(s, first, sizeof first, v);
	if (n < sizeof name)
		return SYMFILE_DAMAGED;
	memcpy(&name, first, sizeof name);
	if (name.len == 0 || name.len > SYMFILE_NAME_MAX)
		return SYMFILE_DAMAGED;
	have = n - sizeof name;
	if (have > name.len)
		have = name.len;
	buf_grow(b, name.len);
	memcpy(b->s + start, first + sizeof name, have);
	rest = b->s + start + have;
	if (have < name.len && get(s, rest, name.len - have,
	    v + sizeof name + have) != name.len - have)
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

struct writer {
	bool (*write)(void *arg, const void *p, size_t len);
	void *arg;
	struct radix_item *item; /* value of the source's, piece */
	uint32_t n;
	uint32_t *at; /* where each piece's name is in the file */
	uint64_t names_size;
	struct buf chunk;
};

/* All pieces that have names, in the order of values. */
static void
collect(struct writer *w, const struct rangetab *t)
{
	w->item = malloc(((size_t)t->n + 1) * sizeof *w->item);
	w->at = malloc(((size_t)t->n + 1) * sizeof *w->at);
	if (!w->item || !w->at)
		die_nomem();
	for (uint32_t i = 0; i < t->n; i++) {
		w->at[i] = t->value[i];
		if (t->value[i] < SYMFILE_NO_NAME)
			w->item[w->n++] = (struct radix_item){ t->value[i], i };
	}
	radix_sort(w->item, w->n);
}

static bool
flush(struct writer *w)
{
	bool ok = w->chunk.len == 0 ||
	    w->write(w->arg, w->chunk.s, w->chunk.len);

	buf_reset(&w->chunk);
	return ok;
}

/* Add a name; its place, or SYMFILE_NO_NAME if there is none. */
static uint32_t
add_name(struct writer *w, const struct symfile_source *from, uint32_t value)
{
	uint32_t at = (uint32_t)w->names_size;
	struct name name = { .len = 0 };
	struct buf *b = &w->chunk;
	size_t head = b->len, start = head + sizeof name;

	buf_add(b, &name, sizeof name);
	if (!from->name(from->arg, value, b) || b->len == start) {
		b->len = head;
		return SYMFILE_NO_NAME;
	}
	if (b->len - start > SYMFILE_NAME_MAX)
		b->len = start + SYMFILE_NAME_MAX;
	name.len = (uint32_t)(b->len - start);
	name.sum = sum_of_name(b->s + start, name.len);
	memcpy(b->s + head, &name, sizeof name);
	w->names_size += sizeof name + name.len;
	return at;
}

static bool
write_names(struct writer *w, const struct symfile_source *from)
{
	uint32_t at = RANGETAB_NONE;

	for (uint32_t i = 0; i < w->n; i++) {
		if (i == 0 || w->item[i].key != w->item[i - 1].key)
			at = add_name(w, from, (uint32_t)w->item[i].key);
		w->at[w->item[i].value] = at;
		if (w->names_size > UINT32_MAX - 2 * SYMFILE_NAME_MAX ||
		    (w->chunk.len >= CHUNK && !flush(w)))
			return false;
	}
	return flush(w);
}

static bool
write_all(struct writer *w, const struct symfile_source *from)
{
	const struct rangetab *t = from->range;
	struct trailer end;

	if (!write_names(w, from))
		return false;
	make_trailer(&end, from->key, from->key_len);
	end.n = t->n;
	end.note_len = (uint32_t)from->note_len;
	if (from->note_len)
		memcpy(end.note, from->note, from->note_len);
	end.names_size = w->names_size;
	end.sum = sum_of(&end, t->start, w->at);
	return w->write(w->arg, t->start, t->n * sizeof *t->start) &&
	    w->write(w->arg, w->at, t->n * sizeof *w->at) &&
	    w->write(w->arg, &end, sizeof end);
}

bool
symfile_write(const struct symfile_source *from,
    bool (*write)(void *arg, const void *p, size_t len), void *arg)
{
	struct writer w = { .write = write, .arg = arg };
	bool ok;

	if (from->key_len > SYMFILE_KEY_MAX ||
	    from->note_len > SYMFILE_NOTE_MAX ||
	    from->range->n > SYMFILE_PIECES_MAX)
		return false;
	collect(&w, from->range);
	ok = write_all(&w, from);
	free(w.item);
	free(w.at);
	buf_free(&w.chunk);
	return ok;
}

static bool
write_to_fd(void *arg, const void *p, size_t len)
{
	return file_write_all(*(int *)arg, p, len) == 0;
}

bool
symfile_store(struct cachedir *c, const char *file,
    const struct symfile_source *from, bool private)
{
	struct file_new out;

	return cachedir_begin(c, &out, file, private ? 0600 : 0644) &&
	    cachedir_end(c, &out, symfile_write(from, write_to_fd, &out.fd));
}
