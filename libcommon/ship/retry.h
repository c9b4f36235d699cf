/*
 * retry.h - what to do after an attempt to deliver, and when.
 *
 * Pure functions: no clock, no chance of their own. The rules:
 *
 *	2xx                                     delivered
 *	no answer, 408, 429, 502, 503, 504      try again, later
 *	401, 403, 404, 405, 407, 410, 421, 3xx  this target takes nothing from us,
 *	                                        whatever the bundle: keep it all
 *	any other (400, 411, 413, 415, 422,     not this bundle: move it aside,
 *	500 …)                                  go on with the next
 *
 * A wrong token or URL is the operator's to repair, and costs no profile.
 */
#ifndef GP_RETRY_H
#define GP_RETRY_H

#include <stdint.h>

enum retry_verdict {
	RETRY_DONE,   /* it has arrived */
	RETRY_LATER,  /* trouble that passes */
	RETRY_REJECT, /* this one never; others perhaps */
	RETRY_REFUSE, /* none of them, until somebody changes something */
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
