/*
 * symwrite.h - write a table of functions with its names, as symfile.h reads it.
 */
#ifndef GP_SYMWRITE_H
#define GP_SYMWRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/cachedir.h"
#include "base/rangetab.h"

/* What is stored. */
struct symwrite_source {
	const void *key, *note; /* symfile.h */
	size_t key_len, note_len;
	const struct rangetab *range; /* built */
	/* Add the name that stands for a value; false if there is none. Asked
	 * in ascending order of values, each once. */
	bool (*name)(void *arg, uint32_t value, struct buf *b);
	void *arg;
};

/* Write it, piece by piece. False if that failed, or if it is too large. */
GP_MUSTUSE bool symwrite(const struct symwrite_source *from,
    bool (*write)(void *arg, const void *p, size_t len), void *arg);

/* The same into the cache, for everybody to read, or for the caller alone. False if
 * that cannot be; the cache counts. */
bool symwrite_store(struct cachedir *c, const char *file,
    const struct symwrite_source *from, bool private);

#endif
