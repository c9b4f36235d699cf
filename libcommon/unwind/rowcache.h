/*
 * rowcache.h - unwind rows of files that were met before, on disk.
 *
 *	/var/cache/gp/rows/BUILDID-SIZE	for root
 *	$XDG_CACHE_HOME/gp/rows/…	for everybody else (~/.cache)
 *
 * A file is a header and the rows as they are in memory. The name is the build
 * id of the ELF file and its size (a stripped copy has the same build id but
 * may have other tables). Files without a build id, as Go's linker makes them,
 * go by inode and time of change: "inode-…".
 *
 * What is read is never trusted: magic, version, machine, build id, size, base,
 * checksum and the order of the rows are checked, and what fails counts as
 * absent and is made and written anew. Build ids can be forged, so that a
 * stranger's program could leave wrong rows in the place of libc's: rows are
 * cached only for files that belong to root or to the caller. How the folder is
 * shared, kept bounded and safe: base/cachedir.h.
 *
 * Small tables are not kept: to make one takes no longer than to open a file.
 * Nor is what a separate debug file had a part in, which may come and go.
 */
#ifndef GP_ROWCACHE_H
#define GP_ROWCACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/cachedir.h"
#include "elf/elffile.h"
#include "unwind/filerows.h"
#include "unwind/rows.h"

/* Of the files' format and of what rows mean: another one makes every cached
 * file absent. Goes up with any change of step.h's format or of a maker. */
#define ROWCACHE_VERSION 9u

#define ROWCACHE_MAX_BYTES (256ull << 20) /* a good default of max_bytes */

enum { ROWCACHE_ROWS_MIN = 4096 };

struct rowcache {
	struct cachedir files; /* its counters are this cache's */
};

/*
 * Open a cache.
 *
 * dir: NULL for the default; made if it is not there. Returns 0, or -1 with
 * errno (EPERM: it is somebody else's), and then works as a cache that is
 * always empty. rowcache_done() it in any case.
 */
GP_MUSTUSE int rowcache_open(struct rowcache *c, const char *dir,
    uint64_t max_bytes);

/* The rows of a file: from the cache, else as filerows_make() makes them, and
 * then they are cached. */
GP_MUSTUSE enum elffile_err rowcache_get(struct rowcache *c,
    const struct elffile *f, struct filerows_root *root, struct rows *t);

/* The two halves, for tests. False: not there; not written, or not
 * to be cached. */
GP_MUSTUSE bool rowcache_load(struct rowcache *c, const struct elffile *f,
    struct rows *t);
GP_MUSTUSE bool rowcache_store(struct rowcache *c, const struct elffile *f,
    const struct rows *t);

/* Keep the bounds, and close. */
void rowcache_done(struct rowcache *c);

#endif
