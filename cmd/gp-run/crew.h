/*
 * crew.h - the stages of a cycle at work, and everything that can happen while
 * one waits for them: signals, deadlines, data for the feed, something said.
 *
 * crew_wait() is the one place where gp-run sleeps. A stage that is run again
 * (gp-upload, for profiles of earlier cycles) uses the same struct stage; its
 * figures add up.
 *
 * While stages run, what they hold open is looked at every two seconds: no more
 * than a few directories of /proc, and the only way to see the descriptors of a
 * process that ends by itself.
 */
#ifndef GP_CREW_H
#define GP_CREW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "feed.h"
#include "figures.h"
#include "plan.h"
#include "said.h"
#include "stage.h"

struct crew {
	const struct plan *plan;
	struct stage stage[PLAN_STAGES];
	struct said said[PLAN_STAGES];
	struct feed feed;
	struct figures *figures;
	uint64_t next_census; /* monotonic_ns() of it */
	int signals;     /* a signalfd */
	int nsignals;    /* how many came */
	int killed_by;   /* the second one, or 0 */
	bool degraded;   /* a stage said that data was lost */
	struct arena mem;
};

/* signals: a signalfd(2) of those that end the cycle early: the first ends the
 * recording, the second everything. figures get what is seen of the stages. */
void crew_init(struct crew *c, const struct plan *plan, int signals,
    struct figures *figures);

/* Make a stage ready to start. */
struct stage *crew_prepare(struct crew *c, enum plan_stage which,
    const struct plan_call *call);

/* Start it, from one descriptor to another; they stay the caller's. A failure to
 * do so is that stage's failure. Nothing after the second signal. */
void crew_start(struct crew *c, enum plan_stage which, int in, int out);

/* Start it, and wait until it has ended: so many deadlines long. in is read from
 * its start, if it is a file. */
void crew_run(struct crew *c, enum plan_stage which, int in, int out,
    unsigned deadlines);

/* Wait for something to happen, and let it. */
void crew_wait(struct crew *c);

/* Report how a stage ended, if it is worth a line; instead: what is done about
 * it. True if it ended well. */
bool crew_account(struct crew *c, enum plan_stage which, const char *instead);

/* All is over: nobody is left, what was held back is said, all is freed. */
void crew_done(struct crew *c);

#endif
