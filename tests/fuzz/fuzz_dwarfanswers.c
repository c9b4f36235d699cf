/*
 * fuzz_dwarfanswers.c - what DWARF answered, as it comes from the jail or from the disk.
 *
 * The first byte chooses: the rest is an answer's bytes; a file of answers; or
 * addresses with answers, stored, then damaged at a place (2 bytes) or not.
 * Properties: frames that were read have texts that end, and written again they
 * read the same; what was stored whole is there again; what is damaged is not
 * there at all.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/gp-symbolize/answers.c"
#include "cmd/gp-symbolize/framewire.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static char dir[64], path[128];
static struct cachedir cache;

static void
require(bool condition)
{
	if (!condition)
		abort();
}

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
	require(mkdtemp(dir) && cachedir_open(&cache, dir, "x", 1 << 20) == 0);
	snprintf(path, sizeof path, "%s/f", dir);
	atexit(clean);
}

static bool
same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static void
check_frames(const uint8_t *data, size_t len)
{
	static struct debuginfo_frame frame[DEBUGINFO_DEPTH_MAX],
	    again[DEBUGINFO_DEPTH_MAX];
	struct framewire_reader r = { (const char *)data, len }, r2;
	struct buf texts = { 0 }, texts2 = { 0 }, b = { 0 };
	uint32_t n, n2;

	while (framewire_take(&r, &texts, frame, &n)) {
		require(n <= DEBUGINFO_DEPTH_MAX);
		buf_reset(&b);
		framewire_put(&b, frame, n);
		r2 = (struct framewire_reader){ b.s, b.len };
		require(framewire_take(&r2, &texts2, again, &n2) && n2 == n &&
		    r2.left == 0);
		for (uint32_t i = 0; i < n; i++)
			require(frame[i].line == again[i].line &&
			    (!frame[i].name || !frame[i].name[0] ||
			    same_text(frame[i].name, again[i].name)) &&
			    (!frame[i].file || !frame[i].file[0] ||
			    same_text(frame[i].file, again[i].file)));
	}
	buf_free(&texts);
	buf_free(&texts2);
	buf_free(&b);
}

static void
write_bytes(const uint8_t *data, size_t len)
{
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);

	require(fd >= 0 && write(fd, data, len) == (ssize_t)len);
	close(fd);
}

static void
check_file(const uint8_t *data, size_t len)
{
	struct answers a;
	const char *p;
	size_t n;

	write_bytes(data, len);
	answers_load(&a, &cache, "f", 1000);
	for (uint32_t i = 0; i < a.n; i++)
		if (answers_find(&a, a.addr[i], &p, &n))
			check_frames((const uint8_t *)p, n);
	answers_free(&a);
}

static bool
damage(const uint8_t *how)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	off_t at = how[0] | how[1] << 8;
	bool done = false;
	uint8_t b;

	require(fd >= 0);
	if (how[2] && pread(fd, &b, 1, at) == 1) {
		b ^= how[2];
		done = pwrite(fd, &b, 1, at) == 1;
	}
	close(fd);
	return done;
}

/* Pieces: an address, a length, bytes. */
static void
check_stored(const uint8_t *data, size_t len, const uint8_t *how)
{
	struct answers a = { .since = 1000 }, b;
	const char *p, *q;
	size_t n, m;
	bool damaged;

	for (; len >= 2; data += n, len -= n) {
		uint64_t addr = data[0];

		n = data[1];
		data += 2;
		len -= 2;
		if (n > len)
			n = len;
		if (!answers_find(&a, addr, &p, &m))
			answers_add(&a, addr, data, n);
	}
	unlink(path);
	answers_store(&a, &cache, "f");
	damaged = a.n && how && damage(how);
	answers_load(&b, &cache, "f", 1000);
	require(b.n == (damaged ? 0 : a.n));
	for (uint32_t i = 0; !damaged && i < a.n; i++)
		require(answers_find(&a, a.addr[i], &p, &n) &&
		    answers_find(&b, a.addr[i], &q, &m) && n == m &&
		    memcmp(p, q, n) == 0);
	answers_free(&a);
	answers_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (!dir[0])
		setup();
	if (len < 4)
		return 0;
	if (data[0] % 4 == 0)
		check_frames(data + 1, len - 1);
	else if (data[0] % 4 == 1)
		check_file(data + 1, len - 1);
	else
		check_stored(data + 4, len - 4,
		    data[0] % 4 == 2 ? NULL : data + 1);
	return 0;
}
