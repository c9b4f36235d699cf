/*
 * spool.h - profiles on disk that wait to be sent, each to several targets.
 *
 *	SPOOL/20261124T104107.482Z-<id>/	an entry; the oldest name goes first
 *	    bundle.tar.gz			what is to be sent
 *	    for-NAME				target NAME has not got it yet
 *	SPOOL/to/NAME/				the queue of a target, see queue.h
 *	SPOOL/rejected/				what came in incomplete
 *	SPOOL/finished				ids of the last that left
 *	SPOOL/.new-XXXXXXXX/			an entry being made
 *	SPOOL/.gone-…/				one being removed
 *
 * One rename(2) makes an entry, with all its marks, so a kill at any instant
 * leaves it there for every target or for none. A target's mark is removed when
 * it has the bundle or gave up on it; who removes the last one removes the
 * entry. That is all the progress there is: targets do not wait for each other,
 * nothing has to be put in step after a crash.
 *
 * What a killed process left the next one completes or removes,
 * spool_clear_up(). Whether the owner of a .new- still lives, its lock tells.
 *
 * The id is that of the bundle, 32 lower-case hexadecimal digits: random, or
 * made of what is in it, so that a profile that is handed in twice is recognised
 * (EEXIST), also after it has left.
 *
 * A lock on SPOOL itself is held for moments: while an entry gets its name,
 * leaves, or the bounds are kept. It belongs to the open spool, so a child
 * process opens its own.
 *
 * Functions return 0 or -1 with errno set, unless they say otherwise.
 */
#ifndef GP_SPOOL_H
#define GP_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/attr.h"
#include "ship/bound.h"

/* With the NUL: an id, an entry's name, a target's name, a mark's name. */
enum {
	SPOOL_ID_MAX = 33,
	SPOOL_NAME_MAX = 64,
	SPOOL_TARGET_MAX = 49,
	SPOOL_MARK_MAX = SPOOL_TARGET_MAX + 4,
};

#define SPOOL_BUNDLE "bundle.tar.gz"
#define SPOOL_MARK "for-"
#define SPOOL_QUEUES "to"
#define SPOOL_REJECTED "rejected"
#define SPOOL_ANSWER ".answer"

/* How many ids "finished" remembers at least: a day of minutes is 1,440. */
enum { SPOOL_FINISHED_MAX = 2048 };

struct spool {
	const char *path;
	int dirfd;
	struct bound_sum max; /* bytes and entries, 0: no limit */
	/* The entry being made. */
	int newfd;            /* its folder, locked; -1: there is none */
	int fd;               /* its bundle, to be written */
	char new_name[SPOOL_NAME_MAX];
};

/* Open a spool, making its folders if they are not there. path is kept, not
 * copied. spool_close() it, also if this failed. */
GP_MUSTUSE int spool_open(struct spool *s, const char *path,
    struct bound_sum max);
void spool_close(struct spool *s);

/* Remove what killed processes left: to be called once a run. */
GP_MUSTUSE int spool_clear_up(const struct spool *s);

/* A new id from the kernel's random numbers. */
void spool_new_id(char id[SPOOL_ID_MAX]);

/* Begin an entry: write its bundle to s->fd, then commit, or abort. */
GP_MUSTUSE int spool_begin(struct spool *s);

/* Make it wait for n targets. EEXIST: the id was here before; then abort, all
 * is well. */
GP_MUSTUSE int spool_commit(struct spool *s, const char *id,
    struct timespec now, const char *const *targets, size_t n);

/* The same, straight to rejected/, for nobody, with the reason beside it. */
GP_MUSTUSE int spool_commit_rejected(struct spool *s, const char *id,
    struct timespec now, const char *why);
void spool_abort(struct spool *s);

/* A nameless file in the spool's file system, for reading and writing: a
 * descriptor, or -1. */
GP_MUSTUSE int spool_scratch(const struct spool *s);

/* Whether a name is an entry's; its id and the time in it (each may be NULL). */
GP_MUSTUSE bool spool_parse_name(const char *name, char id[SPOOL_ID_MAX],
    struct timespec *time);

/* Whether a profile of this id is here, or was. */
GP_MUSTUSE bool spool_knows(const struct spool *s, const char *id);

/* All entries, oldest first; bound_names_free() the list. */
GP_MUSTUSE int spool_list(const struct spool *s, struct bound_names *out);

/*
 * Add a mark to an entry, or make the entry anew of a bundle elsewhere in the
 * spool's file system: how what was rejected is sent again.
 */
GP_MUSTUSE int spool_put_back(struct spool *s, const char *name,
    const char *target, int bundle_dirfd, const char *bundle);

/* Remove an entry if no target waits for it any more. */
GP_MUSTUSE int spool_settle(const struct spool *s, const char *name);

/* The lock of moments, for those who keep the bounds; see trim.h. */
GP_MUSTUSE int spool_lock(const struct spool *s);
void spool_unlock(const struct spool *s); /* keeps errno */

/* Remove an entry whoever waits for it. Under the lock. */
GP_MUSTUSE int spool_drop(const struct spool *s, const char *name);

#endif
