#include "plan.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/monotonic.h"

/* gp-record writes what it has this often, so that no more is lost when it dies,
 * and every second how many samples it has, so that what is lost has a number. */
#define FLUSH "15s"

/* Headers older than the kernel that runs may lack the newest. */
#ifndef CAP_PERFMON
#define CAP_PERFMON 38
#define CAP_BPF 39
#endif
#ifndef CAP_CHECKPOINT_RESTORE
#define CAP_CHECKPOINT_RESTORE 40
#endif
#define CAP(x) (UINT64_C(1) << (CAP_##x))

const char *const plan_stage_names[PLAN_STAGES] = {
	"discover", "record", "symbolize", "collapse", "upload",
};

const char *const plan_commands[PLAN_STAGES] = {
	"gp-discover", "gp-record", "gp-symbolize", "gp-collapse", "gp-upload",
};

/*
 * What each may keep of gp-run's capabilities:
 *
 *	BPF, PERFMON        load the sampler, sample all CPUs
 *	SYS_PTRACE          read /proc/PID of other users' processes
 *	CHECKPOINT_RESTORE  read /proc/PID/map_files: deleted, replaced files
 *	DAC_READ_SEARCH     read programs and perf maps that only others may
 *	SYSLOG              see addresses in /proc/kallsyms
 */
#define LOOK (CAP(SYS_PTRACE) | CAP(CHECKPOINT_RESTORE) | CAP(DAC_READ_SEARCH))
static const uint64_t capabilities[PLAN_STAGES] = {
	[PLAN_DISCOVER] = LOOK,
	[PLAN_RECORD] = LOOK | CAP(BPF) | CAP(PERFMON),
	[PLAN_SYMBOLIZE] = LOOK | CAP(SYSLOG),
};

uint64_t
plan_capabilities(void)
{
	uint64_t mask = 0;

	for (size_t i = 0; i < PLAN_STAGES; i++)
		mask |= capabilities[i];
	return mask;
}

static void
option(struct stage *s, const char *name, const char *value)
{
	if (!value)
		return;
	stage_arg(s, name);
	stage_arg(s, value);
}

static void
own_arguments(const struct plan *o, enum plan_stage which,
    const struct plan_call *call, struct stage *s)
{
	switch (which) {
	case PLAN_RECORD:
		s->polite = SIGINT; /* "stop recording, write what you have" */
		option(s, "-d", o->duration);
		option(s, "-e", o->event);
		option(s, "-F", o->frequency);
		option(s, "-p", o->pids);
		option(s, "--flush", FLUSH);
		option(s, "--targets", call->targets ? "-" : NULL);
		break;
	case PLAN_COLLAPSE:
		/* What is kept should tell where it is from and what it lacks;
		 * and gp-upload can see by its #end that it is whole. */
		if (!o->output)
			stage_arg(s, "--meta");
		break;
	case PLAN_UPLOAD:
		option(s, "--dir", o->dir);
		option(s, "--url", o->url);
		option(s, "--spool", o->spool);
		option(s, "--time", call->time);
		break;
	case PLAN_DISCOVER:
		/* gp-record takes those that are listed beside those of -p. */
		option(s, "-p", o->pids);
		break;
	case PLAN_SYMBOLIZE:
	case PLAN_STAGES:
		break;
	}
}

static bool
has_section(const struct plan *o, enum plan_stage which)
{
	return o->conf && conf_has(o->conf, plan_stage_names[which]);
}

void
plan_stage(const struct plan *o, enum plan_stage which,
    const struct plan_call *call, struct stage *s, struct arena *mem)
{
	struct buf path = { 0 };

	buf_addf(&path, "%s/%s", o->bindir, plan_commands[which]);
	stage_init(s, plan_commands[which],
	    arena_strndup(mem, path.s, path.len));
	buf_free(&path);
	s->capabilities = capabilities[which];
	s->urgent = which == PLAN_RECORD;
	if (s->patience_ns > o->deadline_ns)
		s->patience_ns = o->deadline_ns;
	if (diag_verbosity() != 0)
		stage_arg(s, diag_verbosity() < 0 ? "-q" : "-v");
	option(s, "--config", has_section(o, which) ? o->conf_path : NULL);
	own_arguments(o, which, call, s);
	for (size_t i = 0; i < o->passes; i++)
		if (o->pass[i].stage == which)
			stage_arg(s, o->pass[i].arg);
}

bool
plan_has_more(const struct plan *o, enum plan_stage which)
{
	for (size_t i = 0; i < o->passes; i++)
		if (o->pass[i].stage == which)
			return true;
	return has_section(o, which);
}

/* Run a command with --check. Returns its exit status. */
static int
check(const struct plan *o, struct stage *s, int null)
{
	/* It reads options and ends. */
	const struct stage_limits none = { 0 };
	int status = EX_OSERR;

	stage_arg(s, "--check");
	s->said = STDERR_FILENO;
	if (stage_start(s, null, null, &none) == 0) {
		s->deadline = monotonic_ns() + o->deadline_ns;
		while (stage_is_running(s)) {
			struct pollfd p = { s->pidfd, POLLIN, 0 };

			poll(&p, 1, 1000);
			stage_step(s, monotonic_ns());
		}
		status = stage_exit_status(s);
	}
	if (status && (!stage_has_exited(s) || s->overdue))
		diag_error("%s: %s", s->name, stage_how(s));
	return status;
}

static int
check_stage(const struct plan *o, enum plan_stage which, int null)
{
	const struct plan_call call = { 0 };
	struct arena mem = { 0 };
	struct stage s;
	int status;

	plan_stage(o, which, &call, &s, &mem);
	status = check(o, &s, null);
	arena_free(&mem);
	return status;
}

/* gp-heartbeat is no stage; but its section is in the same file. */
static int
check_heartbeat(const struct plan *o, int null)
{
	struct buf path = { 0 };
	struct stage s;
	int status;

	if (!o->conf || !conf_has(o->conf, "heartbeat"))
		return 0;
	buf_addf(&path, "%s/gp-heartbeat", o->bindir);
	stage_init(&s, "gp-heartbeat", path.s);
	stage_arg(&s, "--config");
	stage_arg(&s, o->conf_path);
	status = check(o, &s, null);
	buf_free(&path);
	return status;
}

int
plan_check(const struct plan *o)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), status = 0, st;

	if (null < 0)
		die(EX_OSERR, "/dev/null:");
	for (int i = 0; i < PLAN_STAGES; i++) {
		if (i == PLAN_DISCOVER && !o->discover)
			continue;
		if (i == PLAN_UPLOAD && o->output)
			continue;
		st = check_stage(o, (enum plan_stage)i, null);
		status = status ? status : st;
	}
	st = check_heartbeat(o, null);
	close(null);
	return status ? status : st;
}
