/*
 * cachedir.h - a folder of files that can be made again: a cache on disk.
 *
 *	/var/cache/gp/KIND/NAME         root's
 *	$XDG_CACHE_HOME/gp/KIND/NAME    everybody else's (~/.cache)
 *	$GP_CACHE_DIR/KIND/NAME         where that is set; empty: none at all
 *
 * What is in the files is the business of rowcache.h and symfile.h; here is what
 * holds for both:
 *
 * A cache is used only if it belongs to root or the caller, and nobody else may
 * write there; the same goes for each file in it. What is read is checked by its
 * reader all the same (cachedir_sum()), and what fails counts as absent and is
 * made anew.
 *
 * Several processes may use it at once, and any be killed: files are replaced
 * as a whole, and nothing is ever changed in place. A folder that cannot be
 * written (read-only, full) is still read. cachedir_done() drops the least
 * recently used files beyond max_bytes, and what killed processes left.
 *
 * A zeroed struct cachedir is a cache that is always empty.
 */
#ifndef GP_CACHEDIR_H
#define GP_CACHEDIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/attr.h"
#include "base/file.h"

/* Writing is given up, until it is opened again, after so many failures. */
enum { CACHEDIR_FAILURES_MAX = 3 };

struct cachedir {
	char *dir; /* NULL: no cache */
	uint64_t max_bytes;
	bool stored; /* something was written since it was opened */
	uint64_t hits, misses;
	uint64_t bad;    /* misses: damaged or foreign */
	uint64_t failed; /* could not be written */
	int failed_errno; /* of the last of them */
};

/*
 * Open a cache.
 *
 * dir: NULL for the default of its kind ("rows"); made if it is not there.
 * Returns 0, also where the environment wants none, or -1 with errno (EPERM: it is
 * somebody else's), and is then always empty. cachedir_done() it in any case.
 */
GP_MUSTUSE int cachedir_open(struct cachedir *c, const char *dir,
    const char *kind, uint64_t max_bytes);

/*
 * Open a file for reading. Returns a descriptor, the caller's, or -1.
 *
 * The caller looks whether it is good and then calls cachedir_judge(), which
 * counts, and notes that a good one was used. One that cannot be opened is
 * counted here.
 */
GP_MUSTUSE int cachedir_get(struct cachedir *c, const char *name,
    struct stat *st);
void cachedir_judge(struct cachedir *c, int fd, const struct stat *st,
    bool good);

/*
 * Write a file: begin, write to out->fd, end with whether that worked. What ends
 * well is there for every process; otherwise all is as before, and it is
 * counted. cachedir_end() only if cachedir_begin() returned true; its own result
 * is ok, or false if the last step failed.
 */
GP_MUSTUSE bool cachedir_begin(struct cachedir *c, struct file_new *out,
    const char *name, mode_t mode);
bool cachedir_end(struct cachedir *c, struct file_new *out, bool ok);

/* True if a file is root's or the caller's: such have no reason to deceive. */
bool cachedir_trusts(const struct stat *st);

/* A checksum, of several pieces if the last one's is passed on; it starts with
 * CACHEDIR_SUM. Against damage, not against forgery. */
#define CACHEDIR_SUM 0xcbf29ce484222325u
uint64_t cachedir_sum(uint64_t sum, const void *p, size_t len);

/* Keep the bounds, and close. */
void cachedir_done(struct cachedir *c);

#endif
