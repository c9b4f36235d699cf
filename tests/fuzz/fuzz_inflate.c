/*
 * fuzz_inflate.c - any bytes as a compressed section.
 *
 * Properties: what comes out is as long as the header says, and within the limit;
 * packed again, by zlib, and unpacked it is the same.
 */
#include <elf.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "elf/inflate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { MAX = 1 << 20 };

static void
check_again(const void *plain, size_t plain_len, Elf64_Chdr h)
{
	uLongf n = compressBound(plain_len);
	uint8_t *again = malloc(sizeof h + n);
	size_t out_len;
	void *out;

	if (!again || compress(again + sizeof h, &n, plain, plain_len) != Z_OK)
		abort();
	h.ch_type = ELFCOMPRESS_ZLIB;
	memcpy(again, &h, sizeof h);
	if (inflate_section(again, sizeof h + n, MAX, &out, &out_len) !=
	    ELFFILE_OK || out_len != plain_len ||
	    memcmp(out, plain, plain_len) != 0)
		abort();
	free(out);
	free(again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	Elf64_Chdr h;
	size_t out_len;
	void *out;

	if (inflate_section(data, len, MAX, &out, &out_len) != ELFFILE_OK) {
		if (out || out_len)
			abort();
		return 0;
	}
	memcpy(&h, data, sizeof h);
	if (out_len != h.ch_size || out_len > MAX)
		abort();
	check_again(out, out_len, h);
	free(out);
	return 0;
}
