/*
 * filerows.h - all that a file says about unwinding, as one table.
 *
 * From .eh_frame; where that has gaps, in Go programs from Go's own tables, in
 * others from .debug_frame. What is left is code without any (or not code): a
 * walker may try frame pointers there.
 */
#ifndef GP_FILEROWS_H
#define GP_FILEROWS_H

#include "base/attr.h"
#include "elf/elffile.h"
#include "unwind/rows.h"

/*
 * Make the rows of a file or image. Its damage makes gaps, not errors.
 *
 * t: overwritten, the caller's to free in any case; empty where there are no
 * tables. Returns 0, or why none could be read (ehframe_init()).
 */
GP_MUSTUSE enum elffile_err filerows_make(const struct elffile *f,
    struct rows *t);

#endif
