/*
 * unwind.h - walk a stack that was copied out of its process.
 *
 * What the sampler does in the kernel, with the same step (step.h), for samples
 * that it could not finish and for the engine without BPF: registers, the bytes
 * above rsp, and somebody who knows the rule for an address give the frames.
 *
 *	address  at                          at + len
 *	         | innermost frame | caller ... |   not copied
 *	         rsp
 */
#ifndef GP_UNWIND_H
#define GP_UNWIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct unwind_stack {
	const void *bytes;
	size_t len;
	uint64_t at; /* address of bytes[0] in the process */
	uint64_t holes; /* bit n: the page n above that of at was not copied */
};

/* Copy len bytes at an address of the process to dst; 0, or -1 if they are not
 * among those that were copied. */
GP_MUSTUSE int unwind_read(const struct unwind_stack *k, void *dst, size_t len,
    uint64_t addr);

#include "unwind/step.h"

/*
 * Find the rule of a frame.
 *
 * s: look up unwind_lookup_pc(s). Returns UNWIND_OK and sets *rule, or what
 * ends the walk, as UNWIND_NO_MAP or UNWIND_NO_ROWS.
 */
struct unwind_finder {
	int (*rule)(void *arg, const struct unwind_state *s, uint32_t *rule);
	void *arg;
};

/*
 * A frame of code that keeps frame pointers, interrupted, where the code can only
 * be read later than the stack was copied. By then it may be other code.
 */
struct unwind_late {
	uint64_t rsp, rbp;
	uint64_t top[2];      /* the words at rsp */
	bool may_return[2];   /* code is, or was, mapped where they point to */
	bool is_return;       /* the first one is an address behind a call */
	const uint64_t *code; /* as for stepcode_leaf_rule(); NULL: unreadable */
};

/*
 * The rule of such a frame.
 *
 *	rsp       rsp + 8    the frame            rule
 *	a return             comes, or has gone   UNWIND_RULE_ENTRY
 *	rbp       a return   is half there        UNWIND_RULE_PUSHED
 *	anything             is there             UNWIND_RULE_FP
 *
 * Where the stack cannot be one of the first two, no code is needed. Where it can,
 * the code has to say so too; else it is a gap, since either may be true.
 */
uint32_t unwind_late_rule(const struct unwind_late *l);

/*
 * Walk outward from s until the stack, what was copied of it, or frame ends.
 *
 * s: the frame to begin with, which the caller has in frame already or does not
 * want; afterwards the last one reached. *n: how many frames there are, the
 * lookup address of each caller is added, and to sp, unless NULL, its rsp; cap: how
 * many fit.
 * Returns an enum unwind_end, never UNWIND_OK.
 */
GP_MUSTUSE int unwind_walk(struct unwind_state *s,
    const struct unwind_stack *stack, const struct unwind_finder *f,
    uint64_t *frame, uint64_t *sp, size_t cap, size_t *n);

#endif
