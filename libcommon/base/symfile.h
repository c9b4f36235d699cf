/*
 * symfile.h - a table of functions with its names, as a file of a cache.
 *
 *	$3+1c2f0  ->  index  ->  a page of 256 pieces  ->  a name
 *	              in memory  checked when asked for    checked each time
 *
 * To make such a table from an ELF file or from /proc/kallsyms takes tens of
 * milliseconds. Of one that is kept, a profile asks for a small part: a browser has
 * half a million functions, of which a minute shows a few hundred. So only the index
 * is read when it is loaded, 16 bytes a page. The rest is mapped, or read when asked for
 * where there is no room for that (mapped.h).
 *
 * The key says what the table is of, all that it depends on; another key makes
 * the file absent. note: what the maker wants to know later, any bytes.
 *
 * Nothing in it is believed (symformat.h): trailer and index are checked when they are
 * loaded, each page when it is first asked for, each name each time. That a file
 * becomes shorter meanwhile is found.
 */
#ifndef GP_SYMFILE_H
#define GP_SYMFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/cachedir.h"
#include "base/mapped.h"
#include "base/symformat.h"

/* What symfile_lookup() says of a page that cannot be read: symfile_find() says
 * SYMFILE_DAMAGED. */
#define SYMFILE_UNSURE (RANGETAB_NONE - 1)

struct symfile {
	int fd; /* -1: not loaded, or the caller's memory */
	struct mapped map; /* of fd */
	const char *mem; /* that, or the caller's; or NULL */
	uint64_t size, names_size;
	uint32_t pieces, pages;
	struct symformat_page *index;
	const struct symformat_piece **page; /* NULL: not checked yet */
	size_t note_len;
	char note[SYMFORMAT_NOTE_MAX];
};

/* Load an open file, if it is whole and of that key. The descriptor then belongs
 * to it, else it stays the caller's. symfile_free() it if true. */
GP_MUSTUSE bool symfile_open(struct symfile *s, int fd, const void *key,
    size_t key_len);

/* The same of bytes in memory, which stay the caller's, and must stay; they lie as
 * malloc(3)'s do. */
GP_MUSTUSE bool symfile_open_mem(struct symfile *s, const void *mem,
    size_t size, const void *key, size_t key_len);

/* Load a file of the cache, if it is there, whole and of that key, and, if
 * private, nobody else can read it. symfile_free() it if true. */
GP_MUSTUSE bool symfile_load(struct symfile *s, struct cachedir *c,
    const char *file, const void *key, size_t key_len, bool private);

enum symfile_found {
	SYMFILE_FOUND,   /* the name was added */
	SYMFILE_NONE,    /* a gap */
	SYMFILE_NAMELESS, /* there is no function */
	SYMFILE_DAMAGED, /* it cannot be read: use the file no more */
};
enum symfile_found symfile_find(struct symfile *s, uint64_t addr,
    struct buf *b);

/* The place of the name at an address, which is less than SYMFORMAT_NO_NAME: where it
 * is the same the name is. Else SYMFORMAT_NO_NAME, SYMFILE_UNSURE, or RANGETAB_NONE. */
uint32_t symfile_lookup(struct symfile *s, uint64_t addr);

/* Where the first piece with a value starts, of those that start at or above an
 * address; false if there is none, or a page cannot be read. Looks at each. */
GP_MUSTUSE bool symfile_first(struct symfile *s, uint64_t from,
    uint64_t *start);

/* Bytes of memory it holds once all of it was asked for. */
size_t symfile_memory(const struct symfile *s);

void symfile_free(struct symfile *s);

#endif
