/*
 * section.h - find a section of an ELF file by its name.
 *
 * For what segments do not say: where .eh_frame, .debug_frame, .gopclntab are.
 * Nothing but the header tables is read, a few entries at a time; the section
 * found lies within the file. Numbers beyond the limits make a section not
 * found: files from strangers are not worth more.
 *
 * Source: the ELF gABI (with its escape for more than 65,279 sections).
 */
#ifndef GP_SECTION_H
#define GP_SECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "elf/elffile.h"

enum {
	SECTION_COUNT_MAX = 1 << 20,
	SECTION_NAME_MAX = 32, /* bytes, with the NUL, of a name asked for */
};

struct section {
	uint64_t offset; /* in the file */
	uint64_t size;   /* bytes in the file */
	uint64_t vaddr;
	bool compressed; /* SHF_COMPRESSED: the bytes are no use as they are */
};

/*
 * Find several sections in one go.
 *
 * name: n of them; found[i] is name[i]'s section, size 0 where there is none, or
 * none with bytes in the file (in debug files most have none). Returns how many
 * were found, or an elffile_err if the tables cannot be read.
 */
GP_MUSTUSE int section_find(const struct elffile *f, const char *const *name,
    struct section *found, int n);

#endif
