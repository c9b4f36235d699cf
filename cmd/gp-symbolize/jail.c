#include "jail.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/diag.h"
#include "confine.h"
#include "message.h"

/* What goes through the socket. */
enum kind {
	ASK = 1, /* arg: job; its request; the file, if any */
	OPENED,  /* arg: 1, and the file; or 0 */
	HELLO,   /* arg: what is lacking in the jail */
	PUT,     /* a piece of the answer */
	OPEN,    /* arg: root; paths, with a NUL between them */
	SAY,     /* a message */
	DONE,    /* arg: status; trusted workers: a file, if any */
};

enum {
	REAP_MS = 2000, REAP_HUNG_MS = 100,
	MEMORY_KEPT = 32 << 20, /* bytes; the most that malloc takes */
};

static struct message message; /* one at a time, on either side */

/* -- the worker's side --------------------------------------------------- */

void
jail_put(struct jail_call *c, const void *p, size_t len)
{
	const char *s = p;

	if (c->direct) {
		const struct jail_request *r = c->direct;

		c->put += len;
		if (!r->take || c->put > r->answer_max ||
		    !r->take(r->take_arg, p, len))
			c->failed = true;
		return;
	}
	for (size_t n; len && !c->failed; s += n, len -= n) {
		n = len < MESSAGE_MAX ? len : MESSAGE_MAX;
		c->failed = !message_send(CONFINE_FD, PUT, 0, s, n, -1, 0);
	}
}

/* Open the first that is there of paths that stand one behind the other, len
 * bytes with their NULs. */
static int
open_first(const struct jail_request *r, unsigned root, const char *path,
    size_t len)
{
	int fd = -1;

	if (!r->open || root >= r->roots)
		return -1;
	for (size_t n; len && fd < 0; path += n, len -= n) {
		n = strlen(path) + 1;
		fd = r->open(r->open_arg, root, path);
	}
	return fd;
}

int
jail_open(struct jail_call *c, unsigned root, const char *path)
{
	return jail_open_any(c, root, &path, 1);
}

int
jail_open_any(struct jail_call *c, unsigned root, const char *const *path,
    unsigned n)
{
	/* The request's bytes are still in use. */
	static struct message answer;
	char b[JAIL_PATH_MAX];
	size_t len = 0;

	for (unsigned i = 0; i < n; i++) {
		size_t size = strlen(path[i]) + 1;

		if (path[i][0] != '/' || size > sizeof b - len)
			continue;
		memcpy(b + len, path[i], size);
		len += size;
		c->opens++;
	}
	if (len == 0 || c->opens > JAIL_OPENS_MAX || c->failed)
		return -1;
	if (c->direct)
		return open_first(c->direct, root, b, len);
	if (!message_send(CONFINE_FD, OPEN, root, b, len, -1, 0) ||
	    !message_receive(CONFINE_FD, &answer, true, 0) ||
	    answer.kind != OPENED) {
		c->failed = true;
		return -1;
	}
	return answer.fd;
}

void
jail_give(struct jail_call *c, int fd)
{
	if (c->give >= 0)
		close(c->give);
	c->give = fd;
}

void
jail_say(struct jail_call *c, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	if (++c->says > JAIL_SAYS_MAX || c->failed)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (c->direct)
		diag_verbose("%s: %s", c->direct->name, text);
	else
		c->failed = !message_send(CONFINE_FD, SAY, 0, text,
		    strlen(text), -1, 0);
}

/* So many seconds more than were used, and then SIGXCPU. The hard limit stays:
 * what is confined may raise it no further, and the other side has a clock. */
static void
bound_cpu(int seconds)
{
	struct rusage used;
	struct rlimit rl;

	if (getrusage(RUSAGE_SELF, &used) != 0 ||
	    getrlimit(RLIMIT_CPU, &rl) != 0)
		return;
	rl.rlim_cur = (rlim_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec +
	    seconds + 1);
	if (rl.rlim_cur > rl.rlim_max)
		rl.rlim_cur = rl.rlim_max;
	(void)setrlimit(RLIMIT_CPU, &rl);
}

/* Memory that one file took serves the next: new pages cost more than most of what
 * is written to them. */
static void
keep_memory(void)
{
	(void)mallopt(M_MMAP_THRESHOLD, MEMORY_KEPT);
	(void)mallopt(M_TRIM_THRESHOLD, MEMORY_KEPT);
}

/* file: the one for all requests, or -1. It is not closed: see jail.h. */
static void
serve(const struct jail *j, int file)
{
	while (message_receive(CONFINE_FD, &message, true, 0)) {
		struct jail_call c = { .data = message.b, .len = message.len,
			.fd = file >= 0 ? file : message.fd, .give = -1 };
		int status;

		if (message.kind != ASK || message.arg >= j->n)
			return;
		if (!j->trusted)
			bound_cpu(j->cpu_s);
		status = j->jobs[message.arg].run(&c);
		if (message.fd >= 0)
			close(message.fd);
		if (c.failed || !message_send(CONFINE_FD, DONE,
		    (uint32_t)status, NULL, 0, c.give, 0))
			return;
		if (c.give >= 0)
			close(c.give);
	}
}

static int
open_again(int fd)
{
	char name[64];

	snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
	return open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

GP_NORETURN static void
be_worker(const struct jail *j, int sock, int path_fd, pid_t parent)
{
	unsigned lack = 0;
	int file;

	(void)prctl(PR_SET_NAME, j->trusted ? "gp-symbolize:op" :
	    "gp-symbolize:ro");
	/* First of all: what hangs from here on holds nobody's pipe. */
	confine_settle(sock, path_fd, parent);
	file = path_fd >= 0 ? open_again(CONFINE_FILE) : -1;
	for (unsigned i = 0; i < j->n; i++)
		if (j->wanted >> i & 1 && j->jobs[i].prepare)
			j->jobs[i].prepare();
	keep_memory();
	if (!j->trusted)
		lack = confine_self();
	if (message_send(CONFINE_FD, HELLO, lack, NULL, 0, -1, 0))
		serve(j, file);
	_exit(0);
}

/* -- starting and ending one --------------------------------------------- */

void
jail_init(struct jail *j, const struct jail_job *jobs, unsigned n)
{
	*j = (struct jail){ .jobs = jobs, .n = n, .sock = -1, .pid = -1,
		.wait_ms = JAIL_WAIT_MS, .cpu_s = JAIL_CPU_S };
	/* Ignored, as it may be inherited, it would take the status away. */
	signal(SIGCHLD, SIG_DFL);
}

/* The status of a worker that was killed, or ended before. One that hangs in the
 * kernel cannot be waited for: false. */
static bool
reap(pid_t pid, int wait_ms, int *status)
{
	struct timespec pause = { .tv_nsec = 100 * 1000 };

	for (int64_t waited = 0; waited < wait_ms * 1000000ll;
	    waited += pause.tv_nsec) {
		pid_t got = waitpid(pid, status, WNOHANG);

		if (got != 0)
			return got == pid;
		nanosleep(&pause, NULL);
		if (pause.tv_nsec < 10 * 1000 * 1000)
			pause.tv_nsec *= 2;
	}
	return false;
}

/* Kill the worker; false if its status is not known. */
static bool
stop(struct jail *j, int wait_ms, int *status)
{
	bool known;

	if (j->sock >= 0)
		close(j->sock);
	j->sock = -1;
	if (j->pid <= 0)
		return false;
	kill(j->pid, SIGKILL);
	known = reap(j->pid, wait_ms, status);
	j->pid = -1;
	return known;
}

void
jail_end(struct jail *j)
{
	int status;

	/* A worker that hung is not waited for a second time: it has no pid here. */
	(void)stop(j, REAP_MS, &status);
}

static bool
start(struct jail *j, const struct jail_request *r)
{
	pid_t parent = getpid();
	int pair[2], err;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return false;
	j->pid = fork();
	if (j->pid == 0)
		be_worker(j, pair[1], r->reopen ? r->fd : -1, parent);
	err = errno;
	close(pair[1]);
	if (j->pid < 0) {
		close(pair[0]);
		errno = err;
		return false;
	}
	j->sock = pair[0];
	j->owner = r->owner;
	j->loaded = j->wanted;
	j->workers++;
	return true;
}

/* -- the other side ------------------------------------------------------ */

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

/* Wait until the socket can be read, or written. */
static bool
wait_for(const struct jail *j, short events, int64_t deadline)
{
	struct pollfd p = { .fd = j->sock, .events = events };
	int64_t left;
	int n;

	do {
		left = deadline - now_ms();
		n = poll(&p, 1, left > 0 ? (int)left : 0);
	} while (n < 0 && errno == EINTR);
	return n > 0;
}

static const char *
signal_text(int sig)
{
	const char *name = sigabbrev_np(sig);

	return name ? name : "?";
}

/* The worker ended, or is to end: what for. */
static enum jail_err
give_up(struct jail *j, enum jail_err err, const char *why)
{
	int status = 0;
	bool known = stop(j, err == JAIL_EHANG ? REAP_HUNG_MS : REAP_MS,
	    &status);

	snprintf(j->why, sizeof j->why, "%s", why);
	if (err == JAIL_EHANG && j->wait_ms > JAIL_WAIT_MIN_MS) {
		j->wait_ms /= 2;
		if (j->wait_ms < JAIL_WAIT_MIN_MS)
			j->wait_ms = JAIL_WAIT_MIN_MS;
	}
	if (err != JAIL_ECRASH || !known)
		return err;
	if (WIFEXITED(status) && WEXITSTATUS(status) == EX_OSERR) {
		snprintf(j->why, sizeof j->why, "it took more than %llu MiB",
		    CONFINE_DATA_MAX >> 20);
		return JAIL_EMEMORY;
	}
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU) {
		snprintf(j->why, sizeof j->why,
		    "it took more than %d s of CPU time", j->cpu_s);
		return JAIL_EHANG;
	}
	if (WIFSIGNALED(status))
		snprintf(j->why, sizeof j->why, "its reader was ended by SIG%s",
		    signal_text(WTERMSIG(status)));
	return err;
}

static void
tell_strength(struct jail *j, unsigned lack)
{
	if (j->told)
		return;
	j->told = true;
	for (unsigned bit = 1; bit <= CONFINE_NO_MEMORY; bit *= 2)
		if (lack & bit)
			diag_verbose("the jail is weaker: %s",
			    confine_text((enum confine_lack)bit));
}

/* Whether a message holds paths, each from the root on; how many. */
static unsigned
count_paths(const char *s, size_t len)
{
	unsigned n = 0;

	if (len > JAIL_PATH_MAX || len == 0 || s[len - 1] != '\0')
		return 0;
	for (size_t size; len; s += size, len -= size, n++) {
		if (s[0] != '/')
			return 0;
		size = strlen(s) + 1;
	}
	return n;
}

/* The job wants a file; *opens counts what it asked for. */
static bool
open_for(struct jail *j, const struct jail_request *r, unsigned *opens,
    int64_t deadline)
{
	/* Whoever opens it may ask another worker. */
	char paths[JAIL_PATH_MAX];
	size_t len = message.len;
	unsigned root = message.arg;
	unsigned n = count_paths((const char *)message.b, len);
	int fd;
	bool ok;

	*opens += n;
	if (n == 0 || *opens > JAIL_OPENS_MAX)
		return false;
	memcpy(paths, message.b, len);
	fd = open_first(r, root, paths, len);
	ok = wait_for(j, POLLOUT, deadline) && message_send(j->sock, OPENED,
	    fd >= 0, NULL, 0, fd, MSG_DONTWAIT);
	if (fd >= 0)
		close(fd);
	return ok;
}

static bool
take(const struct jail_request *r, uint64_t *taken)
{
	*taken += message.len;
	return r->take && *taken <= r->answer_max;
}

/* Descriptors come with results only, and from trusted workers. */
static void
drop_file(void)
{
	if (message.fd >= 0)
		close(message.fd);
	message.fd = -1;
}

static void
give(const struct jail_request *r, int fd)
{
	if (r->given)
		*r->given = fd;
	else if (fd >= 0)
		close(fd);
}

/* Serve the worker until it is done. */
static enum jail_err
attend(struct jail *j, const struct jail_request *r, int64_t deadline,
    int *status)
{
	static const char nonsense[] = "its reader made no sense";
	unsigned opens = 0, says = 0;
	uint64_t taken = 0;

	for (;;) {
		if (!wait_for(j, POLLIN, deadline))
			return give_up(j, JAIL_EHANG, "it took too long");
		if (!message_receive(j->sock, &message, j->trusted,
		    MSG_DONTWAIT))
			return give_up(j, JAIL_ECRASH, "its reader ended");
		if (message.kind != DONE)
			drop_file();
		switch (message.kind) {
		case HELLO:
			tell_strength(j, message.arg);
			continue;
		case PUT:
			if (!take(r, &taken))
				return give_up(j, JAIL_EPROTO,
				    "the answer is too long");
			if (!r->take(r->take_arg, message.b, message.len))
				return give_up(j, JAIL_ETAKE, "not wanted");
			continue;
		case OPEN:
			if (!open_for(j, r, &opens, deadline))
				break;
			continue;
		case SAY:
			if (++says > JAIL_SAYS_MAX)
				break;
			diag_verbose("%s: %.*s", r->name, (int)message.len,
			    (const char *)message.b);
			continue;
		case DONE:
			*status = (int)message.arg;
			give(r, message.fd);
			return JAIL_OK;
		}
		return give_up(j, JAIL_EPROTO, nonsense);
	}
}

static enum jail_err
ask_direct(struct jail *j, const struct jail_request *r, int *status)
{
	struct jail_call c = { .data = r->data, .len = r->len, .fd = r->fd,
		.give = -1, .direct = r };

	if (j->jobs[r->job].prepare)
		j->jobs[r->job].prepare();
	if (r->reopen)
		c.fd = open_again(r->fd);
	*status = j->jobs[r->job].run(&c);
	if (r->reopen && c.fd >= 0)
		close(c.fd);
	give(r, c.give);
	return c.failed ? JAIL_ETAKE : JAIL_OK;
}

static bool
send_request(const struct jail *j, const struct jail_request *r)
{
	return message_send(j->sock, ASK, r->job, r->data, r->len,
	    r->reopen ? -1 : r->fd, MSG_DONTWAIT);
}

enum jail_err
jail_ask(struct jail *j, const struct jail_request *r, int *status)
{
	int64_t deadline = now_ms() + j->wait_ms;
	enum jail_err err;

	*status = 0;
	j->asked++;
	if (r->given)
		*r->given = -1;
	if (j->open)
		return ask_direct(j, r, status);
	if (j->jobs[r->job].prepare)
		j->wanted |= 1u << r->job;
	if (j->sock >= 0 && (j->owner != r->owner || r->reopen ||
	    j->wanted & ~j->loaded))
		jail_end(j);
	if (j->sock < 0 && !start(j, r))
		return JAIL_EFORK;
	if (!wait_for(j, POLLOUT, deadline) || !send_request(j, r)) {
		/* Killed since the last one: nobody's fault, so once more. */
		jail_end(j);
		if (!start(j, r) || !send_request(j, r))
			return JAIL_EFORK;
	}
	err = attend(j, r, deadline, status);
	if (r->reopen)
		jail_end(j);
	return err;
}

const char *
jail_why(const struct jail *j)
{
	return j->why;
}

bool
jail_is_fault(enum jail_err err)
{
	return err < 0 && err > JAIL_ETAKE;
}
