#include "cycle.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "delivery.h"
#include "phases.h"

/* -- where it goes ---------------------------------------------------------- */

static int
write_output(struct cycle *c, int fd)
{
	struct file_new f;

	if (strcmp(c->plan->output, "-") == 0) {
		if (journal_copy(STDOUT_FILENO, fd) == 0)
			return 0;
		return phase_fail(c, EX_IOERR, "standard output: %s",
		    strerror(errno));
	}
	if (file_new(&f, c->plan->output, 0644) == 0 &&
	    journal_copy(f.fd, fd) == 0 && file_new_commit(&f) == 0)
		return 0;
	file_new_abort(&f);
	return phase_fail(c, EX_CANTCREAT, "cannot write %s: %s", c->plan->output,
	    strerror(errno));
}

static int
deliver(struct cycle *c, int fd)
{
	struct timespec now;
	bool kept;
	int status;

	if (c->plan->output)
		return write_output(c, fd);
	if (c->crew.feed.sums.lines == 0) {
		diag_verbose("no samples: nothing to upload");
		return 0;
	}
	if (!c->stem[0])
		journal_stem(c->stem);
	clock_gettime(CLOCK_REALTIME, &now);
	status = delivery_send(&c->crew, c->stem, now, fd, &kept);
	c->stays = !kept;
	if (status == 0)
		delivery_send_kept(&c->crew);
	return status;
}

/* -- recordings of cycles that were killed ---------------------------------- */

/* It was not worth the trouble, or has made trouble before. */
static void
drop_recording(struct cycle *c, const char *stem, const char *why)
{
	const struct scan *s = &c->crew.feed.sums;
	uint64_t n = s->samples > s->progress ? s->samples : s->progress;

	c->figures.dropped++;
	c->figures.tally.lost[TALLY_RUN_DIED] += n;
	diag(DIAG_RUN_GONE, NULL, 0, "%.19s: %s; %llu samples or more", stem,
	    why, (unsigned long long)n);
	journal_forget(c->plan->state, stem);
}

/* Make the nameless files empty again. */
static int
empty_files(struct cycle *c)
{
	return ftruncate(c->named, 0) == 0 && ftruncate(c->folded, 0) == 0 &&
	    lseek(c->named, 0, SEEK_SET) == 0 &&
	    lseek(c->folded, 0, SEEK_SET) == 0 ? 0 : -1;
}

/* Name, fold and deliver what the file raw holds of a recording that came to an
 * end then. False if nothing has it but that file. */
static bool
make_good(struct cycle *c, const char *stem, struct timespec end, int *raw)
{
	const struct plan_call call = { 0 };
	bool kept;
	int fd;

	crew_prepare(&c->crew, PLAN_SYMBOLIZE, &call);
	crew_run(&c->crew, PLAN_SYMBOLIZE, *raw, c->named, 1);
	if (c->crew.killed_by)
		return false;
	folding_judge_names(c, raw);
	fd = folding_collapse(c);
	if (c->crew.killed_by)
		return false;
	if (delivery_send(&c->crew, stem, end, fd, &kept) > 1)
		diag_verbose("%.19s: for the next cycle", stem);
	if (!kept)
		return false;
	diag(DIAG_RUN_DIED, NULL, 0, "%.19s: %llu samples are delivered, %llu "
	    "lost or more", stem,
	    (unsigned long long)c->crew.feed.sums.samples,
	    (unsigned long long)c->crew.feed.missing);
	c->figures.recovered++;
	return true;
}

/* why: a reason not to try; or NULL. */
static void
recover_one(struct cycle *c, const char *stem, int raw, const char *why)
{
	struct feed *f = &c->crew.feed;
	int named = c->named, other = raw;
	struct stat st;

	feed_free(f);
	/* When it was last written to, before that is done again. */
	if (fstat(raw, &st) < 0 || feed_reopen(f, raw) < 0 || feed_end(f) < 0) {
		diag(DIAG_RUN_STATE, c->plan->state, 0, "%s", strerror(errno));
		journal_leave(c->plan->state, stem);
		return;
	}
	if (!why && (!f->sums.is_stream || f->sums.lines == 0))
		why = "nothing had been written";
	if (why)
		drop_recording(c, stem, why);
	else if (empty_files(c) != 0 ||
	    !make_good(c, stem, st.st_mtim, &other))
		journal_leave(c->plan->state, stem);
	c->named = named; /* if they were exchanged: raw is not ours */
}

/* Go on with what cycles left that were killed. */
static void
recover(struct cycle *c)
{
	char stem[JOURNAL_STEM_MAX] = "", after[JOURNAL_STEM_MAX];
	size_t n = journal_recordings(c->plan->state);
	enum journal_past past;
	int fd;

	while (c->crew.nsignals == 0) {
		memcpy(after, stem, sizeof after);
		fd = journal_next(c->plan->state, after, stem, &past);
		if (fd < 0)
			return;
		c->figures.killed += past == JOURNAL_DIED;
		recover_one(c, stem, fd, past == JOURNAL_TRIED ?
		    "it was tried before" :
		    n > JOURNAL_RECORDINGS_MAX ? "there are too many" : NULL);
		n--;
		close(fd);
	}
}

/* -- all of it -------------------------------------------------------------- */

/* From the kernel to a file that can be delivered: a descriptor in *fd. */
static int
make_profile(struct cycle *c, int *fd)
{
	int status = recording_make(c);

	if (status != 0 || c->crew.killed_by)
		return status;
	folding_judge_names(c, &c->raw);
	*fd = folding_collapse(c);
	return 0;
}

static int
phases(struct cycle *c)
{
	int fd = -1, status = make_profile(c, &fd);

	if (c->crew.killed_by) {
		c->stays = true;
		status = EX_TEMPFAIL;
	} else if (fd >= 0) {
		status = deliver(c, fd);
	}
	if (!c->plan->state)
		return status;
	if (c->stays) {
		/* Its file may be one of ours now, and there is no room. */
		if (c->stem[0])
			journal_leave(c->plan->state, c->stem);
		return status;
	}
	/* What is kept has been copied; what is not would be tried again, and
	 * fail again. */
	if (c->stem[0])
		journal_forget(c->plan->state, c->stem);
	recover(c);
	return status;
}

/* What a cycle that gives no profile says, for the figures. */
static void
publish(struct cycle *c, int status)
{
	const struct figures_cycle how = {
		.plan = c->plan,
		.said = c->crew.said,
		.status = status,
		.killed = c->crew.killed_by || c->ended,
		.failed = c->fatal->len && !c->ended,
	};

	if (c->plan->state)
		figures_write(&c->figures, &how);
}

int
cycle_run(const struct plan *plan, int signals, int *killed_by,
    struct buf *fatal)
{
	struct cycle c = { .plan = plan, .fatal = fatal };
	int status;

	figures_begin(&c.figures);
	c.raw = recording_open(&c);
	c.named = phase_nameless(plan->tmpdir);
	c.folded = phase_nameless(plan->tmpdir);
	if (c.raw < 0 || c.named < 0 || c.folded < 0) {
		status = errno;
		if (c.stem[0])
			journal_forget(plan->state, c.stem);
		errno = status;
		return phase_fail(&c, EX_CANTCREAT, "cannot make a file in %s: %s",
		    plan->tmpdir, strerror(errno));
	}
	crew_init(&c.crew, plan, signals, &c.figures);
	status = phases(&c);
	crew_done(&c.crew);
	close(c.raw);
	close(c.named);
	close(c.folded);
	status = status == 0 && (c.crew.degraded || diag_status()) ? 1 : status;
	publish(&c, status);
	*killed_by = c.crew.killed_by;
	return status;
}
