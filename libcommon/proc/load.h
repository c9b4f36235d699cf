/*
 * load.h - how busy a machine was, and how full, while it was recorded.
 *
 *	#machine cpu_busy=12.3 memory_used=45.6
 *
 * Percent: of the time of all CPUs between load_begin() and load_put(); and of the
 * memory, as it is on the average of both, where what the kernel could give to
 * others at once counts as free.
 *
 * Source: proc_stat(5), proc_meminfo(5).
 */
#ifndef GP_LOAD_H
#define GP_LOAD_H

#include <stdint.h>

#include "base/buf.h"

struct load {
	uint64_t busy, all;         /* of CPU time, in ticks since boot */
	uint64_t used, memory;      /* KB */
};

/* root: where /proc is, "" for the real one; tests have others. What cannot be
 * read is 0. */
void load_begin(struct load *l, const char *root);

/* Add the record; nothing, if neither is known. */
void load_put(const struct load *begin, const char *root, struct buf *out);

#endif
