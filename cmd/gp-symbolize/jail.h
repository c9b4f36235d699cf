/*
 * jail.h - have a file read by a process that can do nothing else.
 *
 *	gp-symbolize                         worker (confine.h)
 *	------------                         ------
 *	jail_ask: number, bytes, file  --->  jobs[number].run(call)
 *	                               <---    jail_open(call, 1, "/usr/lib/…")
 *	checks, opens; the file or not --->    -1 or a descriptor
 *	diag_verbose()                 <---    jail_say(call, "12 symbols")
 *	take(arg, bytes)               <---    jail_put(call, bytes)
 *	JAIL_OK, status                <---  its result
 *
 * ELF and DWARF are read in a forked child, the worker, which has the open file,
 * a socket, and nothing else. It serves one request after the other, so the fork
 * costs nothing a file; and since they are answered one at a time, a crash, a
 * hang or an excess is the fault of the file it had in hand. jail_ask() then
 * kills what is left of it, says whose fault it was in an error, and the next
 * request gets a new worker. That the file is not asked about again is the
 * caller's business.
 *
 * The worker may be taken over by what it reads. So nothing it sends is
 * believed: take() gets any bytes, at most answer_max of them; open() gets any
 * path in any root below roots; status is any number. And since it could
 * lie about the files that come later, a worker serves files of one owner only.
 *
 * A job is a function and stands in a table, by its number. To add one: write
 *
 *	static int
 *	job_count(struct jail_call *c)
 *	{
 *		... read c->fd with pread, c->data, c->len; malloc is fine,
 *		... free it: the worker lives on
 *		jail_put(c, &n, sizeof n);
 *		return 0;
 *	}
 *
 * and put it into jobs.c. It runs confined: open(2) fails, dlopen(3) too. What it
 * must load it loads in prepare(), which runs before (and only if that job was
 * ever asked for).
 *
 * Some files must not even be open here: where a file system is a process of
 * somebody's (FUSE), close(2) waits for an answer, and nothing ends that. Of these
 * the caller has an O_PATH descriptor, which costs nothing; with reopen, a worker
 * of its own opens it before it is confined.
 *
 * A trusted jail's workers are not confined: what they do may hang, is all.
 *
 * With jail.open (--no-jail) jobs run in this process, for debuggers and
 * valgrind. A zeroed struct jail is no jail yet: jail_init(). One thread.
 */
#ifndef GP_SYMBOLIZE_JAIL_H
#define GP_SYMBOLIZE_JAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/attr.h"

enum {
	JAIL_REQUEST_MAX = 65536, /* bytes of a request */
	JAIL_PATH_MAX = 4096,     /* with the NUL */
	JAIL_OPENS_MAX = 1024,    /* files that one request may ask for */
	JAIL_SAYS_MAX = 64,       /* messages */
	JAIL_CPU_S = 10,          /* seconds of CPU time for one request, about */
	JAIL_WAIT_MS = 30000,     /* milliseconds, whatever it does */
	/* Each hang halves the wait of the next, down to this. */
	JAIL_WAIT_MIN_MS = 500,
};

/* -- the worker's side --------------------------------------------------- */

struct jail_request;

/* A request, as the job sees it. */
struct jail_call {
	const void *data; /* the request's bytes, aligned for any type */
	size_t len;
	int fd;      /* the file, or -1; not the job's to close */
	int give;    /* jail_give() */
	bool failed; /* the other side is gone: come to an end */
	const struct jail_request *direct; /* no jail: whose request it is */
	unsigned opens, says;
	uint64_t put;
};

struct jail_job {
	const char *what; /* "functions", for messages */
	void (*prepare)(void); /* or NULL */
	/* Returns what jail_ask() gives as *status. */
	int (*run)(struct jail_call *c);
};

/* Add bytes to the answer. They may travel later, and in other pieces. */
void jail_put(struct jail_call *c, const void *p, size_t len);

/* Have a file opened for reading: a descriptor, the job's to close, or -1. root:
 * a number that means something to the request's open(). */
GP_MUSTUSE int jail_open(struct jail_call *c, unsigned root,
    const char *path);

/* The same for the first of several paths that is there: with one question. */
GP_MUSTUSE int jail_open_any(struct jail_call *c, unsigned root,
    const char *const *path, unsigned n);

/* Of a trusted worker: give the other side a descriptor, which is closed here. */
void jail_give(struct jail_call *c, int fd);

/* A message for -v; the other side puts the file's name before it. */
void jail_say(struct jail_call *c, const char *fmt, ...) GP_PRINTF(2, 3);

/* -- the other side ------------------------------------------------------ */

struct jail {
	const struct jail_job *jobs;
	unsigned n;
	bool open;       /* no jail at all */
	bool trusted;    /* a worker that may hang, but is not confined */
	int wait_ms;     /* of the next request */
	int cpu_s;       /* of every request */
	int sock;        /* to the worker, or -1 */
	pid_t pid;
	uint32_t owner;  /* of the files that it serves */
	uint32_t loaded; /* jobs that it is prepared for, a bit each */
	uint32_t wanted; /* that every worker from now on shall be */
	bool told;       /* how strong it is */
	char why[128];   /* detail of the last error */
	uint64_t workers, asked; /* how many there were */
};

struct jail_request {
	unsigned job;
	const void *data; /* JAIL_REQUEST_MAX bytes at most */
	size_t len;
	int fd;           /* the file, the caller's; or -1 */
	bool reopen;      /* it is an O_PATH one */
	const char *name; /* its, for messages */
	uint32_t owner;   /* its uid, 0 for root's and the caller's own */

	/* Opens a file for the job; the descriptor is closed when it was sent.
	 * path is absolute. NULL: there are none. */
	int (*open)(void *arg, unsigned root, const char *path);
	void *open_arg;
	unsigned roots;

	/* Takes the answer, piece by piece. False ends it: JAIL_ETAKE. NULL:
	 * there may be none. */
	bool (*take)(void *arg, const void *p, size_t len);
	void *take_arg;
	uint64_t answer_max; /* bytes */

	int *given; /* set to what a trusted worker gave, or -1; may be NULL */
};

enum jail_err {
	JAIL_OK = 0,
	JAIL_ECRASH = -1,  /* the worker ended */
	JAIL_EHANG = -2,   /* it took too long */
	JAIL_EMEMORY = -3, /* it wanted too much memory */
	JAIL_EPROTO = -4,  /* it sent too much, or what makes no sense */
	JAIL_ETAKE = -5,   /* take() wanted no more */
	JAIL_EFORK = -6,   /* there is no worker: errno; not the file's fault */
};

/* jobs stays the caller's. n is 32 at most. open, trusted, wait_ms and cpu_s may
 * be set then. */
void jail_init(struct jail *j, const struct jail_job *jobs, unsigned n);

/* True if an error is the file's fault. */
bool jail_is_fault(enum jail_err err);

/*
 * Ask, and wait for the result.
 *
 * On JAIL_OK *status is what the job returned. On an error that is the file's
 * fault jail_why() says more; pieces of an answer may have been taken.
 */
GP_MUSTUSE enum jail_err jail_ask(struct jail *j, const struct jail_request *r,
    int *status);

/* Of the last error: "killed by SIGSEGV". Valid until the next request. */
const char *jail_why(const struct jail *j);

/* End the worker. The next request would start another. */
void jail_end(struct jail *j);

#endif
