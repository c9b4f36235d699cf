/*
 * filerows.h - all that a file says about unwinding, as one table.
 *
 * From .eh_frame; where that has gaps, in Go programs from Go's own tables, in
 * others from .debug_frame, also that of a separate debug file. What is left is code without any (or not code): a
 * walker may try frame pointers there.
 */
#ifndef GP_FILEROWS_H
#define GP_FILEROWS_H

#include <stdbool.h>

#include "base/attr.h"
#include "elf/elffile.h"
#include "unwind/rows.h"

/* Where the separate debug file of a file may be; see elf/debugfile.h. */
struct filerows_root {
	const char *path; /* of the file, as its process sees it */
	int (*open)(void *arg, const char *path);
	void *arg;
	bool used; /* set: the rows are in part from one */
};

/*
 * Make the rows of a file or image. Its damage makes gaps, not errors.
 *
 * root: NULL: no debug file is looked for. t: overwritten, the caller's to free
 * in any case; empty where there are no tables. Returns 0, or why none could be
 * read (ehframe_init()).
 */
GP_MUSTUSE enum elffile_err filerows_make(const struct elffile *f,
    struct filerows_root *root, struct rows *t);

#endif
