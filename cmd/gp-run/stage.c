#include "stage.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/monotonic.h"
#include "privs.h"

enum { URGENT_NICE = -10 };
enum { EXEC_FAILED = 127, CHILDREN_BYTES_MAX = 1 << 20, SWEEP_ROUNDS = 500 };

void
stage_init(struct stage *s, const char *name, const char *path)
{
	*s = (struct stage){
		.name = name,
		.polite = SIGTERM,
		.said = STDERR_FILENO,
		.deadline = STAGE_NEVER,
		.patience_ns = STAGE_PATIENCE_NS,
		.pidfd = -1,
	};
	stage_arg(s, path);
}

void
stage_arg(struct stage *s, const char *arg)
{
	/* The last place is execv's NULL. */
	if (s->argc + 1 == STAGE_ARGS_MAX)
		die(EX_USAGE, "too many arguments for %s", s->name);
	s->argv[s->argc++] = arg;
}

static void
lower_limit(__rlimit_resource_t what, uint64_t value)
{
	struct rlimit r;

	if (value == 0 || getrlimit(what, &r) < 0)
		return;
	if (r.rlim_max == RLIM_INFINITY || r.rlim_max > value)
		r.rlim_max = value;
	r.rlim_cur = r.rlim_max;
	/* Lowering needs no privilege. */
	setrlimit(what, &r);
}

/* What the parent's terminal, timer or language runtime did to signals is none
 * of the stage's business: with SIGPIPE ignored it would not end when its
 * reader does. */
static void
reset_signals(void)
{
	sigset_t none;

	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* What needs privileges that the stage will not have. Without them it goes on
 * as it is: gp-record says what it lacks. */
static void
hurry(void)
{
	struct rlimit r;

	setpriority(PRIO_PROCESS, 0, URGENT_NICE);
	/* The maps of the sampler count as locked memory before Linux 5.11, and
	 * the rings of a machine with many CPUs always. */
	setrlimit(RLIMIT_MEMLOCK, &(struct rlimit){ RLIM_INFINITY,
	    RLIM_INFINITY });
	if (getrlimit(RLIMIT_NOFILE, &r) == 0) {
		r.rlim_cur = r.rlim_max;
		setrlimit(RLIMIT_NOFILE, &r);
	}
}

GP_NORETURN static void
become(const struct stage *s, int in, int out,
    const struct stage_limits *limits, pid_t parent)
{
	char *const *argv = (char *const *)(uintptr_t)s->argv;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXEC_FAILED); /* it died before the line above */
	/* Not 0: that would still start a core_pattern program such as
	 * systemd-coredump, with the memory as its input. 1 starts none and is
	 * too small for a file. */
	lower_limit(RLIMIT_CORE, 1);
	/* None of the three is a lower one: main() opened all of 0, 1, 2. */
	if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
	    dup2(s->said, STDERR_FILENO) < 0)
		_exit(EXEC_FAILED);
	reset_signals();
	/* For diag.h: what it says is read by us. */
	if (s->said != STDERR_FILENO)
		setenv("GP_REPORT", "1", 1);
	if (s->urgent)
		hurry();
	if (privs_keep(s->capabilities) < 0) {
		diag_error("cannot give up privileges:");
		_exit(EXEC_FAILED);
	}
	/* Last: they are the stage's, not ours. */
	lower_limit(RLIMIT_FSIZE, limits->file_bytes);
	lower_limit(RLIMIT_DATA, limits->data_bytes);
	execv(argv[0], argv);
	diag_error("%s:", argv[0]);
	_exit(EXEC_FAILED);
}

int
stage_start(struct stage *s, int in, int out,
    const struct stage_limits *limits)
{
	pid_t parent = getpid(), pid;

	pid = fork();
	if (pid < 0)
		return -1;
	if (pid == 0)
		become(s, in, out, limits, parent);
	/* Both sides do this, so that it is done whoever runs first. */
	setpgid(pid, pid);
	s->pid = pid;
	s->pidfd = pidfd_open(pid, 0);
	if (s->pidfd < 0) {
		int err = errno;

		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		errno = err;
		return -1;
	}
	s->state = STAGE_RUNNING;
	s->began = monotonic_ns();
	return 0;
}

bool
stage_is_running(const struct stage *s)
{
	return s->state == STAGE_RUNNING || s->state == STAGE_ASKED ||
	    s->state == STAGE_KILLED;
}

static bool
has_ended(const struct stage *s)
{
	struct pollfd p = { .fd = s->pidfd, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

static void
finish(struct stage *s, enum stage_state state)
{
	/* Before it is reaped: until then no other group has its number. */
	kill(-s->pid, SIGKILL);
	if (state == STAGE_ENDED &&
	    wait4(s->pid, &s->wstatus, 0, &s->usage) < 0)
		s->wstatus = W_EXITCODE(EX_OSERR, 0);
	close(s->pidfd);
	s->pidfd = -1;
	s->deadline = STAGE_NEVER;
	s->state = state;
	s->ended = monotonic_ns();
}

void
stage_ask(struct stage *s)
{
	if (s->state != STAGE_RUNNING)
		return;
	kill(s->pid, s->polite);
	kill(s->pid, SIGCONT); /* else a stopped one would not take it */
	s->state = STAGE_ASKED;
	s->deadline = monotonic_ns() + s->patience_ns;
}

void
stage_kill(struct stage *s)
{
	if (!stage_is_running(s))
		return;
	kill(-s->pid, SIGKILL);
	s->state = STAGE_KILLED;
	s->deadline = monotonic_ns() + s->patience_ns;
}

void
stage_step(struct stage *s, uint64_t now)
{
	if (!stage_is_running(s))
		return;
	if (has_ended(s)) {
		finish(s, STAGE_ENDED);
		return;
	}
	if (now < s->deadline)
		return;
	s->overdue = true;
	if (s->state == STAGE_RUNNING)
		stage_ask(s);
	else if (s->state == STAGE_ASKED)
		stage_kill(s);
	else
		finish(s, STAGE_STUCK);
}

bool
stage_has_exited(const struct stage *s)
{
	return s->state == STAGE_ENDED && WIFEXITED(s->wstatus) &&
	    WEXITSTATUS(s->wstatus) != EXEC_FAILED;
}

bool
stage_is_good(const struct stage *s)
{
	return stage_has_exited(s) && WEXITSTATUS(s->wstatus) <= 1;
}

int
stage_exit_status(const struct stage *s)
{
	if (s->state != STAGE_ENDED || !WIFEXITED(s->wstatus))
		return EX_SOFTWARE;
	if (WEXITSTATUS(s->wstatus) == EXEC_FAILED)
		return EX_UNAVAILABLE;
	return WEXITSTATUS(s->wstatus);
}

const char *
stage_how(const struct stage *s)
{
	static char text[64];
	const char *name;

	if (s->state == STAGE_UNUSED)
		return "not started";
	if (s->state == STAGE_STUCK)
		return "cannot be killed";
	if (WIFSIGNALED(s->wstatus)) {
		name = sigabbrev_np(WTERMSIG(s->wstatus));
		snprintf(text, sizeof text, "killed by SIG%s",
		    name ? name : "?");
	} else if (WEXITSTATUS(s->wstatus) == EXEC_FAILED) {
		snprintf(text, sizeof text, "cannot be run");
	} else {
		snprintf(text, sizeof text, "exit status %d",
		    WEXITSTATUS(s->wstatus));
	}
	return text;
}

static size_t
kill_children(void)
{
	struct buf b = { 0 };
	char path[64], *p;
	size_t n = 0;

	snprintf(path, sizeof path, "/proc/self/task/%d/children",
	    (int)getpid());
	if (file_read_at(AT_FDCWD, path, &b, CHILDREN_BYTES_MAX) < 0) {
		buf_free(&b);
		return 0;
	}
	for (p = b.s; p && *p; p += strspn(p, " ")) {
		long pid = strtol(p, &p, 10);

		if (pid <= 1)
			break;
		kill((pid_t)pid, SIGKILL);
		n++;
	}
	buf_free(&b);
	return n;
}

size_t
stage_sweep(void)
{
	size_t found = 0;

	/* Killing one gives us its children, hence the rounds; bounded, since a
	 * process may sleep in the kernel for ever. */
	for (int i = 0; i < SWEEP_ROUNDS; i++) {
		size_t n = kill_children();
		pid_t pid;

		if (i == 0)
			found = n;
		while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
			;
		if (pid < 0)
			break;
		poll(NULL, 0, 10);
	}
	return found;
}
