/*
 * worker.h - runs what the journal says, one gp-run at a time.
 *
 *	single runs, in the order in which they came ─┐
 *	                                              ├─► gp-run ─► how it ended
 *	the continuous session, again and again ──────┘
 *
 * A worker lives as long as there is something to run; the poll that found a
 * command starts one, detached, or a unit of systemd does. Two never run: the
 * second goes away at once.
 *
 * It looks at the journal twice a second while gp-run runs: a run that was
 * cancelled, or a cycle of the continuous session while a single run waits, gets a
 * SIGTERM, on which gp-run delivers what it has. A kill of the worker takes its
 * gp-run along, and is seen by the next one (journal_recover()).
 *
 * A session that no further cycle would help ends. The server repeats its command
 * for ever, and it would never begin again: so what may pass, as what gp-upload
 * was answered, has to end several cycles in a row.
 */
#ifndef GP_HEARTBEAT_WORKER_H
#define GP_HEARTBEAT_WORKER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

enum { WORKER_ARGS_MAX = 64 };

struct worker_options {
	const char *dir;    /* of the journal */
	const char *bindir; /* where gp-run is */
	/* More arguments for gp-run. */
	const char *arg[WORKER_ARGS_MAX];
	size_t args;
};

/* Work until nothing is left, or a SIGTERM or SIGINT comes. Returns an exit
 * status; says what is wrong itself. */
int worker_run(const struct worker_options *o);

/* Start a worker that outlives this process: this program, with the same
 * arguments and --work. False, and errno, if that cannot be. */
GP_MUSTUSE bool worker_spawn(char **argv);

#endif
