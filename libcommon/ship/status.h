/*
 * status.h - what a spool holds and how its targets fare, for those who watch.
 *
 *	struct status st = { 0 };
 *	if (status_read(&st, "/var/spool/gp", time(NULL)) == 0)
 *		for (size_t i = 0; i < st.targets; i++)
 *			printf("%s: %llu wait, the oldest %llu s\n", …);
 *	status_free(&st);
 *
 * For gp-run's metrics and gp-status. Nothing is written, made or locked, so it
 * may be called at any time and by any user who may read the spool; what
 * changes meanwhile is seen in one of its states. A spool that does not exist
 * yet is empty.
 *
 * As Prometheus has them: waiting, waiting_bytes, oldest_s, failures and the
 * like are gauges; sent, sent_bytes, rejected, dropped and attempts count since
 * the queue was made, and are counters (they start anew if its state is
 * damaged, as counters may). Labels: name.
 */
#ifndef GP_STATUS_H
#define GP_STATUS_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/attr.h"
#include "ship/bound.h"
#include "ship/spool.h"
#include "ship/state.h"

struct status_target {
	char name[SPOOL_TARGET_MAX];
	uint64_t waiting, waiting_bytes; /* entries that it has not got */
	uint64_t oldest_s;      /* age of the oldest of them; 0: none waits */
	uint64_t rejected_kept; /* bundles aside at this moment */
	uint64_t dropped;       /* entries it lost to the bounds, so far */
	/* state.sent, sent_bytes, rejected, attempts: so far;
	 * state.failures: attempts in a row that came to nothing;
	 * state.not_before: when the next may begin, seconds since 1970;
	 * state.last_sent, last_failed, why: when, and why the last failed. */
	struct state state;
};

struct status {
	struct bound_sum waiting;  /* entries, whoever they wait for */
	struct bound_sum rejected; /* bundles and answers aside */
	uint64_t incomplete;       /* of them: input that broke off */
	uint64_t oldest_s;         /* age of the oldest entry; 0: there is none */
	struct status_target *target; /* by name */
	size_t targets;
};

/* now: what ages are counted from. Returns 0, or -1 with errno, and then st is
 * to be freed too. */
GP_MUSTUSE int status_read(struct status *st, const char *spool, time_t now);
void status_free(struct status *st);

#endif
