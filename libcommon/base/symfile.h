/*
 * symfile.h - a table of functions with its names, as a file of a cache.
 *
 *	names     sum, length, bytes; …
 *	start     where each piece starts    } rangetab.h, as it is in memory
 *	value     its name's place, or none  }
 *	trailer   magic, version, key, counts, sum
 *
 * To make such a table from an ELF file or from /proc/kallsyms takes tens of
 * milliseconds; to load it takes one. Only the ranges are held in memory, 12
 * bytes a piece: names stay in the file, as a profile asks for few of them.
 *
 * The key says what the table is of, all that it depends on; another key makes
 * the file absent. note: what the maker wants to know later, any bytes.
 *
 * It is written from start to end, so it can go through a pipe. Nothing in it is
 * believed: trailer and ranges are checked when they are loaded, each name when
 * it is read.
 */
#ifndef GP_SYMFILE_H
#define GP_SYMFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/cachedir.h"
#include "base/rangetab.h"

/* Of the format, and of how names are chosen: with any change of either, all
 * that was kept is made anew. */
#define SYMFILE_VERSION 3u

enum {
	SYMFILE_KEY_MAX = 256,   /* bytes */
	SYMFILE_NOTE_MAX = 512,  /* bytes */
	SYMFILE_NAME_MAX = 8448, /* bytes, more than a frame shows; then cut */
	SYMFILE_PIECES_MAX = 1 << 22,
};

/* The value of a piece whose range has no name that could be read. */
#define SYMFILE_NO_NAME (RANGETAB_NONE - 1)

struct symfile {
	int fd; /* -1: not loaded, or in memory */
	const char *mem; /* the caller's, or NULL */
	uint64_t size;
	struct rangetab range;
	uint64_t names_size;
	size_t note_len;
	char note[SYMFILE_NOTE_MAX];
};

/* What is stored. */
struct symfile_source {
	const void *key, *note;
	size_t key_len, note_len;
	const struct rangetab *range; /* built */
	/* Add the name that stands for a value; false if there is none. Asked
	 * in ascending order of values, each once. */
	bool (*name)(void *arg, uint32_t value, struct buf *b);
	void *arg;
};

/* Write it, piece by piece. False if that failed, or if it is too large. */
GP_MUSTUSE bool symfile_write(const struct symfile_source *from,
    bool (*write)(void *arg, const void *p, size_t len), void *arg);

/* Load an open file, if it is whole and of that key. The descriptor then belongs
 * to it, else it stays the caller's. symfile_free() it if true. */
GP_MUSTUSE bool symfile_open(struct symfile *s, int fd, const void *key,
    size_t key_len);

/* The same of bytes in memory, which stay the caller's, and must stay. */
GP_MUSTUSE bool symfile_open_mem(struct symfile *s, const void *mem,
    size_t size, const void *key, size_t key_len);

/* Load a file of the cache, if it is there, whole and of that key, and, if
 * private, nobody else can read it. symfile_free() it if true. */
GP_MUSTUSE bool symfile_load(struct symfile *s, struct cachedir *c,
    const char *file, const void *key, size_t key_len, bool private);

/* symfile_write() into the cache, for everybody to read, or for the caller alone. False if that
 * cannot be; the cache counts. */
bool symfile_store(struct cachedir *c, const char *file,
    const struct symfile_source *from, bool private);

enum symfile_found {
	SYMFILE_FOUND,   /* the name was added */
	SYMFILE_NONE,    /* a gap */
	SYMFILE_NAMELESS, /* there is no function */
	SYMFILE_DAMAGED, /* the name cannot be read: use the file no more */
};
enum symfile_found symfile_find(const struct symfile *s, uint64_t addr,
    struct buf *b);

/* The same in two steps: the value at an address, RANGETAB_NONE or
 * SYMFILE_NO_NAME; and the name for it. So equal values need be read once. */
uint32_t symfile_lookup(const struct symfile *s, uint64_t addr);
enum symfile_found symfile_name(const struct symfile *s, uint32_t value,
    struct buf *b);

/* Bytes of memory it holds. */
size_t symfile_memory(const struct symfile *s);

void symfile_free(struct symfile *s);

#endif
