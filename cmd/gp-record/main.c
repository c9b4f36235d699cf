/*
 * gp-record - sample the stacks of all processes into a raw gp stream.
 *
 *	$ gp-record -d 10s
 *	#gp version=1 kind=raw tool=gp-record/0.1.0 host=web-7 … freq=99 cpus=2 …
 *	#process pid=4242 start=81523 comm=nginx ppid=1 uid=33 exe=/usr/sbin/nginx
 *	#module id=1 build_id=9c61… path=/usr/sbin/nginx pid=4242 map=…
 *	nginx-4242;$1+1c2f0;$1+33d8e;$k+ffffffff81a0c0de 17
 *	#end lines=1 samples=17 lost=0 truncated=0
 *
 * Here are the options, the clock, signals, and the command that is recorded.
 * recorder.c does the recording.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/monotonic.h"
#include "base/opt.h"
#include "base/parse.h"
#include "cgroup.h"
#include "pidns.h"
#include "recorder.h"
#include "targets.h"

enum { PIDS_MAX = 4096, POLL_MS = 200 };

/* Of --timestamps, ns. */
#define INTERVAL_DEFAULT 1000000000u
#define INTERVAL_MIN 1000000u

static uint64_t freq = 99, period, duration, flush, interval;
/* Of --rows-memory. */
#define ROWS_MEMORY_MIN (512u << 10)
#define ROWS_MEMORY_MAX (1u << 30)

static uint64_t rows_bytes;
static const char *event_name, *output, *targets_path;
static const char *cgroup, *container;
static enum sampler_engine engine;
static bool all, per_thread, eval_frames;
static bool lines, packages, no_natives[INTERP_LANGUAGES];
static enum interp_paths paths;
static uint32_t pids[PIDS_MAX];
static size_t npids;

static const char *
add_pids(void *dst, const char *arg)
{
	size_t n;

	(void)dst;
	if (!parse_pids(arg, pids + npids, PIDS_MAX - npids, &n))
		return "not a list of pids such as 17,4242";
	npids += n;
	return NULL;
}

static const char *
set_engine(void *dst, const char *arg)
{
	static const char *const names[] = {
		[SAMPLER_AUTO] = "auto", [SAMPLER_BPF] = "bpf",
		[SAMPLER_BPF_BOUNDED] = "bpf-bounded", [SAMPLER_PERF] = "perf",
	};

	for (size_t i = 0; i < GP_COUNT(names); i++) {
		if (strcmp(arg, names[i]) != 0)
			continue;
		*(enum sampler_engine *)dst = (enum sampler_engine)i;
		return NULL;
	}
	return "not one of auto, bpf, bpf-bounded, perf";
}

static const char *
set_interval(void *dst, const char *arg)
{
	uint64_t *ns = dst;

	*ns = INTERVAL_DEFAULT;
	if (arg && (!parse_duration(arg, ns) || *ns < INTERVAL_MIN))
		return "not a duration of 1ms or more";
	return NULL;
}

static const char *
choose_paths(void *dst, const char *arg)
{
	static const char *const names[] = {
		[INTERP_BASE] = "base", [INTERP_MODULE] = "module",
		[INTERP_FULL] = "full",
	};
	enum interp_paths *to = dst;

	for (size_t i = 0; i < GP_COUNT(names); i++) {
		if (strcmp(arg, names[i]) != 0)
			continue;
		*to = (enum interp_paths)i;
		return NULL;
	}
	return "not base, module or full";
}

static const char *
set_rows_memory(void *dst, const char *arg)
{
	uint64_t *bytes = dst;

	if (!parse_size(arg, bytes) || *bytes < ROWS_MEMORY_MIN ||
	    *bytes > ROWS_MEMORY_MAX)
		return "not a size from 512K to 1G";
	return NULL;
}

static const char *
set_natives(void *dst, const char *arg)
{
	bool off = strcmp(arg, "off") == 0;

	if (!off && strcmp(arg, "on") != 0)
		return "not on or off";
	*(bool *)dst = off;
	return NULL;
}

static const struct opt opts[] = {
	{ 'a', "all", OPT_FLAG, &all, NULL,
	    "all processes; with a command: as long as it runs", NULL },
	{ 0, "cgroup", OPT_STR, &cgroup, "PATH",
	    "only processes in this cgroup, and in those within it", NULL },
	{ 0, "container", OPT_STR, &container, "ID",
	    "only those in the container whose id starts so", NULL },
	{ 'c', "count", OPT_U64, &period, "N",
	    "take one sample every N events instead of -F a second", NULL },
	{ 'd', "duration", OPT_DURATION, &duration, "TIME",
	    "record so long (default: until interrupted)", NULL },
	{ 'e', "event", OPT_STR, &event_name, "EVENT",
	    "what to sample (default: cycles, else cpu-clock)", NULL },
	{ 0, "engine", OPT_CALL, &engine, "NAME",
	    "who walks the stacks: auto, bpf, bpf-bounded, perf", set_engine },
	{ 0, "eval-frames", OPT_FLAG, &eval_frames, NULL,
	    "keep the interpreter's own frames where a program's stand", NULL },
	{ 0, "flush", OPT_DURATION, &flush, "TIME",
	    "write what there is so often, and how far it is", NULL },
	{ 'F', "frequency", OPT_U64, &freq, "HZ",
	    "samples a second on each CPU (default 99)", NULL },
	{ 0, "lines", OPT_FLAG, &lines, NULL,
	    "name the line that is executed, not the function's first", NULL },
	{ 'o', "output", OPT_STR, &output, "FILE",
	    "write there instead of standard output", NULL },
	{ 0, "package-versions", OPT_FLAG, &packages, NULL,
	    "add to source files the package that they are of", NULL },
	{ 0, "paths", OPT_CALL, &paths, "FORM",
	    "source files in names: base (default), module or full",
	    choose_paths },
	{ 'p', "pid", OPT_CALL, NULL, "PID[,PID...]",
	    "only these processes and their children", add_pids },
	{ 0, "per-thread", OPT_FLAG, &per_thread, NULL,
	    "count each thread's stacks apart", NULL },
#define INTERP(ID, name, suffix) \
	{ 0, #name "-native", OPT_CALL, &no_natives[INTERP_##ID], "on|off", \
	    "native frames in stacks that have frames with " suffix, \
	    set_natives },
#include "runtime/interp.def"
	{ 0, "rows-memory", OPT_CALL, &rows_bytes, "SIZE",
	    "memory of the kernel for unwind rows (default: 4M to 32M)",
	    set_rows_memory },
	{ 0, "targets", OPT_STR, &targets_path, "FILE",
	    "only the processes that gp-discover wrote to FILE, - for stdin",
	    NULL },
	{ 0, "timestamps", OPT_CALL, &interval, "[INTERVAL]",
	    "tell when samples were taken, to so much (default 1s)",
	    set_interval },
	{ 0 },
};

static const struct opt_cmd cmd = {
	.name = "gp-record",
	.about = "Sample the stacks of all processes, or of a command and its "
	    "children.",
	.operands = "[-- command [argument ...]]",
	.opts = opts,
	.operands_max = UINT8_MAX,
	.stop_at_operand = true,
	.section = "record",
};

/* -- signals -------------------------------------------------------------- */

static volatile sig_atomic_t stop;

static void
on_signal(int sig)
{
	/* The first one ends the recording, the second one the program. */
	if (stop) {
		signal(sig, SIG_DFL);
		raise(sig);
	}
	stop = 1;
}

static void
catch_signals(void)
{
	/* Who waits for events is woken all the same; a write to a pipe that is
	 * full goes on. */
	struct sigaction sa = {
		.sa_handler = on_signal, .sa_flags = SA_RESTART,
	};

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
}

/* -- the recorded command ------------------------------------------------- */

struct child {
	pid_t pid;
	int pidfd;
	int go;     /* written to: exec now */
	int failed; /* read from: errno of an exec that failed, or end of file */
};

/* In the child: wait for the word, become the command. */
GP_NORETURN static void
run_command(char **argv, int go, int failed)
{
	char c;
	int err;

	/* The stream has standard output. */
	if (!output)
		dup2(STDERR_FILENO, STDOUT_FILENO);
	if (read(go, &c, 1) == 1) {
		execvp(argv[0], argv);
		err = errno;
		if (write(failed, &err, sizeof err) < 0)
			_exit(EX_OSERR);
	}
	_exit(127);
}

/* Fork the command, not yet running. */
static void
make_child(struct child *c, char **argv)
{
	int go[2], failed[2];

	if (pipe2(go, O_CLOEXEC) != 0 || pipe2(failed, O_CLOEXEC) != 0)
		die(EX_OSERR, "pipe:");
	c->pid = fork();
	if (c->pid < 0)
		die(EX_OSERR, "fork:");
	if (c->pid == 0) {
		close(go[1]);
		close(failed[0]);
		run_command(argv, go[0], failed[1]);
	}
	close(go[0]);
	close(failed[1]);
	c->go = go[1];
	c->failed = failed[0];
	c->pidfd = (int)syscall(SYS_pidfd_open, c->pid, 0);
	if (c->pidfd < 0)
		die(EX_OSERR, "pidfd_open:");
}

static void
start_child(const struct child *c, const char *name)
{
	int err;

	if (write(c->go, "", 1) != 1)
		die(EX_OSERR, "%s: it died before it began", name);
	if (read(c->failed, &err, sizeof err) == sizeof err) {
		errno = err;
		die(err == ENOENT ? 127 : 126, "%s:", name);
	}
}

/* What a shell would make of the command's end. */
static int
child_status(const struct child *c)
{
	int status;

	if (waitpid(c->pid, &status, 0) != c->pid)
		return EX_OSERR;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
	    WEXITSTATUS(status);
}

/* -- recording ------------------------------------------------------------ */

static void
choose_event(struct event *e)
{
	const char *why;

	if (event_name) {
		if (!event_parse(e, event_name))
			opt_usage("--event=%s: no event of this machine is "
			    "called so", event_name);
		return;
	}
	why = event_default(e);
	diag_verbose("event %s%s%s", e->name, why ? ": " : "", why ? why : "");
}

/* Leave out pids that do not exist; end the program if none is left. */
static void
check_pids(void)
{
	size_t n = 0;

	for (size_t i = 0; i < npids; i++) {
		if (kill((pid_t)pids[i], 0) == 0 || errno == EPERM)
			pids[n++] = pids[i];
		else
			diag(DIAG_RECORD_NOPID, NULL, 0, "%u", pids[i]);
	}
	if (npids && n == 0)
		die(EX_NOINPUT, "none of the processes of -p exists");
	npids = n;
}

static void
read_targets(struct targets *t)
{
	bool is_stdin = strcmp(targets_path, "-") == 0;
	const char *name = is_stdin ? "<stdin>" : targets_path;
	enum stream_err err;
	int fd;

	fd = is_stdin ? STDIN_FILENO :
	    open(targets_path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		die(EX_NOINPUT, "%s:", targets_path);
	err = targets_read(t, fd, name);
	if (err != STREAM_OK)
		die(stream_exit_status(err), "%s: %s", name,
		    stream_strerror(err));
	if (!is_stdin)
		close(fd);
}

/* Limit the event to the processes of --cgroup or --container. */
static void
enter_cgroup(struct event *e)
{
	struct buf path = { 0 };

	if (container && !cgroup_of_container(container, &path))
		die(EX_NOINPUT, "--container=%s: no process is in a container "
		    "whose id starts so, with a cgroup that perf knows",
		    container);
	if (container)
		diag_verbose("container %s: cgroup %s", container, path.s);
	e->cgroup = cgroup_open(container ? path.s : cgroup);
	if (e->cgroup < 0)
		die(EX_NOINPUT, "cgroup %s:", container ? path.s : cgroup);
	e->in_cgroup = true;
	buf_free(&path);
}

/* Poll until the time, the command or the targets end, or a signal comes. */
static void
record(struct recorder *r, const struct child *c)
{
	uint64_t end = monotonic_ns() + duration, left;
	bool ended = false;
	int ms;

	while (!stop && !ended) {
		ms = POLL_MS;
		left = monotonic_ns();
		left = left < end ? end - left : 0;
		if (duration && left / 1000000 < POLL_MS)
			ms = (int)(left / 1000000) + 1;
		if (duration && left == 0)
			break;
		ended = recorder_wait(r, ms, c ? c->pidfd : -1);
		recorder_poll(r);
		if (npids && !recorder_has_targets(r))
			break;
	}
}

int
main(int argc, char **argv)
{
	struct recorder_options o = { .out = stdout };
	int first = opt_parse(&cmd, argc, argv), status = 0, lost;
	struct targets targets = { 0 };
	struct child child = { .pid = -1 };
	struct recorder r;

	argv += first;
	if (all && (npids || targets_path || cgroup || container))
		opt_usage("--all is not --pid, --targets, --cgroup or "
		    "--container");
	if (*argv && (npids || targets_path))
		opt_usage("a command cannot be combined with --pid or "
		    "--targets");
	if (cgroup && container)
		opt_usage("--cgroup and --container: which one?");
	if ((cgroup || container) && (*argv || npids || targets_path))
		opt_usage("--cgroup and --container cannot be combined with a "
		    "command, --pid or --targets");
	if (container && !container[0])
		opt_usage("--container: not the start of an id");
	if (period == 0 && freq == 0)
		opt_usage("--frequency=0: nothing would be sampled");
	if (opt_checks())
		return EX_OK;
	if (!pidns_is_that_of_proc())
		die(EX_UNAVAILABLE, "/proc is not that of this PID name space: "
		    "mount it, as unshare --mount-proc does");
	check_pids();
	if (targets_path)
		read_targets(&targets);
	choose_event(&o.event);
	if (cgroup || container)
		enter_cgroup(&o.event);
	o.engine = engine;
	o.freq = period ? 0 : freq;
	o.period = period;
	o.interval = interval;
	o.flush = flush;
	o.rows_bytes = rows_bytes;
	o.per_thread = per_thread;
	o.eval_frames = eval_frames;
	o.paths = paths;
	o.lines = lines;
	o.packages = packages;
	memcpy(o.no_natives, no_natives, sizeof o.no_natives);
	o.filter = npids || targets_path || (*argv && !all);
	o.pid = pids;
	o.npid = npids;
	o.targets = targets_path ? &targets : NULL;
	if (output && !(o.out = fopen(output, "we")))
		die(EX_CANTCREAT, "%s:", output);
	if (*argv) {
		make_child(&child, argv);
		o.command = all ? 0 : (uint32_t)child.pid;
	}
	catch_signals();
	recorder_start(&r, &o);
	if (*argv)
		start_child(&child, argv[0]);
	record(&r, *argv ? &child : NULL);
	recorder_finish(&r);
	targets_free(&targets);
	if (output && (ferror(o.out) || fclose(o.out) != 0))
		die(EX_IOERR, "%s: write failed", output);
	if (file_close_stdout() != 0)
		die(EX_IOERR, "standard output:");
	lost = diag_done();
	if (*argv && !stop)
		status = child_status(&child);
	return status ? status : lost;
}
