/*
 * stacklines.h - the stacks of a process, as lines of a stream.
 *
 *	json-7;$3+1130;$3+11a4 5
 *	json-7;$3+1130;$3+11a4;$k+ffffffff81a0c0de 2
 *	json-7;$3+1130;$3+12f0 1
 *
 * They come in the order of the tree that they form, so each begins like the one before
 * it as far as it can: that part is there already, here and where the lines are read.
 *
 * A zeroed struct stacklines is ready; it is memory that is kept from one process to
 * the next. stacklines_free() it.
 */
#ifndef GP_RECORD_STACKLINES_H
#define GP_RECORD_STACKLINES_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "module.h"
#include "stream/stacktab.h"
#include "stream/stream.h"

struct stacklines {
	struct buf text;
	size_t *end; /* of the frame of each depth in it */
	uint32_t cap;
};

/* Write the stacks that were counted. The outermost frame of each is the thread's
 * number, or 0. */
void stacklines_write(struct stacklines *l, const struct stacktab *stacks,
    const struct modules *m, const char *comm, uint32_t pid,
    struct stream_writer *out);

void stacklines_free(struct stacklines *l);

#endif
