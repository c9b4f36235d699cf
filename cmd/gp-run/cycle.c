#include "cycle.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/file.h"
#include "ship/stamp.h"
#include "feed.h"
#include "keep.h"
#include "plain.h"
#include "scan.h"

/* gp-upload gets more: it waits for a server, and retries. */
enum { DRAIN_READS = 64, UPLOAD_DEADLINES = 2 };

const char *const cycle_stage_names[CYCLE_STAGES] = {
	"discover", "record", "symbolize", "collapse", "upload",
};

struct cycle {
	const struct cycle_options *o;
	struct stage stage[CYCLE_STAGES];
	struct feed feed;
	int signals;
	int nsignals;     /* how many came */
	int killed_by;
	bool degraded;    /* a stage said that data was lost */
	struct arena mem;
	struct buf *fatal;
	int raw, named, folded; /* nameless files */
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

/* -- waiting ---------------------------------------------------------------- */

static void
take_signal(struct cycle *c)
{
	struct signalfd_siginfo si;

	if (read(c->signals, &si, sizeof si) != sizeof si)
		return;
	if (++c->nsignals > 1) {
		c->killed_by = (int)si.ssi_signo;
		return;
	}
	diag_say("SIG%s: ending early (once more: at once)",
	    sigabbrev_np((int)si.ssi_signo));
	stage_ask(&c->stage[CYCLE_DISCOVER]);
	stage_ask(&c->stage[CYCLE_RECORD]);
}

static int
timeout_ms(const struct cycle *c, uint64_t now)
{
	uint64_t next = STAGE_NEVER;

	for (size_t i = 0; i < CYCLE_STAGES; i++)
		if (stage_is_running(&c->stage[i]) &&
		    c->stage[i].deadline < next)
			next = c->stage[i].deadline;
	if (next == STAGE_NEVER)
		return -1;
	if (next <= now)
		return 0;
	next = (next - now) / 1000000 + 1;
	return next > 3600000 ? 3600000 : (int)next;
}

/* Wait for something to happen, and let it: what every phase of the cycle
 * repeats until the stages that it waits for have ended. */
static void
wait_some(struct cycle *c)
{
	struct pollfd p[CYCLE_STAGES + 3];
	struct feed *f = &c->feed;
	nfds_t n = 0;

	p[n++] = (struct pollfd){ .fd = c->signals, .events = POLLIN };
	p[n++] = (struct pollfd){ .fd = f->in, .events = POLLIN };
	p[n++] = (struct pollfd){ .fd = feed_wants_write(f) ? f->out : -1,
	    .events = POLLOUT };
	for (size_t i = 0; i < CYCLE_STAGES; i++)
		if (stage_is_running(&c->stage[i]))
			p[n++] = (struct pollfd){ .fd = c->stage[i].pidfd,
			    .events = POLLIN };
	if (poll(p, n, timeout_ms(c, stage_now())) > 0) {
		if (p[0].revents)
			take_signal(c);
		if (p[1].revents)
			feed_read(f);
		if (p[2].revents)
			feed_write(f);
	}
	for (size_t i = 0; i < CYCLE_STAGES; i++) {
		if (c->killed_by)
			stage_kill(&c->stage[i]);
		stage_step(&c->stage[i], stage_now());
	}
}

/* -- stages ----------------------------------------------------------------- */

static struct stage *
prepare(struct cycle *c, enum cycle_stage which)
{
	static const char *const names[CYCLE_STAGES] = {
		"gp-discover", "gp-record", "gp-symbolize", "gp-collapse",
		"gp-upload",
	};
	struct stage *s = &c->stage[which];
	struct buf path = { 0 };

	buf_addf(&path, "%s/%s", c->o->bindir, names[which]);
	stage_init(s, names[which],
	    arena_strndup(&c->mem, path.s, path.len));
	buf_free(&path);
	if (s->patience_ns > c->o->deadline_ns)
		s->patience_ns = c->o->deadline_ns;
	if (diag_verbosity() != 0)
		stage_arg(s, diag_verbosity() < 0 ? "-q" : "-v");
	return s;
}

static void
add_option(struct stage *s, const char *option, const char *value)
{
	if (!value)
		return;
	stage_arg(s, option);
	stage_arg(s, value);
}

static void
add_passed(struct cycle *c, enum cycle_stage which)
{
	for (size_t i = 0; i < c->o->passes; i++)
		if (c->o->pass[i].stage == which)
			stage_arg(&c->stage[which], c->o->pass[i].arg);
}

static bool
has_passed(const struct cycle *c, enum cycle_stage which)
{
	for (size_t i = 0; i < c->o->passes; i++)
		if (c->o->pass[i].stage == which)
			return true;
	return false;
}

/* Start a stage; a failure to do so is that stage's failure. */
static void
start(struct cycle *c, struct stage *s, int in, int out)
{
	if (c->killed_by)
		return;
	if (stage_start(s, in, out, &c->o->limits) < 0)
		diag_say("cannot start %s: %s", s->name, strerror(errno));
}

/* Run a stage from one file to another, and wait for it: so many deadlines
 * long. */
static void
run(struct cycle *c, struct stage *s, int in, int out, unsigned deadlines)
{
	if (lseek(in, 0, SEEK_SET) < 0 && errno != ESPIPE)
		return;
	start(c, s, in, out);
	s->deadline = stage_now() + deadlines * c->o->deadline_ns;
	while (stage_is_running(s))
		wait_some(c);
}

/* Report how a stage ended, if it is worth a line. True if it ended well. */
static bool
account(struct cycle *c, struct stage *s, const char *instead)
{
	bool good = stage_is_good(s);

	if (s->overdue)
		diag(DIAG_RUN_DEADLINE, NULL, 0, "%s", s->name);
	if (good && stage_exit_status(s) == 1)
		c->degraded = true;
	if (!good && !c->killed_by)
		diag(DIAG_RUN_STAGE, NULL, 0, "%s %s; %s", s->name,
		    stage_how(s), instead);
	return good;
}

static void
check_sums(const char *name, uint64_t in, uint64_t out)
{
	if (in != out)
		diag(DIAG_RUN_SUM, NULL, 0, "%s: %llu in, %llu out", name,
		    (unsigned long long)in, (unsigned long long)out);
}

/* -- the phases ------------------------------------------------------------- */

/* Returns a file with the list of targets, or -1. */
static int
discover(struct cycle *c)
{
	struct stage *s = prepare(c, CYCLE_DISCOVER);
	int null, fd;

	add_passed(c, CYCLE_DISCOVER);
	fd = open_nameless(c->o->tmpdir);
	null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && null >= 0)
		run(c, s, null, fd, 1);
	if (null >= 0)
		close(null);
	if (account(c, s, "all processes are recorded") &&
	    lseek(fd, 0, SEEK_SET) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static struct stage *
prepare_record(struct cycle *c, bool targets)
{
	struct stage *s = prepare(c, CYCLE_RECORD);

	s->polite = SIGINT; /* "stop recording, write what you have" */
	add_option(s, "-d", c->o->duration);
	add_option(s, "-e", c->o->event);
	add_option(s, "-F", c->o->frequency);
	add_option(s, "-p", c->o->pids);
	add_option(s, "--targets", targets ? "-" : NULL);
	add_passed(c, CYCLE_RECORD);
	return s;
}

/* Start gp-record and gp-symbolize with the feed between them. */
static int
start_recording(struct cycle *c, int targets)
{
	struct stage *rec = prepare_record(c, targets >= 0);
	struct stage *sym = prepare(c, CYCLE_SYMBOLIZE);
	int from[2], to[2], in;

	add_passed(c, CYCLE_SYMBOLIZE);
	in = targets >= 0 ? targets :
	    open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (in < 0 || pipe2(from, O_CLOEXEC) < 0)
		return -1;
	if (pipe2(to, O_CLOEXEC) < 0) {
		close(from[0]);
		close(from[1]);
		return -1;
	}
	feed_init(&c->feed, from[0], to[1], c->raw, c->o->size_max);
	start(c, sym, to[0], c->named);
	start(c, rec, in, from[1]);
	rec->deadline = stage_now() + c->o->duration_ns + c->o->deadline_ns;
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
	struct stage *rec = &c->stage[CYCLE_RECORD];
	struct stage *sym = &c->stage[CYCLE_SYMBOLIZE];
	struct feed *f = &c->feed;
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
			sym->deadline = stage_now() + c->o->deadline_ns;
			continue;
		}
		if (f->cut_errno)
			stage_ask(rec);
		wait_some(c);
	}
	return r;
}

/* What came of the recording. Returns 0 if there is something to go on with,
 * else the exit status. */
static int
judge_recording(struct cycle *c)
{
	struct stage *rec = &c->stage[CYCLE_RECORD];
	struct feed *f = &c->feed;
	bool good = stage_is_good(rec);

	if (rec->overdue)
		diag(DIAG_RUN_DEADLINE, NULL, 0, "%s", rec->name);
	if (f->cut_errno && f->sums.lines == 0)
		return fail(c, EX_IOERR, "cannot store the recording in %s: "
		    "%s", c->o->tmpdir, strerror(f->cut_errno));
	if (!f->sums.is_stream || (!good && f->sums.lines == 0))
		return fail(c, good ? EX_DATAERR : stage_exit_status(rec),
		    "%s %s; nothing was recorded", rec->name, stage_how(rec));
	if (f->cut_errno)
		diag(DIAG_RUN_CUT, NULL, 0, "%s: %llu samples lost",
		    f->cut_errno == EFBIG ? "--size is reached" :
		    strerror(f->cut_errno), (unsigned long long)f->missing);
	else if (!good || f->repaired)
		diag(DIAG_RUN_CUT, NULL, 0, "%s %s", rec->name,
		    stage_how(rec));
	else if (stage_exit_status(rec) == 1)
		c->degraded = true;
	return 0;
}

/* Do without gp-symbolize. */
static void
name_plainly(struct cycle *c)
{
	int fd = c->named;

	if (plain_write(fd, c->raw) == 0 && scan_file(fd, &c->named_sums) == 0)
		return;
	/* A full disk: the recording itself is what can be had, and the other
	 * file's space is for the folded one. */
	diag(DIAG_RUN_STAGE, NULL, 0, "%s: %s; the recording stays as it was",
	    c->o->tmpdir, strerror(errno));
	if (ftruncate(fd, 0) < 0)
		diag_say("%s: %s", c->o->tmpdir, strerror(errno));
	c->named = c->raw;
	c->raw = fd;
	c->named_sums = c->feed.sums;
}

/* Have a named stream in c->named, whatever gp-symbolize did. */
static void
judge_names(struct cycle *c)
{
	struct stage *sym = &c->stage[CYCLE_SYMBOLIZE];
	const struct scan *raw = &c->feed.sums;
	struct scan *out = &c->named_sums;
	bool good, whole;

	good = account(c, sym, "addresses stand for names");
	whole = scan_file(c->named, out) == 0 && scan_is_whole(out);
	if (good && !whole)
		diag(DIAG_RUN_STAGE, NULL, 0, "%s: its output %s; addresses "
		    "stand for names", sym->name, stream_strerror(out->err));
	if (!whole || (!good &&
	    out->samples + out->lost != raw->samples + raw->lost))
		name_plainly(c);
	check_sums(sym->name, raw->samples + raw->lost,
	    out->samples + out->lost);
}

/* Returns the file to deliver: the folded one, or the named one in its place. */
static int
collapse(struct cycle *c)
{
	struct stage *s = prepare(c, CYCLE_COLLAPSE);
	const struct scan *in = &c->named_sums;
	struct scan out;
	uint64_t before, after;
	bool good, filters;

	/* What is kept should tell where it is from and what it lacks; and
	 * gp-upload can see by its #end that it is whole. */
	if (!c->o->output)
		stage_arg(s, "--meta");
	add_passed(c, CYCLE_COLLAPSE);
	run(c, s, c->named, c->folded, 1);
	good = account(c, s, "the stream stays as it was");
	if (scan_file(c->folded, &out) < 0)
		return c->named;
	/* Without --meta it says neither what is lost nor what is filtered. */
	before = in->samples + (out.is_stream ? in->lost : 0);
	after = out.samples + out.filtered + (out.is_stream ? out.lost : 0);
	filters = !out.is_stream && has_passed(c, CYCLE_COLLAPSE);
	if (!good && (filters || before != after))
		return c->named;
	if (!filters || after > before)
		check_sums(s->name, before, after);
	return c->folded;
}

/* -- where it goes ---------------------------------------------------------- */

static int
write_output(struct cycle *c, int fd)
{
	struct file_new f;

	if (strcmp(c->o->output, "-") == 0) {
		if (keep_copy(STDOUT_FILENO, fd) == 0)
			return 0;
		return fail(c, EX_IOERR, "standard output: %s",
		    strerror(errno));
	}
	if (file_new(&f, c->o->output, 0644) == 0 &&
	    keep_copy(f.fd, fd) == 0 && file_new_commit(&f) == 0)
		return 0;
	file_new_abort(&f);
	return fail(c, EX_CANTCREAT, "cannot write %s: %s", c->o->output,
	    strerror(errno));
}

/* Hand a file to gp-upload; done: when the profile was complete, or NULL. Returns
 * the exit status that this deserves. */
static int
send_file(struct cycle *c, int fd, const struct timespec *done)
{
	struct stage *s = prepare(c, CYCLE_UPLOAD);
	char time[STAMP_MAX];
	int null;

	add_option(s, "--dir", c->o->dir);
	add_option(s, "--url", c->o->url);
	add_option(s, "--spool", c->o->spool);
	if (done) {
		stamp_format(time, "Y-M-DTH:m:s.iZ", *done);
		add_option(s, "--time",
		    arena_strndup(&c->mem, time, strlen(time)));
	}
	add_passed(c, CYCLE_UPLOAD);
	null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (null < 0)
		return EX_OSERR;
	run(c, s, fd, null, UPLOAD_DEADLINES);
	close(null);
	if (s->overdue)
		diag(DIAG_RUN_DEADLINE, NULL, 0, "%s", s->name);
	return stage_exit_status(s);
}

/* True if gp-upload has answered for the profile: it is sent, in its spool,
 * refused for good, or set aside as broken. */
static bool
is_settled(const struct stage *s)
{
	int status = stage_exit_status(s);

	return stage_has_exited(s) && (status <= 1 ||
	    status == EX_TEMPFAIL || status == EX_UNAVAILABLE ||
	    status == EX_DATAERR);
}

static void
send_kept(struct cycle *c, const char *folder)
{
	char name[KEEP_NAME_MAX] = "", after[KEEP_NAME_MAX];
	uint64_t until = stage_now() + c->o->deadline_ns;
	struct timespec done;
	int fd, status;

	while (c->nsignals == 0 && stage_now() < until) {
		memcpy(after, name, sizeof after);
		fd = keep_open(folder, after, name);
		if (fd < 0)
			return;
		status = send_file(c, fd, keep_time(name, &done) ? &done :
		    NULL);
		close(fd);
		if (status > 1)
			return;
		diag_verbose("sent %s of an earlier cycle", name);
		keep_remove(folder, name);
	}
}

static int
upload(struct cycle *c, int fd)
{
	struct stage *s = &c->stage[CYCLE_UPLOAD];
	struct timespec done;
	char folder[4096];
	size_t removed;
	int status;

	keep_path(folder, sizeof folder,
	    c->o->spool ? c->o->spool : c->o->dir);
	clock_gettime(CLOCK_REALTIME, &done);
	status = send_file(c, fd, &done);
	if (status <= 1) {
		c->degraded |= status == 1;
		send_kept(c, folder);
		return 0;
	}
	if (is_settled(s) || c->killed_by)
		return status;
	/* It may have died when the profile was in its spool, or delivered. By
	 * the time it will know. */
	if (keep_add(folder, fd, done, &removed) < 0)
		return fail(c, EX_CANTCREAT, "%s %s, and the profile cannot "
		    "be kept in %s: %s", s->name, stage_how(s), folder,
		    strerror(errno));
	for (; removed; removed--)
		diag(DIAG_RUN_DROP, NULL, 0, "%s", folder);
	diag(DIAG_RUN_KEEP, NULL, 0, "%s %s; it is in %s", s->name,
	    stage_how(s), folder);
	return stage_has_exited(s) ? status : EX_TEMPFAIL;
}

static int
deliver(struct cycle *c, int fd)
{
	if (c->o->output)
		return write_output(c, fd);
	if (c->feed.sums.lines == 0) {
		diag_verbose("no samples: nothing to upload");
		return 0;
	}
	return upload(c, fd);
}

static int
phases(struct cycle *c)
{
	int targets = -1, fd, status;

	if (c->o->discover)
		targets = discover(c);
	if (c->nsignals)
		return fail(c, EX_TEMPFAIL, "ended before the recording");
	if (start_recording(c, targets) < 0 || relay(c) < 0)
		return fail(c, EX_OSERR, "%s", strerror(errno));
	if (targets >= 0)
		close(targets);
	if (c->killed_by)
		return 0;
	if ((status = judge_recording(c)) != 0)
		return status;
	judge_names(c);
	fd = collapse(c);
	return c->killed_by ? 0 : deliver(c, fd);
}

int
cycle_run(const struct cycle_options *o, int signals, int *killed_by,
    struct buf *fatal)
{
	struct cycle c = { .o = o, .signals = signals, .fatal = fatal,
	    .feed = { .in = -1, .out = -1 } };
	size_t left;
	int status;

	c.raw = open_nameless(o->tmpdir);
	c.named = open_nameless(o->tmpdir);
	c.folded = open_nameless(o->tmpdir);
	if (c.raw < 0 || c.named < 0 || c.folded < 0)
		return fail(&c, EX_CANTCREAT, "cannot make a file in %s: %s",
		    o->tmpdir, strerror(errno));
	status = phases(&c);
	left = stage_sweep();
	if (left)
		diag(DIAG_RUN_LEFT, NULL, 0, "%zu", left);
	feed_free(&c.feed);
	arena_free(&c.mem);
	close(c.raw);
	close(c.named);
	close(c.folded);
	*killed_by = c.killed_by;
	return status == 0 && c.degraded ? 1 : status;
}
