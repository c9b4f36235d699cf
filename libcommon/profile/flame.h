/*
 * flame.h - the tree behind a flame graph: built from stacks and laid out.
 *
 *	a;b 2          all 6
 *	a;c;d 3   ->   a 6                     node  0    1  2  3  4
 *	a 1            b 2 │ c 3 │ self 1      name  all  a  b  c  d
 *	                   │ d 3               first 1    2  4  4  5
 *
 * Add stacks, then flame_layout() numbers the nodes level by level, siblings in
 * byte order of their names. In that order the children of a node are neighbours
 * (first[i] to first[i + 1]), a level is one range, and x grows along it: what a
 * viewer draws at some depth is found by binary search. Node 0 is the root of
 * all and has no name. x and widths are in samples; a node's own samples come
 * behind its children.
 *
 * Two profiles can share a tree: every stack has a count in each, and so has
 * every node. x and widths are those of the second, what was before is the base.
 *
 * A chart is drawn in the order of the input instead: stacks merge with the one
 * before only, and x is where a frame begins.
 *
 * A zeroed struct flame is empty and ready; flame_free() gives all back. Running
 * out of memory ends the program. 1 million nodes take about 90 MB while they
 * are laid out, and 20 MB more with a base.
 */
#ifndef GP_FLAME_H
#define GP_FLAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/intern.h"
#include "stream/stacktab.h"

/* The largest sum of samples: what a JavaScript number holds exactly. */
#define FLAME_SAMPLES_MAX ((UINT64_C(1) << 53) - 1)

enum flame_err {
	FLAME_OK = 0,
	FLAME_ESUM = -1, /* a sum would exceed FLAME_SAMPLES_MAX */
};

struct flame_step;

struct flame {
	/* set before the first stack, or not at all */
	bool diff;     /* there is a base */
	bool chart;    /* in the order of the input */
	bool reverse;  /* innermost frames first */
	bool by_width; /* the widest of siblings first, not by name */

	uint64_t samples;      /* sum of all counts */
	uint64_t base_samples; /* of the base */
	uint64_t truncated;    /* of samples, those with a [truncated] frame */
	/* set by flame_layout(), each by node number */
	uint32_t n;        /* nodes, the root included */
	uint32_t levels;   /* depth of the tree; 1 is the root alone */
	uint32_t *name;    /* id for flame_name(); 0 of the root means nothing */
	uint32_t *first;   /* first child; n + 1 entries */
	uint64_t *total;   /* samples in it and below */
	uint64_t *self;    /* samples whose stack ends in it */
	uint64_t *x;       /* samples left of it */
	uint64_t *base_total, *base_self; /* the same of the base, or NULL */
	uint32_t names;    /* distinct names, ids by falling number of nodes */
	uint32_t *name_of; /* id -> number in intern */
	uint32_t *number;  /* what flame_last() gave -> node number */
	/* private */
	struct intern intern;
	struct stacktab tab;
	uint64_t *extra; /* by node of tab: count in the base, or x of a chart */
	uint32_t extra_cap;
	bool unsorted;   /* some stack came after one that belongs behind it */
	struct buf reversed;
	struct buf last;         /* the stack added before: sorted input shares */
	struct flame_step *step; /* most of its frames with the next one */
	size_t steps, steps_cap;
};

/*
 * Count a stack: frames between ';', outermost first. An empty frame becomes
 * [unknown]. base: its count in the base, 0 without one. A stack with no count
 * adds nothing. Returns 0, or FLAME_ESUM and leaves the stack out. Not after
 * flame_layout().
 */
GP_MUSTUSE int flame_add(struct flame *f, const char *stack, size_t len,
    uint64_t count, uint64_t base);

/* The stack added last, a number for f->number[]; there must be one. */
uint32_t flame_last(const struct flame *f);

/* Number and place the nodes. Once, when all stacks are in. */
void flame_layout(struct flame *f);

/* The name with an id below f->names; its length goes to *len. */
const char *flame_name(const struct flame *f, uint32_t id, size_t *len);

void flame_free(struct flame *f);

#endif
