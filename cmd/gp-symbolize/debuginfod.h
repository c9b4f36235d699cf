/*
 * debuginfod.h - debug files from a server, by build id.
 *
 * Where DEBUGINFOD_URLS is set, libdebuginfod asks the servers in it, and keeps
 * what comes in a cache of its own. It is loaded when the first file is wanted, by
 * a worker (jail.h) that may take as long as it likes: what it may take of this
 * run, all files together, is bounded here. When that is spent, or the worker
 * crashed, no more is asked.
 *
 * Source: debuginfod_find_debuginfo(3).
 */
#ifndef GP_SYMBOLIZE_DEBUGINFOD_H
#define GP_SYMBOLIZE_DEBUGINFOD_H

#include <stdbool.h>
#include <stdint.h>

#include "elf/buildid.h"
#include "jail.h"

enum { DEBUGINFOD_S = 20 }; /* seconds of waiting in one run, by default */

struct debuginfod {
	struct jail jail;
	int64_t left_ms; /* of the time to wait; 0: nobody is asked */
	bool late;       /* that it is spent was said */
};

/* Ready to ask, if the environment says whom. */
void debuginfod_init(struct debuginfod *d, uint64_t wait_ns);

/* True if servers may be asked. */
bool debuginfod_is_on(const struct debuginfod *d);

/* Get the debug file of a build id: a descriptor for reading, or -1. name: of
 * the file whose it is, for messages. */
GP_MUSTUSE int debuginfod_open(struct debuginfod *d, const struct buildid *id,
    const char *name);

void debuginfod_free(struct debuginfod *d);

#endif
