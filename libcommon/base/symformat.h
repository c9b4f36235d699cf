/*
 * symformat.h - how a table of functions lies in a file: what symwrite.h writes and
 * symfile.h reads.
 *
 *	names     sum, length, bytes; …; NULs up to a multiple of 8
 *	pieces    page after page: where it starts, its name's place, or none; …
 *	index     where each page starts, its first piece, its sum; …
 *	trailer   magic, version, key, counts, sum of this and of the index
 *
 * It is written from start to end, so it can go through a pipe; and read from its end,
 * and then only where something is asked. Numbers are as this machine has them: a table
 * is never another machine's.
 */
#ifndef GP_SYMFORMAT_H
#define GP_SYMFORMAT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/cachedir.h"
#include "base/rangetab.h"

/* Of the format, and of how names are chosen: with any change of either, all
 * that was kept is made anew. */
#define SYMFORMAT_VERSION 4u
#define SYMFORMAT_MAGIC "gp-syms"

enum {
	SYMFORMAT_KEY_MAX = 256,   /* bytes */
	SYMFORMAT_NOTE_MAX = 512,  /* bytes */
	SYMFORMAT_NAME_MAX = 8448, /* bytes, more than a frame shows; then cut */
	SYMFORMAT_PIECES_MAX = 1 << 22,
	SYMFORMAT_PAGE = 256,      /* pieces at most, in 2 KiB */
};

/* The value of a piece whose range has no name that could be read. */
#define SYMFORMAT_NO_NAME (RANGETAB_NONE - 2)

/* Before each name. */
struct symformat_name {
	uint32_t sum;
	uint32_t len;
};

/* As in rangetab.h, a piece ends where the next one starts, of its page or the next. */
struct symformat_piece {
	uint32_t start; /* behind its page's; the first one's is 0 */
	uint32_t value; /* place of its name, RANGETAB_NONE or SYMFORMAT_NO_NAME */
};

/* A page has the pieces from its first one to the next page's. */
struct symformat_page {
	uint64_t start;
	uint32_t first;
	uint32_t sum; /* of its pieces */
};

struct symformat_trailer {
	char magic[8];
	uint32_t version;
	uint32_t key_len, note_len;
	uint32_t pieces, pages;
	uint32_t zero;
	uint64_t names_size; /* without the NULs behind */
	uint64_t sum;        /* of the index, and of this with 0 here */
	char key[SYMFORMAT_KEY_MAX];
	char note[SYMFORMAT_NOTE_MAX];
};

_Static_assert(sizeof(struct symformat_trailer) == 816, "as in the file");

/* What a file of this key has; counts, note and sum are left out. */
static inline struct symformat_trailer
symformat_trailer(const void *key, size_t key_len)
{
	struct symformat_trailer t;

	memset(&t, 0, sizeof t);
	memcpy(t.magic, SYMFORMAT_MAGIC, sizeof t.magic);
	t.version = SYMFORMAT_VERSION;
	t.key_len = (uint32_t)key_len;
	memcpy(t.key, key, key_len);
	return t;
}

static inline uint64_t
symformat_sum(const struct symformat_trailer *t,
    const struct symformat_page *index)
{
	struct symformat_trailer zero = *t;

	zero.sum = 0;
	return cachedir_sum(cachedir_sum(CACHEDIR_SUM, &zero, sizeof zero),
	    index, t->pages * sizeof *index);
}

/* The sum of a name or of a page's pieces. */
static inline uint32_t
symformat_sum_part(const void *p, size_t len)
{
	uint64_t sum = cachedir_sum(CACHEDIR_SUM + len, p, len);

	/* All bits into the half that is kept. */
	return (uint32_t)((sum ^ sum >> 32) * 0x9e3779b97f4a7c15u >> 32);
}

/* Where the pieces are. */
static inline uint64_t
symformat_pieces_at(uint64_t names_size)
{
	return (names_size + 7) & ~UINT64_C(7);
}

#endif
