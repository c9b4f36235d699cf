/*
 * pack.h - small tables of functions, kept in one file on disk.
 *
 *	image     a symfile (symfile.h) of the functions of a file; …
 *	entry     where it is, when it was used, its key; …
 *	trailer   magic, version, counts, sum of the entries
 *
 * A machine's profile has addresses in hundreds of files, most of which have few
 * functions: to make a file for every one of them, or open it, would take longer
 * than all the rest. What an image says is checked by who reads it.
 *
 * The file is written as a whole, at the end, when there is something new; of two
 * runs that do so at once the later one's is kept. The least recently used go
 * beyond PACK_BYTES_MAX. What is new is in memory until then, so a run adds no more
 * than PACK_NEW_MAX: the tables of two thousand files of a machine.
 *
 * Zeroed but for the cache it is ready. pack_free() it.
 */
#ifndef GP_SYMBOLIZE_PACK_H
#define GP_SYMBOLIZE_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/cachedir.h"
#include "base/intern.h"

enum {
	PACK_MAX = 1 << 14,          /* files */
	PACK_BYTES_MAX = 32 << 20,   /* of all images */
	PACK_NEW_MAX = 16 << 20,     /* of those that are not in the file */
	PACK_USED_AGAIN_S = 3600,    /* how exact "least recently used" is */
	PACK_KEY_MAX = 256,
};

/* Of the format; what is in the images has its own. */
#define PACK_VERSION 1u

struct packed {
	uint64_t at, size; /* in the file; size 0: there is none */
	uint64_t used;     /* in seconds */
	char *new;         /* the image, if it is not in the file; owned */
};

struct pack {
	struct cachedir *cache; /* the caller's; NULL: nothing is kept */
	bool loaded, changed;
	int fd;            /* the file, if loaded and there */
	struct intern keys; /* a table's number is its key's */
	struct packed *v;
	uint32_t n, cap;
	size_t new_bytes; /* in memory */
};

/* Add what is kept under a key to b; false if nothing is. now: in seconds. */
GP_MUSTUSE bool pack_get(struct pack *p, const char *key, uint64_t now,
    struct buf *b);

/* Keep it. False, and all is as before, if there is no room for it in this run. */
GP_MUSTUSE bool pack_put(struct pack *p, const char *key, uint64_t now, const void *image,
    size_t size);

/* Keep no longer what is there. */
void pack_drop(struct pack *p, const char *key);

/* Write what is new. */
void pack_free(struct pack *p);

#endif
