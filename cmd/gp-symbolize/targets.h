/*
 * targets.h - the processes of the stream.
 *
 *	#process pid=4242 start=77310 comm=node uid=33 container=9f86…
 *
 * Each #process makes a new target, also for a pid that is known: it executed
 * another program, or the pid was given to another process. Lines below refer to
 * the latest. Numbers of targets count from 0 and are never used again, so that
 * a name that was cached for one target is never taken for another's.
 *
 * Files are looked for through living processes. That /proc/PID is still the one
 * that the record means is checked by its start time.
 */
#ifndef GP_SYMBOLIZE_TARGETS_H
#define GP_SYMBOLIZE_TARGETS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/intern.h"
#include "base/pairmap.h"
#include "proc/proc.h"
#include "stream/record.h"

#define TARGET_NONE UINT32_MAX

/* The user of a process that the stream does not tell. */
#define TARGET_NOBODY UINT32_MAX

enum {
	/* Living processes that one search looks into for what a dead one had. */
	TARGETS_RELATIVES_MAX = 8,
	/* Processes of the stream among which it looks for them, the newest. */
	TARGETS_LOOKED_AT_MAX = 4096,
};

struct target {
	uint32_t pid;
	uint32_t container; /* id in targets.containers, or INTERN_NONE */
	uint64_t start;     /* 0: not told */
	uint32_t uid;       /* effective, or TARGET_NOBODY */
	uint32_t ns_pid;    /* in its own name space; 0: not told */
	bool gone;          /* it was looked for, and will not come back */
};

struct targets {
	struct target *v;
	uint32_t n, cap;
	struct pairmap by_pid; /* the latest of a pid */
	struct intern containers;
	/* The stream was not recorded here, since boot: pids mean nothing. */
	bool foreign;
};

/* Take a #process record. False if it is malformed. */
GP_MUSTUSE bool targets_add(struct targets *t, const struct record *r);

/* The latest target of a pid, or TARGET_NONE. */
uint32_t targets_find(const struct targets *t, uint32_t pid);

/* Open a target's /proc/PID. False if the process is gone; proc_done() it only
 * if true. */
GP_MUSTUSE bool targets_open(struct targets *t, uint32_t target,
    struct proc *p);

/* A search for living processes; zeroed, it starts. */
struct targets_search {
	uint32_t seen;  /* targets */
	uint32_t tried; /* living ones */
	uint32_t last;  /* the target that was opened last */
};

/*
 * Open the next living process in the container of a target, or if that is in
 * none the next one in none; newest first. False if there is none, or the search
 * has come to a limit; proc_done() it only if true.
 *
 * To pass by the dead costs little: each is looked for only once.
 */
GP_MUSTUSE bool targets_open_relative(struct targets *t, uint32_t target,
    struct targets_search *r, struct proc *p);

/* Whether a file was last written before the target started, by its time in
 * seconds since 1970. A clock that was set meanwhile is allowed for. */
bool targets_is_older(const struct targets *t, uint32_t target,
    int64_t written);

/* A new #gp: pids begin anew. */
void targets_reset(struct targets *t);
void targets_free(struct targets *t);

#endif
