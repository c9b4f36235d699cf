/*
 * inflate.h - the bytes of a section that is stored compressed.
 *
 * Debug sections may be: SHF_COMPRESSED, an Elf64_Chdr and a zlib stream behind
 * it. (zstd, the other kind, is not read.) The file is a stranger's: what it says
 * of the size is compared with a limit, and with what so many bytes can become
 * at most, before anything is allocated.
 *
 * Source: the ELF gABI, "Section Compression"; zlib.h.
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
 * free, and *out_len. ELFFILE_ELIMIT: too much, another kind, or damaged; *out is
 * NULL then.
 */
GP_MUSTUSE enum elffile_err inflate_section(const void *data, size_t len,
    size_t max, void **out, size_t *out_len);

#endif
