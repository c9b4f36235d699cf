/*
 * target.h - where bundles go.
 *
 * A target takes one bundle at a time and says how that went; it knows nothing
 * of spools, retries or deadlines, which deliver.h has, once for all kinds of
 * target. A new kind is a constructor that fills in this struct.
 *
 *	post.h	HTTP POST of the bundle to a URL
 */
#ifndef GP_TARGET_H
#define GP_TARGET_H

#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "ship/retry.h"

/* One bundle on its way. */
struct parcel {
	const char *id; /* the same each time the same bundle is sent */
	int fd;         /* open for reading; its offset is the target's */
	uint64_t size;
};

/* How it went. Zeroed, it is ready; buf_free() both texts. */
struct answer {
	uint64_t retry_after_s; /* what the server asked for; 0: nothing */
	struct buf why;         /* one line for people, without secrets */
	struct buf text;        /* what the server said, as far as kept */
};

struct target {
	const char *name; /* for messages, without secrets */
	/* timeout_ns: how long it may take in all. Fills in a, which comes
	 * empty. */
	enum retry_verdict (*send)(struct target *t, const struct parcel *p,
	    uint64_t timeout_ns, struct answer *a);
	void (*free)(struct target *t);
};

#endif
