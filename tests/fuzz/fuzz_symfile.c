/*
 * fuzz_symfile.c - a table of functions as a file, damaged or made up.
 *
 * The first byte chooses: the rest is the file; or it is ranges, stored, then
 * damaged at a place (2 bytes) or not. Properties: what was stored whole has the
 * same name at every address; a damaged file has that name or none; what is
 * loaded from any bytes has names within their bound. Some ranges are so far away that
 * a page ends before them.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/symfile.h"
#include "base/symwrite.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static char dir[64], path[128];
static struct cachedir cache;

static void
clean(void)
{
	unlink(path);
	rmdir(dir);
}

static void
setup(void)
{
	strcpy(dir, access("/dev/shm", W_OK) == 0 ? "/dev/shm/gp-fuzz.XXXXXX" :
						    "/tmp/gp-fuzz.XXXXXX");
	if (!mkdtemp(dir) || cachedir_open(&cache, dir, "x", 1 << 20))
		abort();
	snprintf(path, sizeof path, "%s/f", dir);
	atexit(clean);
}

static bool
name_of(void *arg, uint32_t value, struct buf *b)
{
	(void)arg;
	if (value % 16 == 15)
		return false;
	for (uint32_t i = 0; i <= value % 16; i++)
		buf_addf(b, "%x", value * 2654435761u);
	return true;
}

static bool
load(struct symfile *s)
{
	return symfile_load(s, &cache, "f", "k", 1, false);
}

static void
check_bytes(const uint8_t *data, size_t len)
{
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);
	struct buf b = { 0 };
	struct symfile s;

	if (fd < 0 || write(fd, data, len) != (ssize_t)len)
		abort();
	close(fd);
	if (!load(&s))
		return;
	for (uint32_t i = 0; i < s.pages; i++) {
		buf_reset(&b);
		if (symfile_find(&s, s.index[i].start, &b) == SYMFILE_FOUND ?
		    b.len == 0 || b.len > SYMFORMAT_NAME_MAX : b.len != 0)
			abort();
	}
	buf_free(&b);
	symfile_free(&s);
}

static void
check_name(struct symfile *s, const struct rangetab *t, uint64_t addr,
    bool whole)
{
	struct buf want = { 0 }, got = { 0 };
	uint32_t v = rangetab_find(t, addr);
	bool has = v != RANGETAB_NONE && name_of(NULL, v, &want);

	switch (symfile_find(s, addr, &got)) {
	case SYMFILE_FOUND:
		if (!has || want.len != got.len ||
		    memcmp(want.s, got.s, got.len) != 0)
			abort();
		break;
	case SYMFILE_NONE:
	case SYMFILE_NAMELESS:
		if (has)
			abort();
		break;
	case SYMFILE_DAMAGED:
		if (whole)
			abort();
	}
	buf_free(&want);
	buf_free(&got);
}

static void
damage(const uint8_t *how)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	off_t at = how[0] | how[1] << 8;
	uint8_t b;

	if (fd < 0)
		abort();
	if (pread(fd, &b, 1, at) == 1) {
		b ^= how[2];
		if (pwrite(fd, &b, 1, at) != 1)
			abort();
	}
	close(fd);
}

static void
check_ranges(const uint8_t *data, size_t len, const uint8_t *how)
{
	struct rangetab t = { 0 };
	const struct symwrite_source from = { .key = "k", .key_len = 1,
		.range = &t, .name = name_of };
	struct symfile s;

	for (; len >= 4; data += 4, len -= 4) {
		uint64_t start = (uint64_t)(data[0] | data[1] << 8) <<
		    data[3] % 40;

		rangetab_add(&t, start, start + data[2], data[3], data[3]);
	}
	rangetab_build(&t, RANGETAB_INNER);
	if (!symwrite_store(&cache, "f", &from, false))
		abort();
	if (how)
		damage(how);
	if (load(&s)) {
		for (uint32_t i = 0; i < t.n; i++) {
			check_name(&s, &t, t.start[i], !how);
			check_name(&s, &t, t.start[i] - 1, !how);
		}
		symfile_free(&s);
	} else if (!how) {
		abort();
	}
	rangetab_free(&t);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (!dir[0])
		setup();
	if (len < 4)
		return 0;
	if (data[0] % 3 == 0)
		check_bytes(data + 1, len - 1);
	else
		check_ranges(data + 4, len - 4,
		    data[0] % 3 == 1 ? NULL : data + 1);
	return 0;
}
