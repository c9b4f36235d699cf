#include "ring.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/diag.h"

static size_t
page(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

static bool
map_ring(struct ring *r, int fd, size_t bytes)
{
	void *map = mmap(NULL, page() + bytes, PROT_READ | PROT_WRITE,
	    MAP_SHARED, fd, 0);

	if (map == MAP_FAILED)
		return false;
	r->fd = fd;
	r->map = map;
	r->bytes = bytes;
	return true;
}

int
ring_open(struct ring *r, int fd, size_t bytes, size_t least, int epoll)
{
	struct epoll_event ev = { .events = EPOLLIN };
	int err;

	if (!map_ring(r, fd, bytes) &&
	    (least == bytes || !map_ring(r, fd, least))) {
		err = errno;
		close(fd);
		errno = err;
		return -1;
	}
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &ev) != 0)
		diag_verbose("epoll_ctl:");
	return 0;
}

/* Copy len bytes at a position of the ring. */
static void
copy_out(const struct ring *r, uint64_t pos, void *dst, size_t len)
{
	const char *data = (const char *)r->map + page();
	size_t at = pos & (r->bytes - 1), first = r->bytes - at;

	if (first > len)
		first = len;
	memcpy(dst, data + at, first);
	memcpy((char *)dst + first, data, len - first);
}

/* When so many bytes are free, or fewer, a record may be lost: one that did not
 * fit while the last one that was read still was in the ring. Of a small ring, half
 * of it: there the longest paths get the benefit of the doubt. */
static size_t
doubtful(const struct ring *r)
{
	return r->bytes / 2 < 2 * RING_RECORD_MAX ? r->bytes / 2 :
	    2 * RING_RECORD_MAX;
}

bool
ring_next(struct ring *r, struct perf_event_header *h, const char **body,
    size_t *len)
{
	struct perf_event_mmap_page *m = r->map;
	uint64_t head, tail;

	if (r->fd < 0)
		return false;
	head = __atomic_load_n(&m->data_head, __ATOMIC_ACQUIRE);
	tail = m->data_tail;
	if (head - tail > r->bytes - doubtful(r))
		r->was_full = true;
	if (tail >= head)
		return false;
	copy_out(r, tail, h, sizeof *h);
	if (h->size < sizeof *h || h->size > head - tail) {
		/* Cannot be; whatever it is, do not turn in a circle. */
		__atomic_store_n(&m->data_tail, head, __ATOMIC_RELEASE);
		return false;
	}
	*len = h->size - sizeof *h;
	buf_reset(&r->record);
	buf_grow(&r->record, *len);
	copy_out(r, tail + sizeof *h, r->record.s, *len);
	*body = r->record.s;
	__atomic_store_n(&m->data_tail, tail + h->size, __ATOMIC_RELEASE);
	return true;
}

void
ring_close(struct ring *r)
{
	if (r->fd >= 0) {
		munmap(r->map, page() + r->bytes);
		close(r->fd);
	}
	buf_free(&r->record);
	r->fd = -1;
}
