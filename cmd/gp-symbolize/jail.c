#include "jail.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/diag.h"
#include "confine.h"
#include "message.h"
#include "worker.h"

enum { REAP_MS = 2000, REAP_HUNG_MS = 100 };

static struct message message; /* one at a time */

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
		worker_be(j, pair[1], r->reopen ? r->fd : -1, parent);
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
	fd = worker_open_first(r, root, paths, len);
	ok = wait_for(j, POLLOUT, deadline) && message_send(j->sock, OPENED,
	    fd >= 0, NULL, 0, fd, MSG_DONTWAIT);
	if (fd >= 0)
		close(fd);
	return ok;
}

/* A piece of the answer came; *taken counts the bytes. */
static enum jail_err
take(struct jail *j, const struct jail_request *r, uint64_t *taken)
{
	*taken += message.len;
	if (!r->take || *taken > r->answer_max)
		return give_up(j, JAIL_EPROTO, "the answer is too long");
	if (!r->take(r->take_arg, message.b, message.len))
		return give_up(j, JAIL_ETAKE, "not wanted");
	return JAIL_OK;
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
	enum jail_err err = JAIL_OK;
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
			err = take(j, r, &taken);
			if (err != JAIL_OK)
				return err;
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
			if (message.len)
				err = take(j, r, &taken);
			if (err == JAIL_OK)
				give(r, message.fd);
			else
				drop_file();
			return err;
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
		c.fd = worker_open_again(r->fd);
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
