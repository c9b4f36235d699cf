/*
 * samplestack.h - the stack of a sample, in the tree of its process.
 *
 *	the sampler's walk ─► rescue.h ─► what is believed ─► named ─► a node
 *
 * A walk that the sampler could not finish for want of tables is finished. What came
 * of rows or of a stack that were not those of the moment is cut off, and the sample
 * counted as truncated. The frames that an interpreter keeps take the place of its
 * own. Then each frame is named (visit.h), the kernel's below the user's:
 *
 *	thread ─► [truncated] ─► user, outermost first ─► kernel
 *
 * What the sampler lacked it has for the next sample of the process: mappings with
 * their tables, the interpreter.
 */
#ifndef GP_RECORD_SAMPLESTACK_H
#define GP_RECORD_SAMPLESTACK_H

#include <stdint.h>

#include "visit.h"

/* The node of v->p->stacks for a sample's stack; its process is visited. Counts in
 * v->t how walks ended, not the sample. */
uint32_t samplestack_push(struct visit *v, const struct sample *s);

#endif
