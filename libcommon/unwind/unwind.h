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

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "unwind/step.h"

struct unwind_stack {
	const void *bytes;
	size_t len;
	uint64_t at; /* address of bytes[0] in the process */
};

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
