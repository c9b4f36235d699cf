/*
 * parts.h - what counts of stacks have behind their decimal point.
 *
 *	main;read 1.25		node 7: 1 and 0.25
 *	main;read 0.5		node 7: 1 and 0.75	in the end 2
 *
 * A profile counts whole samples; other tools' text may hold averages. Their
 * parts are added up by stack, in billionths, and rounded once, when all is read:
 * so the result does not depend on the order of the lines, and is off by half a
 * sample a stack at most.
 *
 * A zeroed struct parts is empty and ready; parts_free() it.
 */
#ifndef GP_PARTS_H
#define GP_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

enum { PARTS_ONE = 1000000000 };

struct parts {
	uint32_t *nano; /* by node: below PARTS_ONE */
	size_t cap;
};

/* Add to a node's part, nano below PARTS_ONE: 1 if it became a whole one, which
 * is for the caller to count, else 0. */
GP_MUSTUSE unsigned parts_add(struct parts *p, uint32_t node, uint32_t nano);

/* Whether a node's part is a half or more. */
bool parts_rounds_up(const struct parts *p, uint32_t node);

/* Whether a node has a part. */
bool parts_is_some(const struct parts *p, uint32_t node);

void parts_free(struct parts *p);

#endif
