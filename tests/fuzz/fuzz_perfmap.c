/*
 * fuzz_perfmap.c - any bytes as a perf map.
 *
 * Property: at the start of every line that is one, exactly the name of the last
 * line that covers the address is found; a map read at once and one that grew
 * give the same names.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "proc/perfmap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct entry {
	uint64_t start, end;
	const char *name;
	size_t len;
};

enum { ENTRIES = 256 };

static size_t
split(const char *s, size_t len, struct entry *e)
{
	size_t n = 0, line, name;
	const char *nl;

	while (n < ENTRIES && (nl = memchr(s, '\n', len))) {
		line = (size_t)(nl - s);
		if (perfmap_parse_line(s, line, &e[n].start, &e[n].end,
		    &name)) {
			e[n].name = s + name;
			e[n].len = line - name - (s[line - 1] == '\r');
			n++;
		}
		len -= line + 1;
		s = nl + 1;
	}
	return n;
}

static void
check(struct perfmap *m, const struct entry *e, size_t n, uint64_t addr)
{
	const struct entry *want = NULL;
	struct buf b = { 0 };

	for (size_t i = 0; i < n; i++)
		if (addr >= e[i].start && addr < e[i].end)
			want = &e[i];
	if (perfmap_find(m, addr, &b) != (want != NULL))
		abort();
	if (want && (b.len != want->len ||
	    memcmp(b.s, want->name, b.len) != 0))
		abort();
	buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct entry e[ENTRIES];
	struct perfmap whole, grown;
	int a, b;
	size_t n;

	if (len > 8192 || (n = split((const char *)data, len, e)) == ENTRIES)
		return 0;
	a = memfd_create("whole", MFD_CLOEXEC);
	b = memfd_create("grown", MFD_CLOEXEC);
	if (a < 0 || b < 0 || write(a, data, len) != (ssize_t)len ||
	    write(b, data, len / 2) != (ssize_t)(len / 2) ||
	    perfmap_open(&whole, a, getuid()) != PERFMAP_OK ||
	    perfmap_open(&grown, b, getuid()) != PERFMAP_OK ||
	    pwrite(b, data + len / 2, len - len / 2, (off_t)(len / 2)) !=
	    (ssize_t)(len - len / 2))
		abort();
	/* An address that nothing covers makes it look again. */
	check(&whole, e, n, UINT64_MAX);
	check(&grown, e, n, UINT64_MAX);
	for (size_t i = 0; i < n; i++) {
		check(&whole, e, n, e[i].start);
		check(&whole, e, n, e[i].end);
		check(&grown, e, n, e[i].end - 1);
	}
	perfmap_free(&whole);
	perfmap_free(&grown);
	return 0;
}
