/*
 * arena.h - memory that is freed all at once.
 *
 * A profile is built, written and dropped as a whole, so its strings and
 * stacks need no owner of their own: they live in the arena of the batch.
 * Pointers stay valid until arena_reset() or arena_free(); nothing is ever
 * moved.
 *
 * A zeroed struct arena is empty and ready. Whoever declares one frees it.
 * Running out of memory ends the program with EX_OSERR.
 */
#ifndef GP_ARENA_H
#define GP_ARENA_H

#include <stddef.h>

struct arena_block;

struct arena {
	struct arena_block *block; /* newest first */
	size_t used;               /* bytes given out of the newest block */
	size_t total;              /* bytes given out since the last reset */
};

/* Allocate size zeroed bytes, aligned for any type. Never NULL. */
void *arena_alloc(struct arena *a, size_t size);

/* Copy len bytes and put a NUL behind them. */
char *arena_strndup(struct arena *a, const char *s, size_t len);

/* Empty it; one block of 64 KiB is kept for the next batch. */
void arena_reset(struct arena *a);

/* Give everything back; the arena is empty and ready again. */
void arena_free(struct arena *a);

#endif
