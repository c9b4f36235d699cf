/*
 * rescue.h - the rest of a walk that the sampler could not finish.
 *
 * The first sample of a process, or of a library, comes before its tables are
 * loaded. The sample brings the registers where the walk stopped and the top of
 * the stack; with the tables loaded in the meantime, the same step goes on from
 * there, so that first samples, and processes that live for just one, are whole.
 */
#ifndef GP_RECORD_RESCUE_H
#define GP_RECORD_RESCUE_H

#include <stdint.h>

#include "bpf/sampler.h"

/* The rule that covers an address: 0 (UNWIND_OK) and *rule, or the unwind_end
 * that says why there is none. */
typedef int rescue_rule(void *arg, uint64_t pc, uint32_t *rule);

/*
 * Walk on.
 *
 * stack: nrescue bytes from r->reg[rsp] on. Frames beyond the one that r is go to
 * frame, at most max of them; *n is how many. Returns an enum unwind_end.
 */
int rescue_walk(const struct sample_rescue *r, const void *stack,
    uint32_t stack_len, rescue_rule *rule, void *arg, uint64_t *frame,
    uint32_t max, uint32_t *n);

#endif
