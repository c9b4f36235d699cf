/*
 * altfile.h - the file that dwz(1) moved to what several debug files had alike.
 *
 *	.gnu_debugaltlink  "/usr/lib/debug/.dwz/x86_64-linux-gnu/foo.debug", 9c61…
 *
 * Looked for by its build id, by that name, relative to the file that has the
 * link, and by the last part of it in /usr/lib/debug/.dwz. It must have the build
 * id that the link says.
 *
 * Source: "Separate Debug Info in an Alternate File", DWARF 5's predecessor of
 * supplementary files; dwz(1).
 */
#ifndef GP_ALTFILE_H
#define GP_ALTFILE_H

#include "base/attr.h"
#include "elf/elffile.h"

enum { ALTFILE_LINK_MAX = 4096 }; /* bytes of .gnu_debugaltlink */

/*
 * Look for the alternate file of f.
 *
 * path: of f, as its process sees it. open: opens a path for reading in the root
 * that is to be searched, or returns -1. Returns a descriptor and sets *alt, which
 * uses it; or -1 if there is none.
 */
GP_MUSTUSE int altfile_find(const struct elffile *f, const char *path,
    int (*open)(void *arg, const char *path), void *arg, struct elffile *alt);

#endif
