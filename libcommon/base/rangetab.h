/*
 * rangetab.h - which of many ranges an address is in.
 *
 *	added     [ outer function          ]      [ f ]  label …
 *	               [ inner ]
 *	built     |outer|inner  |outer     |gap    |f  |gap|label …
 *
 * Functions of a file, symbols of the kernel, entries of a JIT's map: ranges that
 * nest, overlap and repeat. Building flattens them into one sorted row without
 * overlaps, 12 bytes a piece, in which a binary search finds an address.
 *
 * An open range is one whose size nobody wrote down (assembler symbols): it
 * ends where the next range starts, or at a limit, and never hides a range that
 * has a size.
 *
 * A range stands for a value of the caller's: where its name is, mostly.
 *
 * A zeroed struct rangetab is empty and ready. Add, build once, find. Running
 * out of memory ends the program; whoever adds bounds the number.
 */
#ifndef GP_RANGETAB_H
#define GP_RANGETAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RANGETAB_NONE UINT32_MAX

/* Which range wins where several with a size overlap. */
enum rangetab_rule {
	RANGETAB_INNER,  /* that which starts later; then the higher rank */
	RANGETAB_HIGHER, /* that of the higher rank */
};

struct rangetab_item;

struct rangetab {
	/* before rangetab_build() */
	struct rangetab_item *item;
	uint32_t items, item_cap;
	/* What is wrong with a value, as a number: of two ranges of equal rank that
	 * start at the same place, with RANGETAB_INNER, that with less wins. It is
	 * asked about these only, since it takes longer than to add one. Or NULL. */
	uint32_t (*flaws)(void *arg, uint32_t value);
	void *flaws_arg;
	/* after it: piece i is [start[i], start[i + 1]), the last one a gap */
	uint64_t *start;
	uint32_t *value; /* RANGETAB_NONE: a gap */
	uint32_t n;
};

/* Add [start, end). Empty ranges are left out. value is not RANGETAB_NONE. */
void rangetab_add(struct rangetab *t, uint64_t start, uint64_t end,
    uint32_t value, uint32_t rank);

/* Add an open range that ends at limit at the latest. */
void rangetab_add_open(struct rangetab *t, uint64_t start, uint64_t limit,
    uint32_t value, uint32_t rank);

/* Flatten what was added. Of ranges that are equal in every way the first added
 * wins. */
void rangetab_build(struct rangetab *t, enum rangetab_rule rule);

/* The value at an address, or RANGETAB_NONE. */
uint32_t rangetab_find(const struct rangetab *t, uint64_t addr);

/* Bytes of memory it holds. */
size_t rangetab_memory(const struct rangetab *t);

void rangetab_free(struct rangetab *t);

#endif
