/*
 * told.h - functions of the kernel that the stream tells of (#kfunction).
 *
 *	#kfunction addr=ffffffff81416b90 size=224 name=ksys_read
 *	ffffffff81416bac  ->  "ksys_read"
 *
 * Who recorded asked the kernel for what is in the stacks, so that whoever names them
 * need not be on that machine, nor see its addresses. They come in small lots between
 * the lines, and are asked for at once: what is new is brought in order with the first
 * question.
 *
 * Of two that start at one address the later counts. A zeroed struct told is empty and
 * ready. told_free() it.
 */
#ifndef GP_SYMBOLIZE_TOLD_H
#define GP_SYMBOLIZE_TOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"

enum {
	TOLD_MAX = 1 << 18,
	TOLD_TEXT_MAX = 16 << 20, /* bytes of all names */
	TOLD_NAME_MAX = 8448,     /* bytes, more than a frame shows; then cut */
};

struct told_function {
	uint64_t start, last; /* its first and its last byte */
	uint32_t text, len;
};

struct told {
	struct told_function *v;
	uint32_t n;
	size_t cap;
	uint32_t ordered; /* so many are in ascending order */
	struct buf text;
};

/* Add a function of size bytes. False if it has none, or too many, or no name. What
 * comes when there is no room is forgotten. */
GP_MUSTUSE bool told_add(struct told *t, uint64_t start, uint64_t size,
    const char *name, const char *module);

/* The function at an address, whose text is "name" or "name [module]", or NULL. */
const struct told_function *told_find(struct told *t, uint64_t addr);

void told_reset(struct told *t); /* empty, memory kept */
void told_free(struct told *t);

#endif
