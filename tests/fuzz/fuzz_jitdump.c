/*
 * fuzz_jitdump.c - any bytes as a jitdump file.
 *
 * Property: at the edges of all loads and moves, at the time of each and before,
 * the name is that of the newest code that covers the address then, as a second
 * reading of the same bytes, record by record, has it, also after the table was
 * written and read; a place is one that some record holds.
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
#define NOW 1000000000000u

struct code {
	uint64_t start, end, time;
	size_t at;   /* where its record is */
	size_t name, name_max; /* and the name, and all that may be of it */
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
    size_t name, size_t max)
{
	if (size && size < UINT64_MAX - start) {
		m->other_clock |= time > NOW;
		m->code[m->n++] = (struct code){ start, start + size, time,
		    at, name, max };
	}
}

/* False if the bytes are no dump, or hold too much for this. */
static bool
make_model(struct model *m, const uint8_t *p, size_t len)
{
	size_t at, size;

	if (len < 40 || u32(p) != 0x4a695444 || u32(p + 4) == 0 ||
	    (u32(p + 12) != EM_X86_64 && u32(p + 12) != EM_NONE) ||
	    u32(p + 8) < 40 || u32(p + 8) > len)
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
			    at + 56, size - 56);
		if (u32(r) != 1 || size < 64)
			continue;
		for (size_t i = m->n; i-- > 0;) {
			if (m->code[i].start != u64(r + 32))
				continue;
			add(m, u64(r + 40), u64(r + 48), u64(r + 8),
			    at, m->code[i].name, m->code[i].name_max);
			break;
		}
	}
	return true;
}

static bool
is_newer(const struct model *m, const struct code *a, const struct code *b)
{
	return !m->other_clock && a->time != b->time ? a->time > b->time : a->at > b->at;
}

static void
check(struct jitcode *d, const struct model *m, const uint8_t *p, size_t len,
    uint64_t addr, uint64_t time)
{
	const struct code *want = NULL;
	struct jitcode_found f;
	size_t n = 0;
	bool found;

	for (size_t i = 0; i < m->n; i++) {
		const struct code *c = &m->code[i];

		if (addr >= c->start && addr < c->end &&
		    (m->other_clock || c->time <= time) &&
		    (!want || is_newer(m, c, want)))
			want = c;
	}
	/* A name ends with its record. */
	if (want)
		n = strnlen((const char *)p + want->name,
		    want->name_max < len ? want->name_max : len);
	if (n > JITCODE_NAME_MAX)
		n = JITCODE_NAME_MAX;
	found = jitcode_find(d, addr, time, &f);
	if (found != (n > 0) || (n && (f.name_len != n ||
	    memcmp(f.name, p + want->name, n) != 0)))
		abort();
	if (found && f.file && !memmem(p, len, f.file, strlen(f.file)))
		abort();
}

static void
check_all(struct jitcode *d, const struct model *m, const uint8_t *p,
    size_t len)
{
	for (size_t i = 0; i < m->n; i++) {
		const struct code *c = &m->code[i];

		check(d, m, p, len, c->start, JITCODE_NOW);
		check(d, m, p, len, c->end - 1, c->time);
		check(d, m, p, len, c->end, c->time);
		check(d, m, p, len, c->start, c->time - 1);
	}
}

static bool
append(void *arg, const void *p, size_t len)
{
	buf_add(arg, p, len);
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct jitcode d = { 0 }, copy = { 0 };
	struct buf bytes = { 0 };
	static struct model m;
	bool good = len <= 32768 && make_model(&m, data, len);
	int fd = memfd_create("dump", MFD_CLOEXEC);
	enum jitdump_err err;

	if (fd < 0 || write(fd, data, len) != (ssize_t)len)
		abort();
	err = jitdump_read(&d, fd, NOW, true);
	close(fd);
	if ((good && err != JITDUMP_OK) || !jitcode_write(&d, append, &bytes) ||
	    !jitcode_read(&copy, bytes.s, bytes.len))
		abort();
	if (good) {
		check_all(&d, &m, data, len);
		check_all(&copy, &m, data, len);
	}
	jitcode_free(&d);
	jitcode_free(&copy);
	buf_free(&bytes);
	return 0;
}
