#include "elf/inflate.h"

#include <elf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/diag.h"
#include "base/unpack.h"

/* Of elf.h, which has it from glibc 2.37 on. */
#ifndef ELFCOMPRESS_ZSTD
#define ELFCOMPRESS_ZSTD 2
#endif

/* What can become of a byte. */
enum {
	DEFLATE_MAX = 1032,     /* zlib's technical notes */
	ZSTD_MAX = 128 * 1024 / 4, /* a block of 128 KB takes 4 bytes or more */
};

static bool
is_zlib_of(void *out, size_t size, const void *in, size_t len)
{
	uLongf got = (uLongf)size;

	return uncompress(out, &got, in, (uLong)len) == Z_OK && got == size;
}

static bool
is_zstd_of(char *out, size_t size, const void *in, size_t len)
{
	static const char magic[4] = "\x28\xb5\x2f\xfd";
	struct unpack *u = NULL;
	size_t got = 0;
	ssize_t n = 1;
	char more;

	if (len < sizeof magic || memcmp(in, magic, sizeof magic) != 0)
		return false;
	if (unpack_open_mem(&u, in, len) == UNPACK_OK) {
		for (; n > 0 && got < size; got += n > 0 ? (size_t)n : 0)
			n = unpack_read(u, out + got, size - got);
		if (got == size)
			n = unpack_read(u, &more, 1);
	}
	unpack_close(u);
	return got == size && n == 0;
}

enum elffile_err
inflate_section(const void *data, size_t len, size_t max, void **out,
    size_t *out_len)
{
	const char *in = data;
	size_t ratio;
	Elf64_Chdr h;
	bool good;

	*out = NULL;
	*out_len = 0;
	if (len < sizeof h)
		return ELFFILE_ELIMIT;
	memcpy(&h, in, sizeof h);
	in += sizeof h;
	len -= sizeof h;
	if (h.ch_type != ELFCOMPRESS_ZLIB && h.ch_type != ELFCOMPRESS_ZSTD)
		return ELFFILE_ELIMIT;
	ratio = h.ch_type == ELFCOMPRESS_ZLIB ? DEFLATE_MAX : ZSTD_MAX;
	if (h.ch_size == 0 || h.ch_size > max || h.ch_size / ratio > len)
		return ELFFILE_ELIMIT;
	*out = malloc((size_t)h.ch_size);
	if (!*out)
		die_nomem();
	if (h.ch_type == ELFCOMPRESS_ZLIB)
		good = is_zlib_of(*out, (size_t)h.ch_size, in, len);
	else
		good = is_zstd_of(*out, (size_t)h.ch_size, in, len);
	if (good) {
		*out_len = (size_t)h.ch_size;
		return ELFFILE_OK;
	}
	free(*out);
	*out = NULL;
	return ELFFILE_ELIMIT;
}
