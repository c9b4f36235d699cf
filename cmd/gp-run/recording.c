#include "base/monotonic.h"
#include "phases.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "feed.h"
#include "stage.h"

enum { DRAIN_READS = 64 };

int
phase_fail(struct cycle *c, int status, const char *fmt, ...)
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

int
phase_nameless(const char *dir)
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

int
recording_open(struct cycle *c)
{
	const char *state = c->plan->state;
	int fd = -1;

	if (state) {
		c->figures.killed += journal_tidy(state);
		fd = journal_record(state, c->stem);
		if (fd < 0)
			diag(DIAG_RUN_STATE, state, 0, "%s", strerror(errno));
	}
	return fd < 0 ? phase_nameless(c->plan->tmpdir) : fd;
}

/* Returns a file with the list of targets, or -1. */
static int
discover(struct cycle *c)
{
	const struct plan_call call = { 0 };
	int null, fd;

	crew_prepare(&c->crew, PLAN_DISCOVER, &call);
	fd = phase_nameless(c->plan->tmpdir);
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
	rec->deadline = monotonic_ns() + c->plan->duration_ns +
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
			sym->deadline = monotonic_ns() + c->plan->deadline_ns;
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
		return phase_fail(c, status, "%s %s; nothing was recorded",
		    rec->name, stage_how(rec));
	c->figures.tally.lost[TALLY_RECORD_DIED] += f->missing;
	return phase_fail(c, status, "%s %s; nothing was recorded, %llu samples are "
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
		return phase_fail(c, EX_IOERR, "cannot store the recording: %s",
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

int
recording_make(struct cycle *c)
{
	int targets = -1;

	if (c->plan->discover)
		targets = discover(c);
	if (c->crew.nsignals) {
		c->ended = true;
		return phase_fail(c, EX_OSERR, "ended before the recording");
	}
	if (start_recording(c, targets) < 0)
		return phase_fail(c, EX_OSERR, "%s", strerror(errno));
	if (relay(c) < 0) {
		c->stays = true;
		return phase_fail(c, EX_OSERR, "the recording cannot be read "
		    "back: %s", strerror(errno));
	}
	if (targets >= 0)
		close(targets);
	return c->crew.killed_by ? 0 : judge_recording(c);
}
