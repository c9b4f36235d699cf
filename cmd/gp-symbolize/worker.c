#include "worker.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/bigpages.h"
#include "base/diag.h"
#include "confine.h"
#include "message.h"

/* Bytes. What one file took serves the next; the largest take about as much. */
enum { MEMORY_KEPT = 32 << 20 };

/* What is to be sent of the answer: each message wakes up the other side. */
static char unsent[MESSAGE_MAX];
static size_t unsent_len;

/* -- what jobs call ------------------------------------------------------ */

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
		if (unsent_len == sizeof unsent) {
			c->failed = !message_send(CONFINE_FD, PUT, 0, unsent,
			    unsent_len, -1, 0);
			unsent_len = 0;
		}
		n = sizeof unsent - unsent_len;
		if (n > len)
			n = len;
		memcpy(unsent + unsent_len, s, n);
		unsent_len += n;
	}
}

/* Open the first that is there of paths that stand one behind the other, len
 * bytes with their NULs. */
int
worker_open_first(const struct jail_request *r, unsigned root, const char *path,
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
	static struct message opened;
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
		return worker_open_first(c->direct, root, b, len);
	if (!message_send(CONFINE_FD, OPEN, root, b, len, -1, 0) ||
	    !message_receive(CONFINE_FD, &opened, true, 0) ||
	    opened.kind != OPENED) {
		c->failed = true;
		return -1;
	}
	return opened.fd;
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

	if (diag_verbosity() < 1 || ++c->says > JAIL_SAYS_MAX || c->failed)
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

/* -- the process --------------------------------------------------------- */

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

/* file: the one for all requests, or -1. It is not closed: see jail.h. */
static void
serve(const struct jail *j, int file)
{
	static struct message asked;

	while (message_receive(CONFINE_FD, &asked, true, 0)) {
		struct jail_call c = { .data = asked.b, .len = asked.len,
			.fd = file >= 0 ? file : asked.fd, .give = -1 };
		int status;

		if (asked.kind != ASK || asked.arg >= j->n)
			return;
		unsent_len = 0;
		if (!j->trusted)
			bound_cpu(j->cpu_s);
		status = j->jobs[asked.arg].run(&c);
		if (asked.fd >= 0)
			close(asked.fd);
		if (c.failed || !message_send(CONFINE_FD, DONE,
		    (uint32_t)status, unsent, unsent_len, c.give, 0))
			return;
		if (c.give >= 0)
			close(c.give);
	}
}

int
worker_open_again(int fd)
{
	char name[64];

	snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
	return open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

void
worker_be(const struct jail *j, int sock, int path_fd, pid_t parent)
{
	unsigned lack = 0;
	int file;

	(void)prctl(PR_SET_NAME, j->trusted ? "gp-symbolize:op" :
	    "gp-symbolize:ro");
	/* First of all: what hangs from here on holds nobody's pipe. */
	confine_settle(sock, path_fd, parent);
	file = path_fd >= 0 ? worker_open_again(CONFINE_FILE) : -1;
	for (unsigned i = 0; i < j->n; i++)
		if (j->wanted >> i & 1 && j->jobs[i].prepare)
			j->jobs[i].prepare();
	if (!j->trusted) {
		bigpages_keep(MEMORY_KEPT);
		lack = confine_self();
	}
	if (message_send(CONFINE_FD, HELLO, lack, NULL, 0, -1, 0))
		serve(j, file);
	_exit(0);
}
