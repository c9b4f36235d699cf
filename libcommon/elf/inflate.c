#include "elf/inflate.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/diag.h"

/* deflate makes no more of a byte (zlib's technical notes). */
enum { RATIO_MAX = 1032 };

enum elffile_err
inflate_section(const void *data, size_t len, size_t max, void **out,
    size_t *out_len)
{
	Elf64_Chdr h;
	uLongf got;

	*out = NULL;
	*out_len = 0;
	if (len < sizeof h)
		return ELFFILE_ELIMIT;
	memcpy(&h, data, sizeof h);
	len -= sizeof h;
	if (h.ch_type != ELFCOMPRESS_ZLIB || h.ch_size == 0 ||
	    h.ch_size > max || h.ch_size / RATIO_MAX > len)
		return ELFFILE_ELIMIT;
	*out = malloc((size_t)h.ch_size);
	if (!*out)
		die_nomem();
	got = (uLongf)h.ch_size;
	if (uncompress(*out, &got, (const Bytef *)data + sizeof h, len) ==
	    Z_OK && got == h.ch_size) {
		*out_len = (size_t)got;
		return ELFFILE_OK;
	}
	free(*out);
	*out = NULL;
	return ELFFILE_ELIMIT;
}
