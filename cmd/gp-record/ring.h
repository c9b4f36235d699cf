/*
 * ring.h - the ring buffer of a perf event.
 *
 * One page of bookkeeping and a power of two bytes of records, written by the
 * kernel on the CPU that the event is open on. A record may wrap around the end.
 *
 * Source: perf_event_open(2), "MMAP layout".
 */
#ifndef GP_RECORD_RING_H
#define GP_RECORD_RING_H

#include <linux/perf_event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"

struct ring {
	int fd;       /* the event, the ring's own; -1: none */
	void *map;
	size_t bytes; /* of data */
	struct buf record; /* the last one, straightened */
	bool was_full; /* one more record may have found no room, so far; the
			* reader says when to begin anew */
};

/* The largest record of the side-band: a mapping's, with a path of PATH_MAX. */
#define RING_RECORD_MAX 4352

/*
 * Map the ring of an event: of so many bytes, or where that cannot be, of least; both
 * are powers of two, whole pages. Takes fd over, also if it fails.
 *
 * epoll tells when there is something to read, if the event can be added to it: else
 * the ring is read by the clock alone. 0, or -1 with errno.
 */
GP_MUSTUSE int ring_open(struct ring *r, int fd, size_t bytes, size_t least,
    int epoll);

/* The next record, its header first, valid until the next call; false if there
 * is none. */
bool ring_next(struct ring *r, struct perf_event_header *h, const char **body,
    size_t *len);

void ring_close(struct ring *r);

#endif
