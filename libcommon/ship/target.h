/*
 * target.h - where profiles go.
 *
 * A target takes one bundle at a time and says how that went; it knows nothing
 * of spools, retries or deadlines, which deliver.h has, once for all kinds of
 * target. A new kind is a constructor that fills in this struct.
 *
 *	post.h		the bundle as it is, by HTTP POST
 *	studio.h	gProfiler Performance Studio
 *	pyroscope.h	Pyroscope
 *	s3.h		the bundle as an object of S3-compatible storage
 *
 * A server that takes no more than so much at a time gets a bundle in pieces.
 * How they are cut is the target's affair; it counts them in a unit of its own,
 * begins with `from`, and answers with where the next piece begins.
 */
#ifndef GP_TARGET_H
#define GP_TARGET_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/attr.h"
#include "base/buf.h"
#include "ship/retry.h"
#include "ship/spool.h"
#include "ship/state.h"

/* One bundle on its way. */
struct parcel {
	const char *id;       /* the same each time the same bundle is sent */
	struct timespec time; /* when the profile was complete */
	int fd;               /* open for reading; its offset is the target's */
	uint64_t size;
	const struct spool *spool; /* for scratch files */
	uint64_t from;        /* what is before that has been delivered */
	unsigned attempt;     /* from 0: of this piece, in this run */
};

/* How it went. Zeroed, it is ready; buf_free() both texts. */
struct answer {
	uint64_t retry_after_s; /* what the server asked for; 0: nothing */
	uint64_t next;          /* RETRY_DONE: the next piece; 0: that is all */
	uint64_t bytes;         /* of the request's body */
	struct buf why;         /* one line for people, without secrets */
	struct buf text;        /* what the server said, as far as kept */
};

struct target {
	const char *name; /* for messages, without secrets */
	/* What it wants to be reminded of in the next run; deliver.h keeps it. */
	char memo[STATE_MEMO_MAX];
	/*
	 * Make a bundle ready to be sent, where that is work. Other people's
	 * bytes may be read here, and nothing is sent: a process that dies in
	 * here again and again has met a bundle that cannot be sent. NULL: there
	 * is nothing to do. RETRY_DONE is good.
	 */
	enum retry_verdict (*prepare)(struct target *t, const struct parcel *p,
	    struct answer *a);
	/* timeout_ns: how long it may take in all. Fills in a, which comes
	 * empty. */
	enum retry_verdict (*send)(struct target *t, const struct parcel *p,
	    uint64_t timeout_ns, struct answer *a);
	void (*free)(struct target *t);
};

void answer_free(struct answer *a);

#endif
