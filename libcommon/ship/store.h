/*
 * store.h - the directory of profiles: dated, bounded, the oldest goes first.
 *
 *	DIR/2026/11/24/10-41-07.482Z-web-7.folded.gz
 *	DIR/2026/11/24/10-42-07.480Z-web-7.partial.folded.gz
 *
 * The date is that of storing, in UTC, to the millisecond; a name that is taken
 * moves on by one, so none is ever replaced. Sorting the names sorts the
 * profiles. "partial" marks one whose input broke off. The host is that of the
 * stream or of this machine, with all but letters, digits, '.', '-' and '_' made
 * '_'.
 *
 * A profile appears whole or not at all, also when the machine stops, and any
 * number of programs may store at a time.
 *
 *	store_open(&s, "/var/lib/gp/profiles", max)
 *	store_begin(&s)
 *	store_write(&s, p, n)		// as often as needed
 *	store_commit(&s, host, partial, now, again)	// or store_abort(&s)
 *	store_trim(&s, &removed)
 *	store_close(&s)
 *
 * Functions return 0 or -1 with errno set.
 */
#ifndef GP_STORE_H
#define GP_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/attr.h"
#include "base/file.h"
#include "ship/bound.h"
#include "ship/bundle.h"

struct store {
	const char *path;
	int dirfd;
	struct bound_sum max; /* 0: no limit */
	struct file_new file; /* the profile being written */
	struct gz *gz;
	char name[4096]; /* of the last one stored, with the folder's */
};

/* path is kept, not copied; the folder is made if it is not there. */
GP_MUSTUSE int store_open(struct store *s, const char *path,
    struct bound_sum max);

GP_MUSTUSE int store_begin(struct store *s);
GP_MUSTUSE int store_write(struct store *s, const void *p, size_t len);
/* again: the same profile may have been stored before, with this very time: if
 * it is there, it is not stored twice. */
GP_MUSTUSE int store_commit(struct store *s, const char *host, bool partial,
    struct timespec now, bool again);

/* Nothing of the profile is left; errno is kept. After store_begin() failed, or
 * without it, nothing happens. */
void store_abort(struct store *s);

/*
 * Remove the oldest profiles until the rest is within the limits, and a fiftieth
 * below them, so that the next ones find room. The newest stays, however large
 * it is. To be called after each store_commit().
 *
 * DIR/.usage remembers the sums, or every profile stored would look at every
 * profile there is. It is only believed when it says that there is room, and for
 * a day; without it all is counted.
 */
GP_MUSTUSE int store_trim(struct store *s, struct bound_sum *removed);

void store_close(struct store *s);

/* What belongs to a store, for those who read one. */
extern const struct bound_shape store_shape;

#endif
