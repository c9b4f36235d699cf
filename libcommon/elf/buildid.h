/*
 * buildid.h - the bytes that say which build of a program a file is.
 *
 * The linker writes them (a hash of the output, 20 bytes mostly) into a note;
 * they stay when a file is stripped, moved, copied or deleted. gp knows a module
 * by its build id, never by its path alone: a library that was upgraded while
 * its old version runs has the same path and other functions.
 *
 * A zeroed struct buildid is "none". It owns nothing.
 *
 * Source: NT_GNU_BUILD_ID in elf.h; the layout of notes in the ELF gABI.
 */
#ifndef GP_BUILDID_H
#define GP_BUILDID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

/* SHA-1 is 20 bytes, md5 and uuid 16, lld's fast 8; --build-id=0xHEX is free. */
enum { BUILDID_MAX = 64 };

struct buildid {
	uint8_t len; /* 0: none */
	uint8_t b[BUILDID_MAX];
};

static inline bool
buildid_is_none(const struct buildid *id)
{
	return id->len == 0;
}

/* True if both are the same and not none. */
bool buildid_equal(const struct buildid *a, const struct buildid *b);

/* Read the hexadecimal text of a #module record; false leaves none. */
GP_MUSTUSE bool buildid_parse(struct buildid *id, const char *hex);

/* Write it as hexadecimal text, with a NUL. */
void buildid_format(const struct buildid *id, char hex[2 * BUILDID_MAX + 1]);

/*
 * Find the build id among notes: the content of a PT_NOTE segment, or of
 * /sys/kernel/notes (the kernel's own).
 *
 * align: what names and descriptions are padded to, 4 or 8 (p_align; anything
 * else counts as 4). False, and none, if there is none that is whole.
 */
GP_MUSTUSE bool buildid_find(struct buildid *id, const void *notes, size_t len,
    size_t align);

#endif
