#include "delivery.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/monotonic.h"
#include "journal.h"

/* gp-upload gets more time: it waits for a server, and tries again. */
enum { UPLOAD_DEADLINES = 2 };

/* What gp-upload's end means for the profile. */
static enum figures_upload
judge(const struct stage *s)
{
	if (!stage_has_exited(s))
		return UPLOAD_KEPT;
	switch (stage_exit_status(s)) {
	case 0:
	case 1:
		return UPLOAD_DELIVERED;
	case EX_TEMPFAIL:
		return UPLOAD_SPOOLED;
	case EX_UNAVAILABLE:
	case EX_DATAERR:
		return UPLOAD_REFUSED;
	}
	return UPLOAD_KEPT;
}

/* Hand a file to gp-upload. Returns what became of it. */
static enum figures_upload
hand_over(struct crew *c, const char *stem, int fd)
{
	char time[JOURNAL_TIME_MAX];
	const struct plan_call call = { .time = time };
	enum figures_upload how = UPLOAD_KEPT;
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	const struct stage *s;

	journal_time(stem, time);
	s = crew_prepare(c, PLAN_UPLOAD, &call);
	if (null >= 0) {
		crew_run(c, PLAN_UPLOAD, fd, null, UPLOAD_DEADLINES);
		close(null);
		how = judge(s);
	}
	if (s->overdue)
		diag(DIAG_RUN_DEADLINE, NULL, 0, "%s", s->name);
	c->figures->uploads[how]++;
	c->degraded |= how == UPLOAD_DELIVERED && stage_exit_status(s) == 1;
	return how;
}

/* Put the profile where a crash does not reach it. False if that is impossible:
 * then gp-upload gets it all the same. */
static bool
keep(struct crew *c, const char *recording, const char *stem, int fd)
{
	const char *state = c->plan->state;

	if (journal_keep(state, stem, fd) != 0) {
		diag(DIAG_RUN_STATE, state, 0, "%s", strerror(errno));
		return false;
	}
	journal_forget(state, recording);
	return true;
}

static void
trim(struct crew *c)
{
	size_t removed = journal_trim(c->plan->state);

	for (c->figures->dropped += removed; removed; removed--)
		diag(DIAG_RUN_DROP, NULL, 0, "%s", c->plan->state);
}

int
delivery_send(struct crew *c, const char *recording, struct timespec end,
    int fd, bool *kept)
{
	const struct stage *s = &c->stage[PLAN_UPLOAD];
	const char *state = c->plan->state;
	char stem[JOURNAL_STEM_MAX];
	enum figures_upload how;

	journal_finish(stem, recording, end);
	*kept = keep(c, recording, stem, fd);
	how = hand_over(c, stem, fd);
	if (how != UPLOAD_KEPT) {
		*kept = true;
		journal_delivered(state, stem);
		journal_forget(state, recording);
		return how == UPLOAD_DELIVERED ? 0 : stage_exit_status(s);
	}
	trim(c);
	if (!*kept) {
		/* The recording stays, if that is in the journal. */
		diag_error("%s %s, and the profile cannot be kept in %s",
		    s->name, stage_how(s), state);
		return EX_CANTCREAT;
	}
	if (c->killed_by)
		return EX_TEMPFAIL;
	diag(DIAG_RUN_KEEP, NULL, 0, "%s %s; it is in %s", s->name,
	    stage_how(s), state);
	return stage_has_exited(s) ? stage_exit_status(s) : EX_TEMPFAIL;
}

void
delivery_send_kept(struct crew *c)
{
	char stem[JOURNAL_STEM_MAX] = "", after[JOURNAL_STEM_MAX];
	uint64_t until = monotonic_ns() + c->plan->deadline_ns;
	enum figures_upload how;
	int fd;

	while (c->nsignals == 0 && monotonic_ns() < until) {
		memcpy(after, stem, sizeof after);
		fd = journal_open(c->plan->state, after, stem);
		if (fd < 0)
			return;
		how = hand_over(c, stem, fd);
		close(fd);
		if (how == UPLOAD_KEPT)
			return;
		diag_verbose("an earlier profile, %s: %s", stem,
		    figures_upload_names[how]);
		journal_delivered(c->plan->state, stem);
	}
}
