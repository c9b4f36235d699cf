/*
 * excerpts.h - what was read of parts of files, kept in one file on disk.
 *
 *	image     a symfile (symfile.h) of some functions of a file; …
 *	entry     where it is, when it was used, its key; …
 *	trailer   magic, version, counts, sum of the entries
 *
 * A machine's profile has addresses in hundreds of files, and a few functions of
 * each: to open a small file for every one of them would take longer than all the
 * rest. What an image says is checked by who reads it.
 *
 * The file is written as a whole, at the end, when there is something new; of two
 * runs that do so at once the later one's is kept. The least recently used go
 * beyond EXCERPTS_BYTES_MAX.
 *
 * Zeroed but for the cache it is ready. excerpts_free() it.
 */
#ifndef GP_SYMBOLIZE_EXCERPTS_H
#define GP_SYMBOLIZE_EXCERPTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/cachedir.h"
#include "base/intern.h"

enum {
	EXCERPTS_MAX = 1 << 14,          /* files */
	EXCERPTS_BYTES_MAX = 32 << 20,   /* of all images */
	EXCERPTS_USED_AGAIN_S = 3600,    /* how exact "least recently used" is */
	EXCERPTS_KEY_MAX = 256,
};

/* Of the format; what is in the images has its own. */
#define EXCERPTS_VERSION 1u

struct excerpt {
	uint64_t at, size; /* in the file; size 0: there is none */
	uint64_t used;     /* in seconds */
	char *new;         /* the image, if it is not in the file; owned */
};

struct excerpts {
	struct cachedir *cache; /* the caller's; NULL: nothing is kept */
	bool loaded, changed;
	int fd;            /* the file, if loaded and there */
	struct intern keys; /* an excerpt's number is its key's */
	struct excerpt *v;
	uint32_t n, cap;
};

/* Add what is kept under a key to b; false if nothing is. now: in seconds. */
GP_MUSTUSE bool excerpts_get(struct excerpts *p, const char *key, uint64_t now,
    struct buf *b);

/* Keep it. */
void excerpts_put(struct excerpts *p, const char *key, uint64_t now, const void *image,
    size_t size);

/* Keep no longer what is there. */
void excerpts_drop(struct excerpts *p, const char *key);

/* Write what is new. */
void excerpts_free(struct excerpts *p);

#endif
