/*
 * fuzz_perfmap.c - any bytes as a perf map.
 *
 * Property: at the start of every line that is one, exactly the name of the last
 * line that covers the address is found, also after the table was written and read.
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
check(struct jitcode *m, const struct entry *e, size_t n, uint64_t addr)
{
	const struct entry *want = NULL;
	struct jitcode_found f;
	size_t len;

	for (size_t i = 0; i < n; i++)
		if (addr >= e[i].start && addr < e[i].end)
			want = &e[i];
	if (jitcode_find(m, addr, JITCODE_NOW, &f) != (want != NULL))
		abort();
	if (!want)
		return;
	len = want->len < JITCODE_NAME_MAX ? want->len : JITCODE_NAME_MAX;
	if (f.name_len != len || memcmp(f.name, want->name, len) != 0)
		abort();
}

static bool
add(void *arg, const void *p, size_t len)
{
	buf_add(arg, p, len);
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct jitcode m = { 0 }, copy = { 0 };
	struct entry e[ENTRIES];
	struct buf bytes = { 0 };
	size_t n;
	int fd;

	if (len > 16384 || (n = split((const char *)data, len, e)) == ENTRIES)
		return 0;
	fd = memfd_create("map", MFD_CLOEXEC);
	if (fd < 0 || write(fd, data, len) != (ssize_t)len ||
	    perfmap_read(&m, fd) != PERFMAP_OK ||
	    !jitcode_write(&m, add, &bytes) ||
	    !jitcode_read(&copy, bytes.s, bytes.len))
		abort();
	for (size_t i = 0; i < n; i++) {
		check(&m, e, n, e[i].start);
		check(&m, e, n, e[i].end);
		check(&copy, e, n, e[i].end - 1);
	}
	jitcode_free(&m);
	jitcode_free(&copy);
	buf_free(&bytes);
	close(fd);
	return 0;
}
