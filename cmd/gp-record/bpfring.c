#include "bpfring.h"

#include <linux/bpf.h>
#include <sys/mman.h>
#include <unistd.h>

static size_t
page(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

int
bpfring_open(struct bpfring *r, int map_fd, size_t bytes)
{
	void *consumer, *producer;

	*r = (struct bpfring){ .bytes = bytes };
	consumer = mmap(NULL, page(), PROT_READ | PROT_WRITE, MAP_SHARED,
	    map_fd, 0);
	if (consumer == MAP_FAILED)
		return -1;
	producer = mmap(NULL, page() + bytes, PROT_READ, MAP_SHARED, map_fd,
	    (off_t)page());
	if (producer == MAP_FAILED) {
		munmap(consumer, page());
		return -1;
	}
	r->consumer = consumer;
	r->producer = producer;
	r->data = (const char *)producer + page();
	return 0;
}

/* The record of len bytes at a position, in one piece. */
static const void *
piece(struct bpfring *r, uint64_t pos, size_t len)
{
	size_t at = pos & (r->bytes - 1), first = r->bytes - at;

	if (len <= first)
		return r->data + at;
	buf_reset(&r->whole);
	buf_add(&r->whole, r->data + at, first);
	buf_add(&r->whole, r->data, len - first);
	return r->whole.s;
}

void
bpfring_release(struct bpfring *r)
{
	__atomic_store_n(r->consumer, r->next, __ATOMIC_RELEASE);
}

const void *
bpfring_next(struct bpfring *r, size_t *len)
{
	uint64_t end = __atomic_load_n(r->producer, __ATOMIC_ACQUIRE), pos;
	uint32_t head;

	bpfring_release(r);
	while (r->next < end) {
		pos = r->next;
		head = __atomic_load_n((const uint32_t *)(const void *)(r->data +
		    (pos & (r->bytes - 1))), __ATOMIC_ACQUIRE);
		*len = head & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);
		if (head & BPF_RINGBUF_BUSY_BIT || *len > r->bytes)
			break;
		r->next = pos + ((*len + BPF_RINGBUF_HDR_SZ + 7) & ~7ull);
		if (!(head & BPF_RINGBUF_DISCARD_BIT))
			return piece(r, pos + BPF_RINGBUF_HDR_SZ, *len);
	}
	bpfring_release(r);
	return NULL;
}

void
bpfring_close(struct bpfring *r)
{
	if (r->consumer) {
		munmap(r->consumer, page());
		munmap((char *)(uintptr_t)r->data - page(), page() + r->bytes);
	}
	buf_free(&r->whole);
	*r = (struct bpfring){ 0 };
}
