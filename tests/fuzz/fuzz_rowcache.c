/*
 * fuzz_rowcache.c - any bytes as a file of the row cache.
 *
 * The first byte chooses: the rest is the file; or it is rows, stored as they
 * are; or it is damage (offset, byte) to a good file. Properties: what is loaded
 * keeps the rows' invariants; stored rows are loaded exactly if they keep them;
 * a damaged file is absent, or it was not damaged.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unwind/ehframe.h"
#include "unwind/rowcache.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static char dir[64], path[256];
static struct rowcache cache;
static struct elffile elf;
static uint64_t base;

static void
clean(void)
{
	unlink(path);
	rmdir(dir);
}

static void
setup(void)
{
	char hex[2 * BUILDID_MAX + 1];
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	strcpy(dir, access("/dev/shm", W_OK) == 0 ? "/dev/shm/gp-fuzz.XXXXXX" :
						    "/tmp/gp-fuzz.XXXXXX");
	if (elffile_init(&elf, fd) || !ehframe_base(&elf, &base) ||
	    !buildid_parse(&elf.build_id, "00112233") || !mkdtemp(dir) ||
	    rowcache_open(&cache, dir, 1 << 20))
		abort();
	buildid_format(&elf.build_id, hex);
	snprintf(path, sizeof path, "%s/%s-%lx", dir, hex,
	    (unsigned long)elf.size);
	atexit(clean);
}

static void
write_file(const uint8_t *data, size_t len)
{
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, data, len) != (ssize_t)len)
		abort();
	close(fd);
}

/* Load; whatever comes must be valid. True if something came. */
static bool
load(struct rows *t)
{
	if (!rowcache_load(&cache, &elf, t))
		return false;
	if (!rows_are_valid(t->row, t->n) || t->base != base)
		abort();
	return true;
}

static void
fuzz_rows(const uint8_t *data, size_t len, const uint8_t *damage)
{
	struct rows t, out = { .base = base };
	bool valid;
	int fd;

	out.n = len / sizeof *out.row;
	if (!out.n)
		return;
	out.row = malloc(out.n * sizeof *out.row);
	if (!out.row)
		abort();
	memcpy(out.row, data, out.n * sizeof *out.row);
	valid = rows_are_valid(out.row, out.n);
	if (!rowcache_store(&cache, &elf, &out))
		abort();
	if (damage) {
		uint8_t was;
		off_t at = damage[0] | damage[1] << 8;

		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			abort();
		if (pread(fd, &was, 1, at) == 1 && damage[2]) {
			was ^= damage[2];
			if (pwrite(fd, &was, 1, at) != 1)
				abort();
			valid = false;
		}
		close(fd);
	}
	if (load(&t) != valid)
		abort();
	if (valid && (t.n != out.n ||
	    memcmp(t.row, out.row, t.n * sizeof *t.row) != 0))
		abort();
	rows_free(&t);
	free(out.row);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct rows t;

	if (!dir[0])
		setup();
	if (len < 4)
		return 0;
	if (data[0] % 3 == 0) {
		write_file(data + 1, len - 1);
		load(&t);
		rows_free(&t);
	} else {
		fuzz_rows(data + 4, len - 4, data[0] % 3 == 1 ? NULL : data + 1);
	}
	return 0;
}
