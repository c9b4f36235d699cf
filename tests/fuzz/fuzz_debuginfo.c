/*
 * fuzz_debuginfo.c - any bytes as a program with DWARF, and a second file that
 * goes with it: its .dwo, its .dwp, its alternate file.
 *
 *	program    ELF
 *	rest       ELF: what any other path that is asked for opens
 *	8 bytes    the program's size
 *
 * Property: whatever was asked before, an address has the same frames as when it
 * is the only one asked for; at most as many as there is room for; their texts
 * end.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "elf/debuginfo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { DEPTH = 24, ADDRESSES = 12 };

struct second {
	const uint8_t *p;
	size_t n;
};

static int
open_second(void *arg, const char *path)
{
	const struct second *s = arg;
	int fd;

	if (strlen(path) == 0)
		abort();
	fd = memfd_create("second", MFD_CLOEXEC);
	if (fd < 0 || write(fd, s->p, s->n) != (ssize_t)s->n)
		abort();
	return fd;
}

static size_t
length(const char *s)
{
	return s ? strlen(s) : 0;
}

static void
compare(const struct debuginfo_frame *a, const struct debuginfo_frame *b,
    size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (a[i].line != b[i].line || !a[i].name != !b[i].name ||
		    !a[i].file != !b[i].file ||
		    length(a[i].name) != length(b[i].name) ||
		    length(a[i].file) != length(b[i].file))
			abort();
		if (a[i].name && strcmp(a[i].name, b[i].name) != 0)
			abort();
	}
}

static void
check(struct debuginfo *d, const struct elffile *f,
    const struct debuginfo_files *files, uint64_t addr, bool lines)
{
	static struct debuginfo_frame a[DEPTH], b[DEPTH];
	struct debuginfo *fresh = debuginfo_open(f, f, "/p", files, lines);
	size_t n = debuginfo_find(d, addr, a, DEPTH);

	if (n > DEPTH || !fresh ||
	    debuginfo_find(fresh, addr, b, DEPTH) != n)
		abort();
	compare(a, b, n);
	debuginfo_close(fresh);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct second second;
	const struct debuginfo_files files = { open_second, &second };
	struct debuginfo *d;
	struct elffile f;
	uint64_t first;
	bool lines = len & 1;

	if (len < 9 || len > 1 << 16)
		return 0;
	len -= 8;
	memcpy(&first, data + len, sizeof first);
	if (first > len)
		first = len;
	second = (struct second){ data + first, len - (size_t)first };
	if (elffile_init_mem(&f, data, (size_t)first) != ELFFILE_OK)
		return 0;
	d = debuginfo_open(&f, &f, "/p", &files, lines);
	if (!d)
		return 0;
	for (uint32_t i = 0; i < f.n; i++) {
		const struct elffile_segment *s = &f.segment[i];

		for (uint64_t k = 0; s->exec && k < ADDRESSES; k++)
			check(d, &f, &files, s->vaddr + k * 7, lines);
	}
	debuginfo_close(d);
	return 0;
}
