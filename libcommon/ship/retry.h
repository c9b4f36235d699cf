/*
 * retry.h - what to do after an attempt to deliver, and when.
 *
 * Pure functions: no clock, no chance of their own. The rules:
 *
 *	2xx                                     delivered
 *	no answer, 408, 429, 502, 503, 504      try again, later
 *	any other (400, 411, 413, 415, 422,     not this bundle: move it aside,
 *	500 …)                                  go on with the next
 *	401, 403, 404, 405, 407, 410, 421, 3xx  the same, but the next one would
 *	                                        fare no better: stop here
 *
 * What is aside is kept with the answer, and can be sent again. Where nothing can
 * be asked of the server at all, as its certificate is not good or a file of
 * ours is missing, there is no answer, and what waits stays where it is.
 */
#ifndef GP_RETRY_H
#define GP_RETRY_H

#include <stdint.h>

enum retry_verdict {
	RETRY_DONE,   /* it has arrived */
	RETRY_LATER,  /* trouble that passes */
	RETRY_REJECT, /* this one never; others perhaps */
	RETRY_REFUSE, /* the server's answer to this one would be that to all */
	RETRY_BROKEN, /* nothing gets there until somebody changes something */
};

/* What the status code of an answer (100 to 599) means. */
enum retry_verdict retry_judge(long status);

/* Longest wait that a server may ask for, and that backoff reaches, in seconds. */
enum { RETRY_AFTER_MAX = 300, RETRY_BACKOFF_MAX = 60 };

/*
 * Nanoseconds to wait before attempt + 1 (attempt from 0).
 *
 * after_s: what the server asked for, 0 if nothing; at most RETRY_AFTER_MAX of
 * it. Otherwise exponential backoff with full jitter: random, any 64 bits,
 * chosen from 0 to min(RETRY_BACKOFF_MAX, 2^attempt) seconds. Full jitter keeps
 * a fleet whose server comes back from knocking in step.
 */
uint64_t retry_delay_ns(unsigned attempt, uint64_t after_s, uint64_t random);

#endif
