#include "cycle.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "crew.h"
#include "delivery.h"
#include "journal.h"
#include "plain.h"

enum { DRAIN_READS = 64 };

struct cycle {
	const struct plan *plan;
	struct crew crew;
	struct figures figures;
	struct buf *fatal;
	int raw;           /* of this recording: the journal's, or nameless */
	int named, folded; /* nameless files */
	char stem[JOURNAL_STEM_MAX]; /* of the recording */
	struct scan named_sums;
};

static int fail(struct cycle *c, int status, const char *fmt, ...)
    GP_PRINTF(3, 4);

/* There will be no profile: say why, once. */
static int
fail(struct cycle *c, int status, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	buf_reset(c->fatal);
	buf_adds(c->fatal, text);
	return status;
}

static void
check_sums(const char *name, uint64_t in, uint64_t out)
{
	if (in != out)
		diag(DIAG_RUN_SUM, NULL, 0, "%s: %llu in, %llu out", name,
		    (unsigned long long)in, (unsigned long long)out);
}

/* -- files ------------------------------------------------------------------ */

static int
open_nameless(const char *dir)
{
	char path[4096];
	int fd;

	fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR))
		return fd;
	if (snprintf(path, sizeof path, "%s/gp-run.XXXXXX", dir) >=
	    (int)sizeof path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		unlink(path);
	return fd;
}

/* The file that is recorded into. */
static int
open_recording(struct cycle *c)
{
	const char *state = c->plan->state;
	int fd = -1;

	if (state) {
		c->figures.killed += journal_tidy(state);
		fd = journal_record(state, c->stem);
		if (fd < 0)
			diag(DIAG_RUN_STATE, state, 0, "%s", strerror(errno));
	}
	return fd < 0 ? open_nameless(c->plan->tmpdir) : fd;
}

/* Make the nameless files empty again. */
static int
empty_files(struct cycle *c)
{
	return ftruncate(c->named, 0) == 0 && ftruncate(c->folded, 0) == 0 &&
	    lseek(c->named, 0, SEEK_SET) == 0 &&
	    lseek(c->folded, 0, SEEK_SET) == 0 ? 0 : -1;
}

/* -- recording -------------------------------------------------------------- */

/* Returns a file with the list of targets, or -1. */
static int
discover(struct cycle *c)
{
	const struct plan_call call = { 0 };
	int null, fd;

	crew_prepare(&c->crew, PLAN_DISCOVER, &call);
	fd = open_nameless(c->plan->tmpdir);
	null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && null >= 0)
		crew_run(&c->crew, PLAN_DISCOVER, null, fd, 1);
	if (null >= 0)
		close(null);
	if (crew_account(&c->crew, PLAN_DISCOVER,
	    "all processes are recorded") && lseek(fd, 0, SEEK_SET) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/* Start gp-record and gp-symbolize with the feed between them. */
static int
start_recording(struct cycle *c, int targets)
{
	const struct plan_call call = { .targets = targets >= 0 };
	struct stage *rec = crew_prepare(&c->crew, PLAN_RECORD, &call);
	int from[2], to[2], in;

	crew_prepare(&c->crew, PLAN_SYMBOLIZE, &call);
	in = targets >= 0 ? targets :
	    open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (in < 0 || pipe2(from, O_CLOEXEC) < 0)
		return -1;
	if (pipe2(to, O_CLOEXEC) < 0) {
		close(from[0]);
		close(from[1]);
		return -1;
	}
	feed_init(&c->crew.feed, from[0], to[1], c->raw, c->plan->size_max);
	crew_start(&c->crew, PLAN_SYMBOLIZE, to[0], c->named);
	crew_start(&c->crew, PLAN_RECORD, in, from[1]);
	rec->deadline = stage_now() + c->plan->duration_ns +
	    c->plan->deadline_ns;
	close(to[0]);
	close(from[1]);
	if (in != targets)
		close(in);
	return 0;
}

/* Until both have ended. Returns 0, or -1 if the file cannot be read back. */
static int
relay(struct cycle *c)
{
	struct stage *rec = &c->crew.stage[PLAN_RECORD];
	struct stage *sym = &c->crew.stage[PLAN_SYMBOLIZE];
	struct feed *f = &c->crew.feed;
	bool ended = false;
	int r = 0;

	while (!ended || stage_is_running(rec) || stage_is_running(sym)) {
		if (!stage_is_running(rec))
			/* A process that it left behind may hold the pipe
			 * open: what is in it now is all there will be. */
			for (int i = 0; i < DRAIN_READS && feed_read(f); i++)
				;
		if (!ended && (f->in < 0 || !stage_is_running(rec))) {
			ended = true;
			r = feed_end(f);
			feed_write(f);
			sym->deadline = stage_now() + c->plan->deadline_ns;
			continue;
		}
		if (f->cut_errno)
			stage_ask(rec);
		crew_wait(&c->crew);
	}
	c->figures.recording_bytes = f->stored;
	return r;
}

/* Nothing came of it: the exit status, and what is known to be lost. */
static int
no_recording(struct cycle *c)
{
	const struct stage *rec = &c->crew.stage[PLAN_RECORD];
	const struct feed *f = &c->crew.feed;
	int status = stage_is_good(rec) ? EX_DATAERR : stage_exit_status(rec);

	if (!f->missing)
		return fail(c, status, "%s %s; nothing was recorded",
		    rec->name, stage_how(rec));
	c->figures.tally.lost[TALLY_RECORD_DIED] += f->missing;
	return fail(c, status, "%s %s; nothing was recorded, %llu samples are "
	    "lost or more", rec->name, stage_how(rec),
	    (unsigned long long)f->missing);
}

/* What came of the recording. Returns 0 if there is something to go on with,
 * else the exit status. */
static int
judge_recording(struct cycle *c)
{
	struct stage *rec = &c->crew.stage[PLAN_RECORD];
	struct feed *f = &c->crew.feed;
	bool good = stage_is_good(rec);

	if (rec->overdue)
		diag(DIAG_RUN_DEADLINE, NULL, 0, "%s", rec->name);
	if (f->cut_errno && f->sums.lines == 0)
		return fail(c, EX_IOERR, "cannot store the recording: %s",
		    strerror(f->cut_errno));
	if (!f->sums.is_stream || (!good && f->sums.lines == 0))
		return no_recording(c);
	if (f->cut_errno)
		diag(DIAG_RUN_CUT, NULL, 0, "%s: %llu samples lost",
		    f->cut_errno == EFBIG ? "--size is reached" :
		    strerror(f->cut_errno), (unsigned long long)f->missing);
	else if ((!good || f->repaired) && f->missing)
		diag(DIAG_RUN_CUT, NULL, 0, "%s %s: %llu samples lost or more",
		    rec->name, stage_how(rec),
		    (unsigned long long)f->missing);
	else if (!good || f->repaired)
		diag(DIAG_RUN_CUT, NULL, 0, "%s %s", rec->name,
		    stage_how(rec));
	else if (stage_exit_status(rec) == 1)
		c->crew.degraded = true;
	return 0;
}

/* -- naming and folding ----------------------------------------------------- */

/* Do without gp-symbolize: from the file raw. */
static void
name_plainly(struct cycle *c, int *raw)
{
	int fd = c->named;

	if (plain_write(fd, *raw) == 0 &&
	    scan_file(fd, &c->named_sums, NULL) == 0)
		return;
	/* A full disk: the recording itself is what can be had, and the other
	 * file's space is for the folded one. */
	diag(DIAG_RUN_STAGE, NULL, 0, "%s: %s; the recording stays as it was",
	    c->plan->tmpdir, strerror(errno));
	if (ftruncate(fd, 0) < 0)
		diag_say("%s: %s", c->plan->tmpdir, strerror(errno));
	c->named = *raw;
	*raw = fd;
	c->named_sums = c->crew.feed.sums;
}

/* Have a named stream in c->named, whatever gp-symbolize did. */
static void
judge_names(struct cycle *c, int *raw)
{
	const char *name = plan_commands[PLAN_SYMBOLIZE];
	const struct scan *in = &c->crew.feed.sums;
	struct scan *out = &c->named_sums;
	struct tally tally = { 0 };
	bool good, whole;

	good = crew_account(&c->crew, PLAN_SYMBOLIZE,
	    "addresses stand for names");
	whole = scan_file(c->named, out, NULL) == 0 && scan_is_whole(out);
	if (good && !whole)
		diag(DIAG_RUN_STAGE, NULL, 0, "%s: its output %s; addresses "
		    "stand for names", name, stream_strerror(out->err));
	if (!whole || (!good &&
	    out->samples + out->lost != in->samples + in->lost))
		name_plainly(c, raw);
	check_sums(name, in->samples + in->lost, out->samples + out->lost);
	if (scan_file(c->named, out, &tally) == 0)
		tally_add(&c->figures.tally, &tally);
}

/* Returns the file to deliver: the folded one, or the named one in its place. */
static int
collapse(struct cycle *c)
{
	const char *name = plan_commands[PLAN_COLLAPSE];
	const struct scan *in = &c->named_sums;
	const struct plan_call call = { 0 };
	struct scan out;
	uint64_t before, after;
	bool good, filters;

	crew_prepare(&c->crew, PLAN_COLLAPSE, &call);
	crew_run(&c->crew, PLAN_COLLAPSE, c->named, c->folded, 1);
	good = crew_account(&c->crew, PLAN_COLLAPSE,
	    "the stream stays as it was");
	if (scan_file(c->folded, &out, NULL) < 0)
		return c->named;
	/* Without --meta it says neither what is lost nor what is filtered. */
	before = in->samples + (out.is_stream ? in->lost : 0);
	after = out.samples + out.filtered + (out.is_stream ? out.lost : 0);
	filters = !out.is_stream && plan_has_more(c->plan, PLAN_COLLAPSE);
	if (!good && (filters || before != after))
		return c->named;
	if (!filters || after > before)
		check_sums(name, before, after);
	return c->folded;
}

/* -- where it goes ---------------------------------------------------------- */

static int
write_output(struct cycle *c, int fd)
{
	struct file_new f;

	if (strcmp(c->plan->output, "-") == 0) {
		if (journal_copy(STDOUT_FILENO, fd) == 0)
			return 0;
		return fail(c, EX_IOERR, "standard output: %s",
		    strerror(errno));
	}
	if (file_new(&f, c->plan->output, 0644) == 0 &&
	    journal_copy(f.fd, fd) == 0 && file_new_commit(&f) == 0)
		return 0;
	file_new_abort(&f);
	return fail(c, EX_CANTCREAT, "cannot write %s: %s", c->plan->output,
	    strerror(errno));
}

static int
deliver(struct cycle *c, int fd)
{
	struct timespec now;
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
	status = delivery_send(&c->crew, c->stem, now, fd);
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

/* Name, fold and deliver what the file raw holds of a recording that came to its
 * end then. */
static void
make_good(struct cycle *c, const char *stem, struct timespec end, int raw)
{
	const struct plan_call call = { 0 };
	int other = raw, fd;

	crew_prepare(&c->crew, PLAN_SYMBOLIZE, &call);
	crew_run(&c->crew, PLAN_SYMBOLIZE, raw, c->named, 1);
	if (c->crew.killed_by)
		return;
	judge_names(c, &other);
	fd = collapse(c);
	if (c->crew.killed_by)
		return;
	diag(DIAG_RUN_DIED, NULL, 0, "%.19s: %llu samples are delivered, %llu "
	    "lost or more", stem,
	    (unsigned long long)c->crew.feed.sums.samples,
	    (unsigned long long)c->crew.feed.missing);
	c->figures.recovered++;
	if (delivery_send(&c->crew, stem, end, fd) > 1)
		diag_verbose("%.19s: for the next cycle", stem);
	if (c->named == raw)
		c->named = other; /* they were exchanged; raw is not ours */
}

/* why: a reason not to try; or NULL. */
static void
recover_one(struct cycle *c, const char *stem, int raw, const char *why)
{
	struct feed *f = &c->crew.feed;
	struct stat st;

	feed_free(f);
	/* When it was last written to, before that is done again. */
	if (fstat(raw, &st) < 0 || feed_reopen(f, raw) < 0 || feed_end(f) < 0) {
		diag(DIAG_RUN_STATE, c->plan->state, 0, "%s", strerror(errno));
		return;
	}
	if (!why && (!f->sums.is_stream || f->sums.lines == 0))
		why = "nothing had been written";
	if (why)
		drop_recording(c, stem, why);
	else if (empty_files(c) == 0)
		make_good(c, stem, st.st_mtim, raw);
}

/* Go on with what cycles left that were killed. */
static void
recover(struct cycle *c)
{
	char stem[JOURNAL_STEM_MAX] = "", after[JOURNAL_STEM_MAX];
	size_t n = journal_recordings(c->plan->state);
	bool again;
	int fd;

	while (c->crew.nsignals == 0) {
		memcpy(after, stem, sizeof after);
		fd = journal_next(c->plan->state, after, stem, &again);
		if (fd < 0)
			return;
		c->figures.killed += !again;
		recover_one(c, stem, fd, again ? "it was tried before" :
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
	int targets = -1, status;

	if (c->plan->discover)
		targets = discover(c);
	if (c->crew.nsignals)
		return fail(c, EX_TEMPFAIL, "ended before the recording");
	if (start_recording(c, targets) < 0 || relay(c) < 0)
		return fail(c, EX_OSERR, "%s", strerror(errno));
	if (targets >= 0)
		close(targets);
	if (c->crew.killed_by)
		return 0;
	if ((status = judge_recording(c)) != 0)
		return status;
	judge_names(c, &c->raw);
	*fd = collapse(c);
	return 0;
}

static int
phases(struct cycle *c)
{
	int fd = -1, status = make_profile(c, &fd);

	if (c->crew.killed_by)
		return EX_TEMPFAIL; /* the next cycle finds the recording */
	if (fd >= 0)
		status = deliver(c, fd);
	if (!c->plan->state)
		return status;
	/* What is kept has been copied; what is not would be tried again, and
	 * fail again. */
	if (c->stem[0] && status != EX_CANTCREAT)
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
		.killed = c->crew.killed_by != 0,
		.failed = c->fatal->len && status != EX_TEMPFAIL,
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
	c.raw = open_recording(&c);
	c.named = open_nameless(plan->tmpdir);
	c.folded = open_nameless(plan->tmpdir);
	if (c.raw < 0 || c.named < 0 || c.folded < 0) {
		status = errno;
		if (c.stem[0])
			journal_forget(plan->state, c.stem);
		errno = status;
		return fail(&c, EX_CANTCREAT, "cannot make a file in %s: %s",
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
