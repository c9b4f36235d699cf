/*
 * bound.h - keep a folder of dated files within a number of bytes and of files.
 *
 * A shape says what the files look like: how many levels of folders stand above
 * them, and which names belong. Names of a shape sort by age. Whatever does not
 * match is neither counted, entered nor touched, so that a folder which also
 * holds other things is safe. Symbolic links are not followed.
 *
 *	2026/11/24/10-41-07.482Z-web-7.folded.gz	levels = 3
 *
 * Bytes are those on disk (whole blocks), since that is what runs out. Memory
 * depends on the names of one folder, not of all.
 *
 * Functions return 0 or -1 with errno set.
 */
#ifndef GP_BOUND_H
#define GP_BOUND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

/* Unfinished files (".STEM….tmp.PID", left by a kill where nameless ones cannot
 * be made) go when they are this old. */
enum { BOUND_TEMP_AGE = 86400 }; /* seconds */

struct bound_shape {
	int levels; /* folders between the top and the files */
	bool (*is_folder)(const char *name, int level); /* level from 0 */
	bool (*is_file)(const char *name);
	const char *stem; /* how the names of unfinished files at the top start,
	                   * after their dot */
};

struct bound_sum {
	uint64_t bytes;
	uint64_t files;
};

/* The sorted names in a folder, by strcmp. A zeroed one is empty. */
struct bound_names {
	char **name;
	size_t n, cap;
};

/* List what matches: folders of a level, or files if level is that of files. */
GP_MUSTUSE int bound_list(int dirfd, const struct bound_shape *shape,
    int level, struct bound_names *out);
void bound_names_free(struct bound_names *l);

/* Add one file; one that is gone, or is none, adds nothing. */
GP_MUSTUSE int bound_add_file(int dirfd, const char *name,
    struct bound_sum *sum);

/* Add up what there is, and remove old unfinished files. */
GP_MUSTUSE int bound_measure(int dirfd, const struct bound_shape *shape,
    struct bound_sum *out);

/*
 * Remove the oldest files until `have` is within max (0: no limit) or only keep
 * files are left; folders that become empty go too. have is what
 * bound_measure() found, and is brought up to date; removed is added to.
 */
GP_MUSTUSE int bound_trim(int dirfd, const struct bound_shape *shape,
    struct bound_sum max, uint64_t keep, struct bound_sum *have,
    struct bound_sum *removed);

/* Whether have is over max in either respect. */
bool bound_is_over(struct bound_sum have, struct bound_sum max);

#endif
