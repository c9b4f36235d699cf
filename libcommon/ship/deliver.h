/*
 * deliver.h - send what waits for a target.
 *
 * The oldest entry first, one at a time, by one sender; each loses its mark only
 * when the target has it. Trouble that passes is waited out with backoff
 * (retry.h) until the attempts or the time are used up; the rest then stays for
 * the next run, and so does the backoff. While the server is in trouble nothing
 * overtakes, so profiles arrive in order.
 *
 * One that cannot be sent never blocks those behind it: whatever the server
 * answers for good is kept aside beside the bundle, and so is a bundle at whose
 * preparation a sender died DELIVER_DEATHS_MAX times. Where the answer would be
 * the same to all of them, as with a wrong token, the others are not sent for it.
 *
 * Time and chance come from the caller, so that tests have neither.
 */
#ifndef GP_DELIVER_H
#define GP_DELIVER_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/attr.h"
#include "ship/queue.h"
#include "ship/target.h"

enum { DELIVER_DEATHS_MAX = 3 };

struct deliver_env {
	uint64_t (*now_ns)(void *ctx);        /* monotonic */
	time_t (*time)(void *ctx);            /* of day */
	void (*sleep_ns)(void *ctx, uint64_t ns);
	uint64_t (*random)(void *ctx);
	void *ctx;
};

/* The real ones. */
extern const struct deliver_env deliver_real;

struct deliver_limits {
	uint64_t retries;     /* attempts after the first, for one piece */
	uint64_t max_time_ns; /* for all of it, from the call on */
};

enum deliver_end {
	DELIVER_ALL,     /* nothing waits */
	DELIVER_LATER,   /* the target is in trouble, or time is up */
	DELIVER_BUSY,    /* another sender is at work */
	DELIVER_REFUSED, /* the target takes nothing from us */
	DELIVER_EIO,     /* the spool cannot be worked with; errno is set */
};

struct deliver_result {
	enum deliver_end end;
	uint64_t sent, sent_bytes; /* entries, bytes of requests */
	uint64_t rejected;         /* moved aside */
	uint64_t waiting;          /* left in the queue */
	struct buf why;    /* of LATER and REFUSED, one line; buf_free() it */
};

/* Rejected entries are reported by diag(). out comes zeroed. The queue is open,
 * and locked afterwards unless the end is BUSY. */
void deliver(struct queue *q, struct target *t,
    const struct deliver_limits *limits, const struct deliver_env *env,
    struct deliver_result *out);

#endif
