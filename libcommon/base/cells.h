/*
 * cells.h - the few stretches of a table of ranges that some addresses are in.
 *
 *	ranges    [ outer function          ]      [ f ]  label …
 *	               [ inner ]
 *	cells     [outer)[inner              )[    ...
 *	addresses    ^           ^
 *	wanted    [     )[                   )
 *
 * A cell reaches from where a range starts to where the next one does. To know
 * what is at an address it takes its cell, and those ranges only that reach into
 * it: so a table of a million ranges need neither be held nor sorted (rangetab.h)
 * to answer for a hundred addresses. It is passed over twice:
 *
 *	cells_init(&c, addr, n);
 *	for each range: cells_see(&c, start);
 *	cells_settle(&c);
 *	for each range: if (cells_want(&c, start, end)) rangetab_add(&t, …);
 *	rangetab_build(&t, …);
 *	cells_cut(&c, &t, value);
 *
 * Within the cells the result is what it is with all ranges, and it holds for
 * every address in them.
 *
 * cells_free() it. Running out of memory ends the program.
 */
#ifndef GP_CELLS_H
#define GP_CELLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rangetab.h"

struct cell {
	uint64_t start, end; /* 0 and UINT64_MAX where no range starts */
};

struct cells {
	uint64_t *addr; /* ascending, each once; until settled */
	struct cell *v;
	size_t n;
};

/* n addresses in any order; they stay the caller's. */
void cells_init(struct cells *c, const uint64_t *addr, size_t n);

/* A range starts there. */
void cells_see(struct cells *c, uint64_t start);

/* All were seen. */
void cells_settle(struct cells *c);

/* Whether [start, end) has to do with one of the cells. */
bool cells_want(const struct cells *c, uint64_t start, uint64_t end);

/* Cut a built table down to the cells: a gap in them becomes value, what is
 * outside of them a gap. */
void cells_cut(const struct cells *c, struct rangetab *t, uint32_t value);

void cells_free(struct cells *c);

#endif
