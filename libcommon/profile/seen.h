/*
 * seen.h - stacks of text that came before, and what became of them.
 *
 *	app;main;parse;read  ->  node 17
 *
 * In text that nobody merged the same stacks come again and again, in no order,
 * and to take one apart takes far longer than to read it. The texts of those that
 * came twice are kept, in a table where each has few places; one that was asked
 * for since stays there once more when another wants its place. Texts take
 * SEEN_BYTES at most: then all is forgotten, and kept anew. Where next to no stack
 * comes again, as in text that was merged, most are not looked for.
 *
 * A zeroed struct seen is empty and ready; running out of memory ends the program.
 */
#ifndef GP_SEEN_H
#define GP_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

enum { SEEN_BYTES = 8 << 20 };

struct seen_stack {
	const char *s; /* NULL: came once */
	uint32_t len;
	uint32_t node; /* the caller's */
	uint32_t notes;
	uint32_t hash; /* its high half */
	uint32_t time; /* not seen.time: free */
	bool used;
};

struct seen {
	struct arena arena; /* texts */
	struct seen_stack *slot;
	uint32_t time;
	uint32_t tries, known; /* since it was last judged whether this pays */
	uint32_t rest;         /* stacks that are not to be looked for */
	/* the stack that seen_find() was last asked for */
	uint64_t hash;
	bool asked; /* it was looked for */
};

/* What became of a stack, or NULL. */
const struct seen_stack *seen_find(struct seen *s, const char *stack,
    size_t len);

/* Say what became of the one that seen_find() was just asked for in vain. */
void seen_add(struct seen *s, const char *stack, size_t len, uint32_t node,
    uint32_t notes);

/* What stands in stacks has another meaning now. */
void seen_forget(struct seen *s);

void seen_free(struct seen *s);

#endif
