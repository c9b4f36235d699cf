/*
 * mapped.h - a file mapped to be read, which may become shorter meanwhile.
 *
 * To read here and there in a file by pread(2) takes longer than all that is done with
 * what was read. A mapping does not, but where the file ends by then, or its disk
 * fails, to touch it is a SIGBUS. Here that place, a page, becomes zeros, and
 * mapped_is_cut() is true from then on: whoever looks at the file believes nothing that
 * was looked at before he asked.
 *
 *	n = *(const uint32_t *)((const char *)m.p + at);
 *	if (mapped_is_cut(&m))
 *		...	// n means nothing
 *
 * What is in the file may change at any time, also after it was checked.
 *
 * The pages of a file that were touched count as the process's memory, and the kernel
 * brings 64 KiB around each. So there are bounds for all files together, and what would
 * go beyond is not mapped.
 *
 * A SIGBUS of anything else does what it did before. Not for several threads. A child
 * that is forked has the mappings and the handler as well.
 *
 * Source: mmap(2), "Using MAP_FIXED safely" and SIGBUS; sigaction(2), BUS_ADRERR.
 */
#ifndef GP_MAPPED_H
#define GP_MAPPED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

enum {
	MAPPED_FILES_MAX = 256,
	MAPPED_BYTES_MAX = 24 << 20,
};

/* A zeroed one is not mapped. */
struct mapped {
	const void *p; /* NULL: not mapped */
	size_t size;
	unsigned place; /* private */
};

/* Map the first size bytes of a file; the descriptor is not needed from then on. False
 * if it is empty, too large, or cannot be mapped. */
GP_MUSTUSE bool mapped_open(struct mapped *m, int fd, uint64_t size);

/* True if some of what was looked at was not there. */
bool mapped_is_cut(const struct mapped *m);

void mapped_close(struct mapped *m);

#endif
