/*
 * debugfile.h - the separate file that has the symbols of a stripped one.
 *
 *	/usr/lib/debug/.build-id/9c/61….debug	by build id
 *	.gnu_debuglink "foo.debug", CRC-32:	by name, of /usr/bin/foo
 *		/usr/bin/foo.debug
 *		/usr/bin/.debug/foo.debug
 *		/usr/lib/debug/usr/bin/foo.debug
 *
 * A file found by build id must have that build id. One found by name must have
 * the CRC that the link says, and no other build id than the stripped file.
 *
 * Source: "Debugging Information in Separate Files" in gdb's manual.
 */
#ifndef GP_DEBUGFILE_H
#define GP_DEBUGFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "elf/elffile.h"

enum {
	DEBUGFILE_LINK_MAX = 256, /* bytes of .gnu_debuglink, with the NUL */
	/* Larger files are not compared with a CRC, and so not used by name. */
	DEBUGFILE_BYTES_MAX = 1 << 30,
};

/* Read the name that .gnu_debuglink has; CRC in *crc. False if there is none. */
GP_MUSTUSE bool debugfile_read_link(const struct elffile *f,
    char name[DEBUGFILE_LINK_MAX], uint32_t *crc);

/*
 * Put the n-th path where it may be into *path, in the order in which they are
 * to be tried; false if there is no n-th.
 *
 * path_of: of the stripped file. link: "" if there is none. *by_link is set to
 * which of the two rules above it has to fulfil.
 */
GP_MUSTUSE bool debugfile_path(struct buf *path, const struct buildid *id,
    const char *link, const char *path_of, unsigned n, bool *by_link);

/*
 * Look for it.
 *
 * path: of the stripped file, as its process sees it. open: opens a path for
 * reading in the root that is to be searched, or returns -1. Returns a
 * descriptor and sets *debug, which uses it; or -1 if there is none.
 */
GP_MUSTUSE int debugfile_find(const struct elffile *f, const char *path,
    int (*open)(void *arg, const char *path), void *arg,
    struct elffile *debug);

/* CRC-32 as .gnu_debuglink has it; of several pieces, crc starts as 0. */
uint32_t debugfile_crc(uint32_t crc, const void *p, size_t len);

#endif
