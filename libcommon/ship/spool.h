/*
 * spool.h - bundles on disk that wait to be sent.
 *
 *	SPOOL/20261124T104107.482Z-<id>.tar.gz	waits; the oldest name goes first
 *	SPOOL/rejected/…-<id>.tar.gz		the server refused it for good
 *	SPOOL/rejected/…-<id>.tar.gz.answer	what it said
 *	SPOOL/.lock				held by the one sender
 *	SPOOL/.not-before			the server asked to be left alone
 *
 * A bundle is in the spool whole and durable or not at all; it leaves only by
 * spool_remove(), spool_reject() or spool_trim(). The id is 128 random bits in
 * lower-case hexadecimal. It goes with the bundle to the server, so that one that
 * is sent twice, because gp was killed between the server's answer and
 * spool_remove(), is recognised.
 *
 * A spool belongs to one target. For several, each has a spool of its own and
 * the bundle is linked into all: a bundle's progress is the spools it is in.
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
#include "base/buf.h"
#include "base/file.h"
#include "ship/bound.h"

/* An id with its NUL; a bundle's name with its NUL. */
enum { SPOOL_ID_MAX = 33, SPOOL_NAME_MAX = 64 };

/* Longest wait that a server's wish imposes, in seconds. */
enum { SPOOL_NOT_BEFORE_MAX = 300 };

struct spool {
	const char *path;
	int dirfd;
	int lockfd;           /* -1 unless locked */
	struct bound_sum max; /* of all that is in it; 0: no limit */
	struct file_new file; /* the bundle being written */
};

/* path is kept, not copied; the folders are made if they are not there. */
GP_MUSTUSE int spool_open(struct spool *s, const char *path,
    struct bound_sum max);
void spool_close(struct spool *s);

/* A new id from the kernel's random numbers. */
void spool_new_id(char id[SPOOL_ID_MAX]);

/* Start a bundle: write it to s->file.fd, then commit, or abort. */
GP_MUSTUSE int spool_begin(struct spool *s);
GP_MUSTUSE int spool_commit(struct spool *s, const char *id,
    struct timespec now);
/* The same, straight to rejected/, with the reason beside it. */
GP_MUSTUSE int spool_commit_rejected(struct spool *s, const char *id,
    struct timespec now, const char *why);
void spool_abort(struct spool *s);

/* A nameless file in the spool's file system, for reading and writing: a
 * descriptor, or -1. */
GP_MUSTUSE int spool_scratch(const struct spool *s);

/* Whether a name is a bundle's, and its id (may be NULL). */
GP_MUSTUSE bool spool_parse_name(const char *name, char id[SPOOL_ID_MAX]);

/* The bundles that wait, oldest first; bound_names_free() the list. */
GP_MUSTUSE int spool_list(const struct spool *s, struct bound_names *out);

/* Open a bundle for reading: a descriptor, or -1. */
GP_MUSTUSE int spool_read(const struct spool *s, const char *name,
    uint64_t *size);

/* It is delivered. One that is gone already is no error. */
GP_MUSTUSE int spool_remove(const struct spool *s, const char *name);

/* Move it aside. The answer is there before the bundle. */
GP_MUSTUSE int spool_reject(const struct spool *s, const char *name,
    const char *answer, size_t len);

/* Drop what is over the limit: first of what was rejected, then of what waits,
 * the oldest each time. The newest that waits stays. dropped: those that had
 * waited, which are lost. */
GP_MUSTUSE int spool_trim(const struct spool *s, struct bound_sum *dropped);

/* Become the one sender; EWOULDBLOCK if there is one. Ends with spool_close()
 * or the process. */
GP_MUSTUSE int spool_lock(struct spool *s);

/* Remember, and recall, the time before which the server wants no request. It is
 * advice: what cannot be read, or lies further ahead than
 * SPOOL_NOT_BEFORE_MAX, is 0. */
void spool_set_not_before(const struct spool *s, time_t t);
time_t spool_not_before(const struct spool *s, time_t now);

#endif
