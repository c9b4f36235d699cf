/*
 * queue.h - what one target still waits for, and what came of it.
 *
 *	SPOOL/to/NAME/				flock(2) on it: the one sender
 *	    state				see state.h
 *	    dropped				how many it never got; trim.h
 *	    rejected/….tar.gz			the server refused it for good
 *	    rejected/….tar.gz.answer		what it said
 *
 * Which entries wait is told by their marks, see spool.h.
 *
 * Functions return 0 or -1 with errno set, unless they say otherwise.
 */
#ifndef GP_QUEUE_H
#define GP_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "ship/spool.h"
#include "ship/state.h"

struct queue {
	struct spool *spool;
	const char *name; /* of the target */
	int dirfd;
	bool locked;
	struct state state; /* as read by queue_lock() */
};

/* Open it, making its folders. name: spec_is_name(), kept, not copied.
 * queue_close() it, also if this failed. */
GP_MUSTUSE int queue_open(struct queue *q, struct spool *s, const char *name);
void queue_close(struct queue *q);

/* Become the one sender, and read the state; EWOULDBLOCK if there is one. Ends
 * with queue_close() or the process. */
GP_MUSTUSE int queue_lock(struct queue *q);

/* Keep the state. */
void queue_save(const struct queue *q);

/* Whether an entry waits for it, and how far it has got (may be NULL). */
GP_MUSTUSE bool queue_has(const struct queue *q, const char *entry,
    uint64_t *progress);

/* How many entries do. */
uint64_t queue_count(const struct queue *q);

/* Open an entry's bundle for reading: a descriptor, or -1. */
GP_MUSTUSE int queue_read(const struct queue *q, const char *entry,
    uint64_t *size);

/* It has got so far. */
GP_MUSTUSE int queue_progress(const struct queue *q, const char *entry,
    uint64_t progress);

/* It has got all of it. An entry that is gone is no error. */
GP_MUSTUSE int queue_done(const struct queue *q, const char *entry);

/* It never will: keep it aside. The answer is there before the bundle. */
GP_MUSTUSE int queue_reject(const struct queue *q, const char *entry,
    const char *answer, size_t len);

/* Put all that was rejected back. *n: how many. */
GP_MUSTUSE int queue_put_back(const struct queue *q, uint64_t *n);

/* Names in a rejected/: "….tar.gz", and with answers "….answer" too. */
extern const struct bound_shape queue_rejected;

#endif
