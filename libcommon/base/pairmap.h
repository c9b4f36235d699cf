/*
 * pairmap.h - a hash table from a pair of numbers to a number.
 *
 * Module ids to modules, pids to processes, (module, address) to names: 16 bytes
 * an entry, between a quarter and two thirds full, nothing is ever removed but
 * all.
 *
 * A zeroed struct pairmap is empty and ready. Running out of memory ends the
 * program.
 */
#ifndef GP_PAIRMAP_H
#define GP_PAIRMAP_H

#include <stddef.h>
#include <stdint.h>

#define PAIRMAP_NONE UINT32_MAX

struct pairmap_entry {
	uint64_t a;
	uint32_t b;
	uint32_t value; /* PAIRMAP_NONE: the place is free */
};

struct pairmap {
	struct pairmap_entry *entry;
	uint32_t n;   /* pairs in it */
	uint32_t cap; /* places: a power of two, or 0 */
};

/* The value of a pair, or PAIRMAP_NONE. */
uint32_t pairmap_get(const struct pairmap *m, uint64_t a, uint32_t b);

/* Set it, new or known; value is not PAIRMAP_NONE. */
void pairmap_set(struct pairmap *m, uint64_t a, uint32_t b, uint32_t value);

void pairmap_reset(struct pairmap *m); /* empty, memory kept */
void pairmap_free(struct pairmap *m);

#endif
