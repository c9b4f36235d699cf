/*
 * fuzz_sideband.c - any bytes as the kernel's records.
 *
 * input: records, each u8 type, u8 misc high byte, u8 length, then the body.
 * Property: what comes out is in order of time, its texts end, mappings are not
 * empty, and nothing of it lies outside of the input.
 */
#include <stdint.h>
#include <string.h>

#include "cmd/gp-record/sideband.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* No kernel here. */
int
ring_open(struct ring *r, int fd, size_t bytes, size_t least, int epoll)
{
	(void)r;
	(void)fd;
	(void)bytes;
	(void)least;
	(void)epoll;
	return -1;
}

static const uint8_t *in;
static size_t left;

bool
ring_next(struct ring *r, struct perf_event_header *h, const char **body,
    size_t *len)
{
	if (r->fd != -2 || left < 3)
		return false;
	*h = (struct perf_event_header){
		.type = in[0], .misc = (uint16_t)(in[1] << 8),
	};
	*len = in[2] < left - 3 ? in[2] : left - 3;
	buf_reset(&r->record);
	buf_add(&r->record, in + 3, *len);
	*body = r->record.s;
	in += 3 + *len;
	left -= 3 + *len;
	return true;
}

void
ring_close(struct ring *r)
{
	buf_free(&r->record);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct sideband s;
	uint64_t last;
	size_t half;

	sideband_init(&s, 1, 64 << 10, -1);
	s.ring[0].fd = -2;
	in = data;
	/* In two readings, with half of the first left for the second. */
	for (int i = 0; i < 2; i++) {
		left = i == 0 ? len / 2 : len - (size_t)(in - data);
		sideband_read(&s);
		last = 0;
		for (size_t c = 0; c < s.n; c++) {
			const struct change *x = &s.change[c];

			if (x->time < last)
				__builtin_trap();
			last = x->time;
			if (x->text && strlen(x->text) > 255)
				__builtin_trap();
			if ((x->kind == CHANGE_MMAP ||
			    x->kind == CHANGE_KERNEL) &&
			    (x->start >= x->end || !x->text ||
			    x->build_id_len > sizeof x->build_id))
				__builtin_trap();
			if (x->kind == CHANGE_COMM && !x->text)
				__builtin_trap();
		}
		half = s.n / 2;
		s.used = half;
	}
	sideband_free(&s);
	return 0;
}
