/*
 * fuzz_jitdump.c - any bytes as a jitdump file.
 *
 * Property: at the edges of all loads and moves, at the time of each and before,
 * the name is that of the newest code that covers the address then, as a second
 * reading of the same bytes, record by record, has it; a dump read at once and one
 * that grew give the same names.
 */
#include <elf.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "proc/jitdump.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { CODES = 128 };

struct code {
	uint64_t start, end, time;
	size_t at, name; /* where its record is, and the name */
};

struct model {
	struct code code[CODES];
	size_t n;
	bool other_clock;
};

static uint32_t
u32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof v);
	return v;
}

static uint64_t
u64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof v);
	return v;
}

static void
add(struct model *m, uint64_t start, uint64_t size, uint64_t time, size_t at,
    size_t name)
{
	if (size && size < UINT64_MAX - start)
		m->code[m->n++] = (struct code){ start, start + size, time,
		    at, name };
}

/* False if the bytes are no dump, or hold too much for this. */
static bool
make_model(struct model *m, const uint8_t *p, size_t len)
{
	size_t at, size;

	if (len < 40 || u32(p) != 0x4a695444 || u32(p + 4) == 0 ||
	    u32(p + 12) != EM_X86_64 || u32(p + 8) < 40 || u32(p + 8) > len)
		return false;
	m->n = 0;
	m->other_clock = p[32] & 1;
	for (at = u32(p + 8); len - at >= 16; at += size) {
		const uint8_t *r = p + at;

		if (m->n == CODES)
			return false;
		size = u32(r + 4);
		if (size < 16 || size > len - at || u32(r) == 3)
			return true;
		if (u32(r) == 0 && size > 56)
			add(m, u64(r + 32), u64(r + 40), u64(r + 8), at,
			    at + 56);
		if (u32(r) != 1 || size < 64)
			continue;
		for (size_t i = m->n; i-- > 0;) {
			if (m->code[i].start != u64(r + 32))
				continue;
			add(m, u64(r + 40), u64(r + 48), u64(r + 8),
			    at, m->code[i].name);
			break;
		}
	}
	return true;
}

static bool
is_newer(const struct code *a, const struct code *b)
{
	return a->time != b->time ? a->time > b->time : a->at > b->at;
}

static void
check(struct jitdump *d, const struct model *m, const uint8_t *p, size_t len,
    uint64_t addr, uint64_t time)
{
	const struct code *want = NULL;
	struct buf b = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < m->n; i++) {
		const struct code *c = &m->code[i];

		if (addr >= c->start && addr < c->end &&
		    (m->other_clock || c->time <= time) &&
		    (!want || is_newer(c, want)))
			want = c;
	}
	if (want)
		n = strnlen((const char *)p + want->name, len - want->name);
	if (n > JITDUMP_NAME_MAX)
		n = JITDUMP_NAME_MAX;
	if (jitdump_find(d, addr, time, &b) != (n > 0) || b.len != n ||
	    (n && memcmp(b.s, p + want->name, n) != 0))
		abort();
	buf_free(&b);
}

static void
check_all(struct jitdump *d, const struct model *m, const uint8_t *p,
    size_t len)
{
	/* An address that nothing covers makes it look again. */
	check(d, m, p, len, UINT64_MAX, JITDUMP_NOW);
	for (size_t i = 0; i < m->n; i++) {
		const struct code *c = &m->code[i];

		check(d, m, p, len, c->start, JITDUMP_NOW);
		check(d, m, p, len, c->end - 1, c->time);
		check(d, m, p, len, c->end, c->time);
		check(d, m, p, len, c->start, c->time - 1);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct model m;
	struct jitdump whole, grown;
	size_t first = len;
	bool good = len <= 16384 && make_model(&m, data, len);
	int a, b;

	a = memfd_create("whole", MFD_CLOEXEC);
	b = memfd_create("grown", MFD_CLOEXEC);
	if (good) /* the head must be there from the start */
		first = u32(data + 8) + (len - u32(data + 8)) / 2;
	if (a < 0 || b < 0 || write(a, data, len) != (ssize_t)len ||
	    write(b, data, first) != (ssize_t)first)
		abort();
	if (!good) {
		close(b);
		if (jitdump_open(&whole, a, getuid()) == JITDUMP_OK)
			jitdump_free(&whole);
		return 0;
	}
	if (jitdump_open(&whole, a, getuid()) != JITDUMP_OK ||
	    jitdump_open(&grown, b, getuid()) != JITDUMP_OK ||
	    pwrite(b, data + first, len - first, (off_t)first) !=
	    (ssize_t)(len - first))
		abort();
	check_all(&whole, &m, data, len);
	check_all(&grown, &m, data, len);
	jitdump_free(&whole);
	jitdump_free(&grown);
	return 0;
}
