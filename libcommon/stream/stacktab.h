/*
 * stacktab.h - many stacks, stored as the tree that they form.
 *
 *	node 0 (empty) ── 1 main ── 2 parse ── 4 read
 *	                       └─── 3 write
 *
 * A stack is the number of its innermost node; a node is a (parent, frame) pair
 * and exists once. Equal stacks are thus equal numbers, counting one is an
 * addition, and memory depends on distinct stacks only (35 to 46 bytes a node with
 * its share of the index).
 *
 * A frame is any 64-bit value the caller chooses: an address, an intern id.
 * Parents come before their children, so one pass from the end sums up totals.
 *
 * A zeroed struct stacktab is empty and ready; running out of memory, or of ids
 * (2^32 - 2), ends the program.
 */
#ifndef GP_STACKTAB_H
#define GP_STACKTAB_H

#include <stdint.h>

struct stacktab_node {
	uint64_t frame;
	uint64_t count; /* samples whose stack ends here */
	uint32_t parent;
};

/* What nearly always tells whether it is the one that is looked for is here as
 * well: each look at a node may miss the cache. */
struct stacktab_slot {
	uint32_t hash;
	uint32_t node; /* 0: free */
};

struct stacktab {
	struct stacktab_node *node; /* node[0] is the empty stack, once n > 0 */
	struct stacktab_slot *slot; /* open addressing */
	uint32_t n, cap;            /* nodes used, allocated */
	uint32_t slot_cap;          /* a power of two, or 0 */
	uint32_t indexed;           /* nodes below this one are in slot */
};

/* The node of frame below parent (0: outermost), new or known. */
uint32_t stacktab_push(struct stacktab *t, uint32_t parent, uint64_t frame);

/* A node that is new for certain, as below one that just came to be: it is not
 * looked for, which takes most of the time, and put into the index only when
 * stacktab_push() looks for some node again. */
uint32_t stacktab_append(struct stacktab *t, uint32_t parent, uint64_t frame);

/* Count samples of the stack that ends at node; some node must have been
 * pushed before. */
static inline void
stacktab_count(struct stacktab *t, uint32_t node, uint64_t count)
{
	t->node[node].count += count;
}

/*
 * Visit every node but the empty one, depth first, those of one parent in the order in
 * which they came: so each stack begins like the one before it as far as it can.
 *
 * depth: frames in the stack that ends at node, at most one more than the last time.
 */
void stacktab_walk(const struct stacktab *t,
    void (*visit)(void *arg, uint32_t node, uint32_t depth), void *arg);

void stacktab_reset(struct stacktab *t); /* empty, memory kept */
void stacktab_free(struct stacktab *t);

#endif
