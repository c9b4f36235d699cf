/*
 * rescue.h - walks that the sampler could not finish.
 *
 * The first sample of a process, or of a library, comes before its tables are
 * loaded. It carries the registers of the last frame that was found and a copy of
 * the stack (struct sample_rescue in sampler.h): the tables are loaded here, for the
 * next walk too, and this one goes on from there with the same step.
 *
 * What is read of the process is of later than the sample. So the code at the
 * interrupted pc comes with the sample, and code that was not copied is believed
 * only where the stack agrees (unwind_late_rule()).
 */
#ifndef GP_RECORD_RESCUE_H
#define GP_RECORD_RESCUE_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "sampler.h"
#include "visit.h"

/*
 * Go on with the walk of a sample.
 *
 * len: bytes of stack behind r. At most max frames go to frame[], innermost first,
 * and where their stacks begin to sp[]; *n is how many. An enum unwind_end.
 */
GP_MUSTUSE int rescue_walk(struct visit *v, const struct sample_rescue *r,
    size_t len, uint64_t *frame, uint64_t *sp, size_t max, size_t *n);

#endif
