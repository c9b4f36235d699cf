#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "alone.h"
#include "base/buf.h"
#include "base/diag.h"
#include "inventory.h"
#include "journal.h"

enum {
	TICK_MS = 500,
	/* How long a gp-run that was told to end may take to deliver. */
	GRACE_S = 120,
	/* After a cycle that failed, before the next. */
	PAUSE_S = 10,
	/* A session ends when so many cycles in a row ended as if nothing could
	 * come of it. */
	DOOMED_MAX = 10,
};

/* For another gp-run, a timer's, to end. */
#define WAIT "--wait=900s"

struct worker {
	const struct worker_options *o;
	/* Of the command that runs. */
	char id[COMMAND_ID_MAX], pids[COMMAND_PIDS_MAX],
	    event[COMMAND_EVENT_MAX];
	bool ending;    /* a signal told this process to end */
	bool told;      /* gp-run was told to end */
	bool preempted; /* because a single run waits */
	struct timespec told_at;
	/* Of the latest session: cycles in a row that ended badly. */
	char session[COMMAND_ID_MAX];
	unsigned doomed;
	struct stat seen; /* of the journal, when last looked at */
	sigset_t signals;
};

static uint64_t
now_s(void)
{
	return (uint64_t)time(NULL);
}

static double
seconds_since(const struct timespec *t)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - t->tv_sec) +
	    (double)(now.tv_nsec - t->tv_nsec) / 1e9;
}

/* Open the journal; the exit status that says why not. */
static int
open_journal(struct journal *j, const char *dir)
{
	char why[256];

	switch (journal_open(j, dir, why, sizeof why)) {
	case JOURNAL_OK:
		return EX_OK;
	case JOURNAL_EFILE:
		diag_error("%s: %s", dir, strerror(errno));
		break;
	case JOURNAL_EDAMAGED:
		diag_error("%s/commands.json: %s", dir, why);
		journal_close(j);
		return EX_DATAERR;
	}
	journal_close(j);
	return EX_IOERR;
}

static int
save(struct journal *j)
{
	int rc = journal_save(j);

	if (rc != 0)
		diag_error("%s/commands.json: %s", j->dir, strerror(errno));
	journal_close(j);
	return rc == 0 ? EX_OK : EX_IOERR;
}

/* True if somebody replaced the journal since. */
static bool
has_changed(struct worker *w)
{
	struct buf path = { 0 };
	struct stat st = { 0 };
	bool changed;

	buf_addf(&path, "%s/commands.json", w->o->dir);
	changed = stat(path.s, &st) != 0 || st.st_ino != w->seen.st_ino ||
	    st.st_mtim.tv_sec != w->seen.st_mtim.tv_sec ||
	    st.st_mtim.tv_nsec != w->seen.st_mtim.tv_nsec;
	w->seen = st;
	buf_free(&path);
	return changed;
}

/* Whether the command that runs should end, or has, by what the journal says
 * now. */
static bool
should_end(struct worker *w)
{
	struct journal j;
	struct command *c, *next;
	bool end = false;

	if (!has_changed(w) || open_journal(&j, w->o->dir) != EX_OK)
		return false;
	c = journal_find(&j, w->id);
	next = journal_next(&j);
	if (!c || c->cancelled || c->state != COMMAND_RUNNING)
		end = true;
	else if (c->continuous && next && !next->continuous)
		end = w->preempted = true;
	journal_close(&j);
	return end;
}

static pid_t
start_run(const struct worker *w, const struct command *c)
{
	struct buf path = { 0 }, duration = { 0 }, frequency = { 0 };
	const char *argv[WORKER_ARGS_MAX + 16];
	size_t n = 0;
	pid_t pid;

	buf_addf(&path, "%s/gp-run", w->o->bindir);
	buf_addf(&duration, "%" PRIu64 "s", c->duration_s);
	buf_addf(&frequency, "%" PRIu64, c->frequency);
	argv[n++] = "gp-run";
	for (size_t i = 0; i < w->o->args; i++)
		argv[n++] = w->o->arg[i];
	argv[n++] = WAIT;
	argv[n++] = "-d";
	argv[n++] = duration.s;
	argv[n++] = "-F";
	argv[n++] = frequency.s;
	if (c->pids[0]) {
		argv[n++] = "-p";
		argv[n++] = c->pids;
	}
	if (c->event[0]) {
		argv[n++] = "-e";
		argv[n++] = c->event;
	}
	argv[n] = NULL;
	pid = fork();
	if (pid == 0) {
		sigset_t none;

		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		execv(path.s, (char **)argv);
		_exit(127);
	}
	buf_free(&path);
	buf_free(&duration);
	buf_free(&frequency);
	return pid;
}

static void
tell(struct worker *w, pid_t pid)
{
	if (!w->told) {
		kill(pid, SIGTERM);
		w->told = true;
		clock_gettime(CLOCK_MONOTONIC, &w->told_at);
	} else if (seconds_since(&w->told_at) > GRACE_S) {
		kill(pid, SIGKILL);
	}
}

/* Wait for gp-run, and for what ends it early. */
static int
wait_run(struct worker *w, pid_t pid)
{
	const struct timespec tick = { .tv_nsec = TICK_MS * 1000000L };
	int status;

	for (;;) {
		int sig = sigtimedwait(&w->signals, NULL, &tick);
		pid_t done = waitpid(pid, &status, WNOHANG);

		if (done == pid)
			return status;
		if (done < 0)
			return 127 << 8;
		if (sig == SIGTERM || sig == SIGINT)
			w->ending = true;
		if (w->told || w->ending || should_end(w))
			tell(w, pid);
	}
}

/* Wait before the next cycle, unless there is none, a single run waits, or a
 * signal ends it all. */
static void
pause_session(struct worker *w)
{
	const struct timespec tick = { .tv_nsec = TICK_MS * 1000000L };
	struct timespec begin;
	int sig;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	while (!w->ending && !should_end(w) && seconds_since(&begin) < PAUSE_S) {
		sig = sigtimedwait(&w->signals, NULL, &tick);
		if (sig == SIGTERM || sig == SIGINT)
			w->ending = true;
	}
}

/* Run gp-run for a command, once: what it recorded is delivered or waits to be,
 * whatever its status. */
static int
run_once(struct worker *w, const struct command *c)
{
	pid_t pid;

	w->told = w->preempted = false;
	pid = start_run(w, c);
	return pid < 0 ? 127 << 8 : wait_run(w, pid);
}

/* What a status of gp-run says of the run. True: it brought no profile. */
static bool
judge(const struct worker *w, int status, char *why, size_t size)
{
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;

	*why = '\0';
	if (WIFSIGNALED(status)) {
		if (w->told && WTERMSIG(status) == SIGTERM) {
			snprintf(why, size, "ended early");
			return false;
		}
		snprintf(why, size, "gp-run was killed by signal %d",
		    WTERMSIG(status));
		return true;
	}
	switch (code) {
	case EX_OK:
		if (w->told)
			snprintf(why, size, "ended early");
		return false;
	case 1:
		snprintf(why, size, "something is missing from the profile");
		return false;
	case EX_TEMPFAIL:
		snprintf(why, size, "the profile is not delivered yet");
		return false;
	case 127:
		snprintf(why, size, "gp-run cannot be started");
		return true;
	default:
		snprintf(why, size, "gp-run ended with status %d", code);
		return true;
	}
}

/*
 * Whether a session has no further cycle. A status may be one that the next cycle
 * would have, too; but what a server, or a file that is just being written, makes
 * gp-upload say, gp-run passes on, and that is over after a while: with such a
 * status several cycles in a row have to end.
 */
static bool
is_hopeless(struct worker *w, int status)
{
	if (strcmp(w->session, w->id) != 0) {
		memcpy(w->session, w->id, sizeof w->session);
		w->doomed = 0;
	}
	switch (WIFEXITED(status) ? WEXITSTATUS(status) : 0) {
	case EX_USAGE:
	case EX_NOPERM:
		return true;
	case EX_UNAVAILABLE:
	case EX_CONFIG:
	case 127:
		return ++w->doomed >= DOOMED_MAX;
	default:
		w->doomed = 0;
		return false;
	}
}

/* Write down how the run of a command ended. */
static int
finish(struct worker *w, int status, bool *failed)
{
	struct journal j;
	struct command *c;
	char why[COMMAND_WHY_MAX];
	int rc = open_journal(&j, w->o->dir);

	if (rc != EX_OK)
		return rc;
	*failed = judge(w, status, why, sizeof why);
	c = journal_find(&j, w->id);
	if (c && c->state == COMMAND_RUNNING) {
		c->runs += !*failed;
		if (!c->continuous)
			journal_end(&j, c, *failed, c->cancelled && !*failed ?
			    NULL : why, now_s());
		else if (is_hopeless(w, status))
			journal_end(&j, c, true, why, now_s());
	}
	return save(&j);
}

/*
 * Take the next command, and write down that it runs, before it does. Sets *run
 * to a copy of it, its texts in w; its id is "" if nothing is left.
 */
static int
take(struct worker *w, struct command *run)
{
	struct journal j;
	struct command *c;
	char why[COMMAND_WHY_MAX];
	size_t processes;
	int rc = open_journal(&j, w->o->dir);

	*run = (struct command){ 0 };
	if (rc != EX_OK)
		return rc;
	journal_settle(&j, now_s());
	while ((c = journal_next(&j))) {
		processes = c->processes_max ? inventory_processes() : 0;
		if (processes <= c->processes_max)
			break;
		snprintf(why, sizeof why, "%zu processes, more than the %"
		    PRIu64 " of the limit", processes, c->processes_max);
		journal_end(&j, c, true, why, now_s());
	}
	if (c) {
		if (c->state == COMMAND_QUEUED)
			c->began = now_s();
		c->state = COMMAND_RUNNING;
		*run = *c;
		snprintf(w->id, sizeof w->id, "%s", c->id);
		snprintf(w->pids, sizeof w->pids, "%s", c->pids);
		snprintf(w->event, sizeof w->event, "%s", c->event);
		run->pids = w->pids;
		run->event = w->event;
		run->why = "";
	}
	return save(&j);
}

static int
work(struct worker *w)
{
	struct command run;
	bool failed = false;
	int rc, status;

	for (;;) {
		if ((rc = take(w, &run)) != EX_OK || !run.id[0])
			return rc;
		/* A poll may have saved a stop since: the first look reads it. */
		w->seen = (struct stat){ 0 };
		diag_verbose("%s: %s for %" PRIu64 " s", run.id,
		    run.continuous ? "a cycle" : "a run", run.duration_s);
		status = run_once(w, &run);
		if ((rc = finish(w, status, &failed)) != EX_OK)
			return rc;
		if (run.continuous && failed)
			pause_session(w);
		if (w->ending)
			return EX_OK;
	}
}

static int
recover(const char *dir)
{
	struct journal j;
	int rc = open_journal(&j, dir);

	if (rc != EX_OK)
		return rc;
	journal_recover(&j, now_s());
	return save(&j);
}

int
worker_run(const struct worker_options *o)
{
	struct worker w = { .o = o };
	struct journal j;
	int fd, rc = open_journal(&j, o->dir); /* makes the folder, too */

	if (rc != EX_OK)
		return rc;
	journal_close(&j);
	if ((fd = alone_lock(o->dir, ".worker")) < 0) {
		diag_verbose("another worker is at it");
		return EX_OK;
	}
	sigemptyset(&w.signals);
	sigaddset(&w.signals, SIGTERM);
	sigaddset(&w.signals, SIGINT);
	sigaddset(&w.signals, SIGCHLD);
	sigprocmask(SIG_BLOCK, &w.signals, NULL);
	signal(SIGCHLD, SIG_DFL);
	rc = recover(o->dir);
	if (rc == EX_OK)
		rc = work(&w);
	close(fd);
	return rc;
}

bool
worker_spawn(char **argv)
{
	char *args[WORKER_ARGS_MAX + 2 + 64];
	static char work_option[] = "--work";
	size_t n = 0;
	int null;
	pid_t pid;

	/* Behind the name, where no "--" can stand before it. */
	args[n++] = argv[0];
	args[n++] = work_option;
	for (char **a = argv + 1; *a && n < GP_COUNT(args) - 1; a++)
		args[n++] = *a;
	args[n] = NULL;
	pid = fork();
	if (pid < 0)
		return false;
	if (pid > 0)
		return true;
	setsid();
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null >= 0) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
	}
	execv("/proc/self/exe", args);
	_exit(127);
}
