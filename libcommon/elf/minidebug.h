/*
 * minidebug.h - .gnu_debugdata: an ELF file in an ELF file, compressed.
 *
 * Fedora, RHEL and others leave it in stripped files: a .symtab of the functions
 * that .dynsym does not have, and nothing else; xz. See "Debugging Information
 * in a Special Section" in gdb's manual.
 *
 * libarchive decompresses. It is loaded when the first such section comes:
 * linked, it and what it needs itself would make every start slower by
 * milliseconds.
 */
#ifndef GP_MINIDEBUG_H
#define GP_MINIDEBUG_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/buf.h"
#include "elf/elffile.h"

enum {
	MINIDEBUG_IN_MAX = 8 << 20,   /* bytes of the section */
	MINIDEBUG_OUT_MAX = 32 << 20, /* bytes of the file in it */
};

enum minidebug_err {
	MINIDEBUG_OK = 0,
	MINIDEBUG_NONE = -1,   /* there is no such section */
	MINIDEBUG_EXZ = -2,    /* it cannot be decompressed */
	MINIDEBUG_ELIMIT = -3, /* it is, or would become, too large */
	MINIDEBUG_ELIB = -4,   /* libarchive is not installed */
	MINIDEBUG_EELF = -5,   /* what is in it is no such file */
};

/* True if there is such a section. */
bool minidebug_is_in(const struct elffile *f);

/* Load libarchive, for those who cannot later. */
bool minidebug_load(void);

/* Decompress it: image, the caller's to free in any case, then backs *mini. */
GP_MUSTUSE enum minidebug_err minidebug_read(const struct elffile *f,
    struct buf *image, struct elffile *mini);

const char *minidebug_strerror(enum minidebug_err err);

#endif
