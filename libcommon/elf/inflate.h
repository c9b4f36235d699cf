/*
 * inflate.h - the bytes of a section that is stored compressed.
 *
 * Debug sections may be: SHF_COMPRESSED, an Elf64_Chdr and a stream of zlib or
 * zstd behind it. The file is a stranger's: what it says of the size is compared
 * with a limit, and with what so many bytes can become at most, before anything
 * is allocated.
 *
 * zstd is libarchive's matter, which is loaded for the first of its kind
 * (base/unpack.h); libelf knows of it only from 0.189 on.
 *
 * Source: the ELF gABI, "Section Compression"; zlib.h; RFC 8878.
 */
#ifndef GP_INFLATE_H
#define GP_INFLATE_H

#include <stddef.h>

#include "base/attr.h"
#include "elf/elffile.h"

/*
 * Decompress the bytes of a section as the file has them.
 *
 * data: len bytes. max: of what comes out. Sets *out, malloc'd, the caller's to
 * free, and *out_len. ELFFILE_ELIMIT: too much, another kind, damaged, or zstd
 * without libarchive; *out is NULL then.
 */
GP_MUSTUSE enum elffile_err inflate_section(const void *data, size_t len,
    size_t max, void **out, size_t *out_len);

#endif
