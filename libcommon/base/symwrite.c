#include "base/symwrite.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/radix.h"
#include "base/symformat.h"

enum { CHUNK = 64 * 1024 }; /* bytes that are written at once */

struct writer {
	bool (*write)(void *arg, const void *p, size_t len);
	void *arg;
	const struct rangetab *range;
	struct radix_item *item; /* value of the source's, piece */
	uint32_t n;
	uint32_t *at; /* where each piece's name is in the file */
	uint64_t names_size;
	struct symformat_page *index;
	uint32_t pages, cap;
	struct buf chunk;
};

static bool
flush(struct writer *w)
{
	bool ok = w->chunk.len == 0 ||
	    w->write(w->arg, w->chunk.s, w->chunk.len);

	buf_reset(&w->chunk);
	return ok;
}

/* -- names --------------------------------------------------------------- */

/* All pieces that have names, in the order of values. */
static void
collect(struct writer *w)
{
	const struct rangetab *t = w->range;

	w->item = malloc(((size_t)t->n + 1) * sizeof *w->item);
	w->at = malloc(((size_t)t->n + 1) * sizeof *w->at);
	if (!w->item || !w->at)
		die_nomem();
	for (uint32_t i = 0; i < t->n; i++) {
		w->at[i] = RANGETAB_NONE;
		if (t->value[i] != RANGETAB_NONE)
			w->item[w->n++] = (struct radix_item){ t->value[i], i };
	}
	radix_sort(w->item, w->n);
}

/* Add a name; its place, or SYMFORMAT_NO_NAME if there is none. */
static uint32_t
add_name(struct writer *w, const struct symwrite_source *from, uint32_t value)
{
	uint32_t at = (uint32_t)w->names_size;
	struct symformat_name name = { .len = 0 };
	struct buf *b = &w->chunk;
	size_t head = b->len, start = head + sizeof name;

	buf_add(b, &name, sizeof name);
	if (!from->name(from->arg, value, b) || b->len == start) {
		b->len = head;
		return SYMFORMAT_NO_NAME;
	}
	if (b->len - start > SYMFORMAT_NAME_MAX)
		b->len = start + SYMFORMAT_NAME_MAX;
	name.len = (uint32_t)(b->len - start);
	name.sum = symformat_sum_part(b->s + start, name.len);
	memcpy(b->s + head, &name, sizeof name);
	w->names_size += sizeof name + name.len;
	return at;
}

static bool
write_names(struct writer *w, const struct symwrite_source *from)
{
	static const char nuls[8];
	uint32_t at = SYMFORMAT_NO_NAME;

	collect(w);
	for (uint32_t i = 0; i < w->n; i++) {
		if (i == 0 || w->item[i].key != w->item[i - 1].key)
			at = add_name(w, from, (uint32_t)w->item[i].key);
		w->at[w->item[i].value] = at;
		if (w->names_size > UINT32_MAX - 2 * SYMFORMAT_NAME_MAX ||
		    (w->chunk.len >= CHUNK && !flush(w)))
			return false;
	}
	buf_add(&w->chunk, nuls, (size_t)(symformat_pieces_at(w->names_size) -
	    w->names_size));
	return flush(w);
}

/* -- pieces -------------------------------------------------------------- */

static void
add_to_index(struct writer *w, const struct symformat_page *page)
{
	if (w->pages == w->cap) {
		w->cap = w->cap ? w->cap * 2 : 64;
		w->index = reallocarray(w->index, w->cap, sizeof *w->index);
		if (!w->index)
			die_nomem();
	}
	w->index[w->pages++] = *page;
}

/* Add the page that begins with piece i; returns how many it has. */
static uint32_t
add_page(struct writer *w, uint32_t i)
{
	const struct rangetab *t = w->range;
	struct symformat_piece p[SYMFORMAT_PAGE];
	uint32_t n = 0;

	for (; n < SYMFORMAT_PAGE && i + n < t->n; n++) {
		uint64_t behind = t->start[i + n] - t->start[i];

		if (behind > UINT32_MAX)
			break;
		p[n] = (struct symformat_piece){ (uint32_t)behind,
			w->at[i + n] };
	}
	add_to_index(w, &(struct symformat_page){ t->start[i], i,
		symformat_sum_part(p, n * sizeof *p) });
	buf_add(&w->chunk, p, n * sizeof *p);
	return n;
}

static bool
write_pieces(struct writer *w)
{
	for (uint32_t i = 0; i < w->range->n;) {
		i += add_page(w, i);
		if (w->chunk.len >= CHUNK && !flush(w))
			return false;
	}
	return flush(w);
}

static bool
write_end(struct writer *w, const struct symwrite_source *from)
{
	struct symformat_trailer end = symformat_trailer(from->key,
	    from->key_len);

	end.pieces = w->range->n;
	end.pages = w->pages;
	end.note_len = (uint32_t)from->note_len;
	if (from->note_len)
		memcpy(end.note, from->note, from->note_len);
	end.names_size = w->names_size;
	end.sum = symformat_sum(&end, w->index);
	return w->write(w->arg, w->index, w->pages * sizeof *w->index) &&
	    w->write(w->arg, &end, sizeof end);
}

bool
symwrite(const struct symwrite_source *from,
    bool (*write)(void *arg, const void *p, size_t len), void *arg)
{
	struct writer w = { .write = write, .arg = arg, .range = from->range };
	bool ok;

	if (from->key_len > SYMFORMAT_KEY_MAX ||
	    from->note_len > SYMFORMAT_NOTE_MAX ||
	    from->range->n > SYMFORMAT_PIECES_MAX)
		return false;
	ok = write_names(&w, from) && write_pieces(&w) && write_end(&w, from);
	free(w.item);
	free(w.at);
	free(w.index);
	buf_free(&w.chunk);
	return ok;
}

static bool
write_to_fd(void *arg, const void *p, size_t len)
{
	return file_write_all(*(int *)arg, p, len) == 0;
}

bool
symwrite_store(struct cachedir *c, const char *file,
    const struct symwrite_source *from, bool private)
{
	struct file_new out;

	return cachedir_begin(c, &out, file, private ? 0600 : 0644) &&
	    cachedir_end(c, &out, symwrite(from, write_to_fd, &out.fd));
}
