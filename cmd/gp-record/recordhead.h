/*
 * recordhead.h - the #gp record that a recording begins with.
 *
 *	#gp version=1 kind=raw tool=gp-record/0.1 host=… arch=x86_64 kernel=6.1.0
 *	    event=cpu freq=99 cpus=8 start=2026-01-01T00:00:00Z clock=8291.5
 *
 * It says what was sampled where, and what it takes to read it elsewhere: clock is
 * CLOCK_MONOTONIC at start; of the kernel its build id and where its text begins, as
 * far as we may know them.
 */
#ifndef GP_RECORD_RECORDHEAD_H
#define GP_RECORD_RECORDHEAD_H

#include <stdint.h>

#include "base/buf.h"

struct recorder_options;

/* Add it to b. cpus: that are sampled. begin: of the recording, CLOCK_MONOTONIC in
 * ns, which is about now. */
void recordhead_put(struct buf *b, const struct recorder_options *o,
    unsigned cpus, uint64_t begin);

#endif
