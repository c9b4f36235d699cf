/*
 * stage.h - one command of the cycle, as a child that cannot get away.
 *
 * A stage is started with three descriptors and no others, default signals, the
 * capabilities that it needs and no way to more, limits on memory and file size,
 * no core dump, and in a process group of its own. The kernel kills it when
 * gp-run dies, however gp-run dies (PR_SET_PDEATHSIG). When it has ended, what is
 * left of its group is killed.
 *
 * A deadline ends it in three steps, each patience_ns after the last:
 *
 *	RUNNING --deadline--> ASKED --> KILLED --> STUCK
 *	            the polite signal,  SIGKILL    given up: it
 *	            and SIGCONT         the group  sleeps in the kernel
 *
 * SIGCONT, because a stage that somebody stopped can then still finish.
 *
 * stage_step() does what is due; wait on pidfd meanwhile. Errors are returned;
 * what to make of a stage's end is the caller's business.
 */
#ifndef GP_STAGE_H
#define GP_STAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "base/attr.h"

#define STAGE_PATIENCE_NS UINT64_C(5000000000) /* unless set otherwise */
#define STAGE_NEVER UINT64_MAX /* a deadline that does not come */

enum { STAGE_ARGS_MAX = 64 };

enum stage_state {
	STAGE_UNUSED = 0,
	STAGE_RUNNING,
	STAGE_ASKED,
	STAGE_KILLED,
	STAGE_ENDED, /* wstatus is valid */
	STAGE_STUCK, /* given up; it may still exist */
};

struct stage_limits {
	uint64_t data_bytes; /* RLIMIT_DATA, 0: as inherited */
	uint64_t file_bytes; /* RLIMIT_FSIZE, 0: as inherited */
};

struct stage {
	const char *name;   /* "gp-record" */
	const char *argv[STAGE_ARGS_MAX]; /* argv[0] is the path */
	size_t argc;
	int polite;         /* the signal that asks it to end; 0: SIGTERM */
	int said;           /* its stderr; the caller's */
	uint64_t capabilities; /* bit n: it keeps number n, if there is that */
	bool urgent;        /* it goes first, and may lock memory */
	enum stage_state state;
	bool overdue;       /* a deadline had to end it */
	uint64_t deadline;  /* monotonic_ns() of the next step */
	uint64_t patience_ns;
	pid_t pid;
	int pidfd;          /* readable when it has ended */
	int wstatus;        /* as from waitpid(2) */
	struct rusage usage; /* of it and its children, when it has ended */
	uint64_t began, ended; /* monotonic_ns() */
};

/* Make ready to start: path goes to argv[0]. */
void stage_init(struct stage *s, const char *name, const char *path);

/* Add an argument, kept, not copied. More than STAGE_ARGS_MAX end the program
 * with EX_USAGE: only a user can cause that. */
void stage_arg(struct stage *s, const char *arg);

/* Start it with in, out and s->said as its three descriptors (they stay the
 * caller's). Returns 0, or -1 with errno and nothing running. A file that cannot
 * be executed shows as exit status 127. */
GP_MUSTUSE int stage_start(struct stage *s, int in, int out,
    const struct stage_limits *limits);

/* True from stage_start() until ENDED or STUCK. */
bool stage_is_running(const struct stage *s);

/* Do what is due at this time: notice its end, enforce its deadline. */
void stage_step(struct stage *s, uint64_t now);

/* Ask it to end now, as its deadline would, but without blame. */
void stage_ask(struct stage *s);

/* SIGKILL to its whole group, at once. */
void stage_kill(struct stage *s);

/* True if it ended by exit(3), with one of the statuses that promise complete
 * output: 0, or 1 when data was lost. */
bool stage_is_good(const struct stage *s);

/* True if it ended by exit(3), rather than by a signal or because it cannot be
 * run at all: then its exit status is its own word. */
bool stage_has_exited(const struct stage *s);

/* The status this stage's failure earns gp-run, when nothing replaces it: its
 * own exit status, or EX_SOFTWARE. */
int stage_exit_status(const struct stage *s);

/* How it ended, for a message: "killed by SIGSEGV", "exit status 70". Valid
 * until the next call. */
const char *stage_how(const struct stage *s);

/* Kill and reap every child that this process still has: what stages left
 * behind in other groups comes here, since gp-run is their subreaper. Returns
 * how many there were. */
size_t stage_sweep(void);

#endif
