/*
 * bpfring.h - the reading end of a BPF ring buffer.
 *
 * libbpf has one too, which maps the data twice in a row, so that no record is
 * broken at the end; all of that counts as this process's memory. Here the data
 * is mapped once, and the record that is broken is put together.
 *
 *	page 0    consumer position, ours to write
 *	page 1    producer position
 *	page 2 …  data: | length, busy and discard bits | page | record … | …
 *
 * Records begin at multiples of 8; a position counts bytes since the beginning.
 *
 * Source: Documentation/bpf/ringbuf.rst; BPF_RINGBUF_BUSY_BIT, _DISCARD_BIT and
 * _HDR_SZ of linux/bpf.h.
 */
#ifndef GP_RECORD_BPFRING_H
#define GP_RECORD_BPFRING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"

struct bpfring {
	uint64_t *consumer; /* NULL: not open */
	const uint64_t *producer;
	const char *data;
	size_t bytes;       /* of data: a power of two */
	uint64_t next;      /* position behind the record that was handed out */
	struct buf whole;   /* a broken record */
};

/* Map the ring of a map of so many bytes. 0, or -1 with errno. A zeroed struct is
 * not open. */
GP_MUSTUSE int bpfring_open(struct bpfring *r, int map_fd, size_t bytes);

/*
 * The next record, NULL if there is none.
 *
 * It stays valid, and its room taken, until the next call or bpfring_release().
 * Records that were discarded are skipped; what is being written ends the
 * reading.
 */
const void *bpfring_next(struct bpfring *r, size_t *len);

/* Give back the room of what was read. */
void bpfring_release(struct bpfring *r);

void bpfring_close(struct bpfring *r);

#endif
