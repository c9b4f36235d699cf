/*
 * fuzz_source.c - any bytes as a file that may be packed.
 *
 * Property: what comes out, and whether it is damaged, does not depend on how
 * many bytes are asked for at a time; what is not packed and has no mark comes
 * out as it is; UTF-16 comes out as well-formed UTF-8.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/source.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { OUT_MAX = 1 << 20 };

static enum source_err
read_all(int fd, struct buf *out, size_t step)
{
	struct source s;
	enum source_err err;
	size_t n;

	lseek(fd, 0, SEEK_SET);
	source_init(&s, fd);
	do {
		buf_grow(out, step);
		n = source_read(&s, out->s + out->len, step);
		assert(n <= step);
		out->len += n;
	} while (n && out->len < OUT_MAX);
	err = s.err;
	source_free(&s);
	return err;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf a = { 0 }, b = { 0 };
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	enum source_err err;
	size_t min;

	assert(fd >= 0 && write(fd, data, len) == (ssize_t)len);
	err = read_all(fd, &a, 1 << 16);
	if (a.len < OUT_MAX)
		assert(read_all(fd, &b, SOURCE_READ_MIN) == err);
	else
		read_all(fd, &b, SOURCE_READ_MIN);
	min = a.len < b.len ? a.len : b.len;
	assert(a.len == b.len || min >= OUT_MAX);
	assert(min == 0 || memcmp(a.s, b.s, min) == 0);
	if (!unpack_is_packed(data, len) && len >= 2 && data[0] < 0x80)
		assert(a.len == len && memcmp(a.s, data, len) == 0);
	if (len >= 2 && data[0] >= 0xfe && data[0] + data[1] == 0x1fd)
		for (size_t i = 0, n; i < a.len; i += n) {
			n = utf8_len(a.s + i, a.len - i);
			assert(n > 0);
		}
	buf_free(&a);
	buf_free(&b);
	close(fd);
	return 0;
}
