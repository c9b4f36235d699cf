/*
 * publish.c - the figures of a cycle as metrics.
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/monotonic.h"
#include "base/parse.h"
#include "figures.h"
#include "journal.h"
#include "oom.h"
#include "ship/metrics.h"
#include "ship/places.h"
#include "ship/status.h"

enum { IO_BYTES_MAX = 4096 };

static const char *const outcomes[] = {
	"ok", "lossy", "deferred", "failed", "aborted", "killed",
};
enum outcome { OK, LOSSY, DEFERRED, FAILED, ABORTED, KILLED, OUTCOMES };

/* Diagnostics that are errors about pids: see gp-diag(7) for why the others are
 * not. */
static const enum diag_code about_pids[] = {
	DIAG_PROC_DENIED, DIAG_PROC_PARSE, DIAG_DISCOVER_READ,
	DIAG_RECORD_NOPID, DIAG_RECORD_TARGETS,
};

/* Labels, valid until the next call. */
static const char *labels(const char *fmt, ...) GP_PRINTF(1, 2);

static const char *
labels(const char *fmt, ...)
{
	static char text[METRICS_LABELS_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return text;
}

static double
seconds(uint64_t ns)
{
	uint64_t us = ns / 1000;

	return (double)us / 1e6;
}

static double
now(void)
{
	struct timespec ts;
	long ms;

	clock_gettime(CLOCK_REALTIME, &ts);
	ms = ts.tv_nsec / 1000000;
	return (double)ts.tv_sec + (double)ms / 1e3;
}

/* -- the cycle -------------------------------------------------------------- */

static enum outcome
outcome_of(const struct figures_cycle *c)
{
	if (c->killed)
		return ABORTED;
	if (c->status <= 1)
		return c->status ? LOSSY : OK;
	return c->status == EX_TEMPFAIL ? DEFERRED : FAILED;
}

/* What this process and those that it has waited for wrote to disk: CONFIG_
 * TASK_IO_ACCOUNTING; 0 without. */
static uint64_t
written_bytes(void)
{
	static const char key[] = "\nwrite_bytes: ";
	struct buf b = { 0 };
	uint64_t n = 0;
	const char *p;

	if (file_read_at(AT_FDCWD, "/proc/self/io", &b, IO_BYTES_MAX) == 0) {
		p = strstr(buf_str(&b), key);
		if (p && !parse_digits(p + sizeof key - 1,
		    strspn(p + sizeof key - 1, "0123456789"), &n))
			n = 0;
	}
	buf_free(&b);
	return n;
}

/* Most memory at once: gp-record and gp-symbolize run at the same time, the
 * others one by one, gp-run always. */
static double
peak_memory(const struct figures *f, uint64_t own)
{
	uint64_t most = f->stage[PLAN_RECORD].peak_bytes +
	    f->stage[PLAN_SYMBOLIZE].peak_bytes;

	for (size_t i = 0; i < PLAN_STAGES; i++)
		if (f->stage[i].peak_bytes > most)
			most = f->stage[i].peak_bytes;
	return (double)(most + own);
}

static void
put_cycle(struct metrics *m, const struct figures *f,
    const struct figures_cycle *c)
{
	enum outcome how = outcome_of(c);
	bool delivered = f->uploads[UPLOAD_DELIVERED] ||
	    f->uploads[UPLOAD_SPOOLED];

	if (isnan(metrics_get(m, METRIC_CREATED, NULL)))
		/* This cycle is counted, too. */
		metrics_set(m, METRIC_CREATED, NULL,
		    now() - seconds(monotonic_ns() - f->began));
	for (int i = 0; i < OUTCOMES; i++)
		metrics_add(m, METRIC_CYCLES, labels("outcome=\"%s\"",
		    outcomes[i]), i == (int)how ? 1 :
		    i == KILLED ? (double)f->killed : 0);
	metrics_set(m, METRIC_CYCLE_OVERLAPS, NULL,
	    (double)journal_overlaps(c->plan->state));
	metrics_set(m, METRIC_CYCLE_LAST, NULL, now());
	if (delivered)
		metrics_set(m, METRIC_CYCLE_LAST_SUCCESS, NULL, now());
	metrics_set(m, METRIC_CYCLE_DURATION, NULL,
	    seconds(monotonic_ns() - f->began));
	metrics_set(m, METRIC_CYCLE_STATUS, NULL, c->status);
	metrics_set(m, METRIC_CYCLE_PROCESSES, NULL, (double)f->processes);
	metrics_set(m, METRIC_CYCLE_PIPES, NULL, (double)f->pipes);
	metrics_add(m, METRIC_CYCLE_LEFT, NULL, (double)f->left);
	metrics_add(m, METRIC_CYCLE_WRITTEN, NULL, (double)written_bytes());
	metrics_set(m, METRIC_CYCLE_RECORDING, NULL,
	    (double)f->recording_bytes);
	metrics_set(m, METRIC_CYCLE_SAMPLED, NULL, (double)f->tally.processes);
	metrics_add(m, METRIC_OOM_KILLS, NULL,
	    (double)(oom_kills() - f->oom_before));
}

/* -- stages ----------------------------------------------------------------- */

static void
put_stage(struct metrics *m, const char *name, const struct figures_stage *g)
{
	for (int i = 0; i < FIGURES_ENDS; i++)
		metrics_add(m, METRIC_STAGE_ENDS, labels(
		    "stage=\"%s\",outcome=\"%s\"", name, figures_end_names[i]),
		    (double)g->ends[i]);
	metrics_add(m, METRIC_STAGE_CPU, labels("stage=\"%s\"", name),
	    seconds(g->cpu_ns));
	metrics_set(m, METRIC_STAGE_DURATION, labels("stage=\"%s\"", name),
	    seconds(g->duration_ns));
	metrics_set(m, METRIC_STAGE_MEMORY, labels("stage=\"%s\"", name),
	    (double)g->peak_bytes);
	metrics_set(m, METRIC_STAGE_DESCRIPTORS, labels("stage=\"%s\"", name),
	    (double)g->descriptors);
}

static void
put_stages(struct metrics *m, const struct figures *f)
{
	struct rusage u = { 0 };
	double own;

	for (size_t i = 0; i < PLAN_STAGES; i++) {
		const struct figures_stage *g = &f->stage[i];

		put_stage(m, plan_stage_names[i], g);
		if (g->ends[END_CRASHED])
			metrics_set(m, METRIC_STAGE_LAST_CRASH, NULL, now());
		if (g->ends[END_OUT_OF_MEMORY])
			metrics_set(m, METRIC_OOM_LAST, NULL, now());
	}
	getrusage(RUSAGE_SELF, &u);
	own = (double)u.ru_utime.tv_sec + (double)u.ru_stime.tv_sec +
	    (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
	metrics_add(m, METRIC_STAGE_CPU, "stage=\"run\"", own);
	metrics_set(m, METRIC_STAGE_MEMORY, "stage=\"run\"",
	    metrics_own_memory());
	metrics_set(m, METRIC_CYCLE_MEMORY, NULL,
	    peak_memory(f, (uint64_t)metrics_own_memory()));
}

/* -- what was said ---------------------------------------------------------- */

static uint64_t
times_said(const struct figures_cycle *c, enum diag_code code)
{
	uint64_t n = diag_count(code);

	for (size_t i = 0; i < PLAN_STAGES; i++)
		n += c->said[i].count[code];
	return n;
}

static void
put_diagnostics(struct metrics *m, const struct figures_cycle *c)
{
	static const char *const levels[] = {
		[DIAG_LEVEL_NOTE] = "note", [DIAG_LEVEL_WARN] = "warn",
		[DIAG_LEVEL_LOSS] = "loss",
	};
	uint64_t errors = c->failed, pids = 0;

	for (size_t i = 0; i < PLAN_STAGES; i++)
		errors += c->said[i].errors;
	metrics_add(m, METRIC_LOG_ERRORS, NULL, (double)errors);
	for (int i = 0; i < DIAG_CODES; i++) {
		enum diag_code code = (enum diag_code)i;

		metrics_add(m, METRIC_DIAGNOSTICS, labels(
		    "code=\"%s\",level=\"%s\"", diag_name(code),
		    levels[diag_level(code)]), (double)times_said(c, code));
	}
	for (size_t i = 0; i < GP_COUNT(about_pids); i++)
		pids += times_said(c, about_pids[i]);
	metrics_add(m, METRIC_PID_ERRORS, NULL, (double)pids);
}

/* -- profiles --------------------------------------------------------------- */

static void
put_samples(struct metrics *m, const struct tally *t)
{
	metrics_add(m, METRIC_SAMPLES, NULL, (double)t->samples);
	metrics_add(m, METRIC_SAMPLES_TRUNCATED, NULL, (double)t->truncated);
	metrics_add(m, METRIC_SAMPLES_NATIVE, NULL, (double)t->native);
	metrics_add(m, METRIC_FRAMES, NULL, (double)t->frames);
	metrics_add(m, METRIC_FRAMES_UNNAMED, NULL, (double)t->unnamed);
	for (size_t i = 0; i < TALLY_NREASONS; i++)
		metrics_add(m, METRIC_SAMPLES_LOST, labels("reason=\"%s\"",
		    tally_reason_names[i]), (double)t->lost[i]);
	for (size_t i = 0; i < TALLY_NLANGUAGES; i++) {
		metrics_add(m, METRIC_LANGUAGE_SAMPLES, labels(
		    "language=\"%s\"", tally_language_names[i]),
		    (double)t->covered[i]);
		if (tally_is_told(i))
			metrics_add(m, METRIC_LANGUAGE_MISSED, labels(
			    "language=\"%s\"", tally_language_names[i]),
			    (double)t->missed[i]);
	}
}

static void
put_profiles(struct metrics *m, const struct figures *f,
    const struct plan *plan)
{
	for (int i = 0; i < FIGURES_UPLOADS; i++)
		metrics_add(m, METRIC_PROFILES, labels("outcome=\"%s\"",
		    figures_upload_names[i]), (double)f->uploads[i]);
	metrics_add(m, METRIC_PROFILES_DROPPED, NULL, (double)f->dropped);
	metrics_add(m, METRIC_RECOVERED, NULL, (double)f->recovered);
	metrics_set(m, METRIC_UNSENT, NULL,
	    (double)journal_unsent(plan->state));
}

static void
put_target(struct metrics *m, const struct status_target *t)
{
	const struct {
		enum metric which;
		uint64_t value;
	} values[] = {
		{ METRIC_TARGET_WAITING, t->waiting },
		{ METRIC_TARGET_OLDEST, t->oldest_s },
		{ METRIC_TARGET_FAILURES, t->state.failures },
		{ METRIC_TARGET_SENT, t->state.sent },
		{ METRIC_TARGET_SENT_BYTES, t->state.sent_bytes },
		{ METRIC_TARGET_REJECTED, t->state.rejected },
		{ METRIC_TARGET_DROPPED, t->dropped },
		{ METRIC_TARGET_ATTEMPTS, t->state.attempts },
		{ METRIC_TARGET_LAST_SENT, t->state.last_sent },
	};

	for (size_t i = 0; i < GP_COUNT(values); i++)
		metrics_set(m, values[i].which, labels("target=\"%s\"",
		    t->name), (double)values[i].value);
}

/* gp-upload's spool. It counts for itself, so these are its numbers. */
static void
put_spool(struct metrics *m, const struct plan *plan)
{
	char path[PLACES_PATH_MAX];
	struct status st = { 0 };

	if (plan->spool)
		snprintf(path, sizeof path, "%s", plan->spool);
	else
		places_spool(path, plan->conf);
	if (status_read(&st, path, time(NULL)) == 0) {
		metrics_set(m, METRIC_SPOOL_PROFILES, NULL,
		    (double)st.waiting.files);
		metrics_set(m, METRIC_SPOOL_BYTES, NULL,
		    (double)st.waiting.bytes);
		metrics_set(m, METRIC_SPOOL_OLDEST, NULL, (double)st.oldest_s);
		metrics_set(m, METRIC_SPOOL_REJECTED, NULL,
		    (double)st.rejected.files);
		for (size_t i = 0; i < st.targets; i++)
			put_target(m, &st.target[i]);
	} else {
		diag_verbose("%s:", path);
	}
	status_free(&st);
}

/* -- the files -------------------------------------------------------------- */

static void
write_file(const struct metrics *m, const char *path)
{
	if (metrics_write(m, path) != 0)
		diag(DIAG_RUN_METRICS, path, 0, "%s", strerror(errno));
}

void
figures_write(const struct figures *f, const struct figures_cycle *c)
{
	struct metrics m = { 0 };
	struct buf path = { 0 };

	buf_addf(&path, "%s/metrics.prom", c->plan->state);
	if (metrics_read(&m, path.s) != 0 && errno != ENOENT)
		diag(DIAG_RUN_METRICS, path.s, 0, "%s; the counters start anew",
		    errno == EINVAL ? "it is not what gp-run wrote" :
		    strerror(errno));
	metrics_next(&m);
	put_cycle(&m, f, c);
	put_stages(&m, f);
	put_diagnostics(&m, c);
	put_samples(&m, &f->tally);
	put_profiles(&m, f, c->plan);
	put_spool(&m, c->plan);
	write_file(&m, path.s);
	if (c->plan->metrics)
		write_file(&m, c->plan->metrics);
	buf_free(&path);
	metrics_free(&m);
}
