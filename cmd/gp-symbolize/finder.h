/*
 * finder.h - where the file of a module is, and its debug file.
 *
 *	1. /proc/PID/map_files/START-END: what is mapped, be it deleted or replaced
 *	2. the path below the root of the process
 *	3. the path below the root of other living processes of its container,
 *	   a few of them (targets.h)
 *	4. the path here, if the process is in no container
 *	5. the debug file of its build id, below the root of the process, then here
 *	6. the debug file that a server has (debuginfod.h)
 *
 * The last two have the functions, though not the code: so a stream can be named
 * where only the debug files are. What is found may still be another build: the caller
 * looks, and goes on with the next place.
 */
#ifndef GP_SYMBOLIZE_FINDER_H
#define GP_SYMBOLIZE_FINDER_H

#include <stdbool.h>
#include <stdint.h>

#include "debuginfod.h"
#include "elf/buildid.h"
#include "opener.h"
#include "targets.h"

enum { FINDER_FROM_MAX = 64 };

struct finder {
	struct targets *targets; /* the caller's */
	struct opener opener;
	struct debuginfod debuginfod;
	struct proc here; /* this process, once begun */
	bool begun;
};

/* What is known of a module. */
struct finder_module {
	const char *path;
	const struct buildid *build_id; /* may be none */
	uint32_t target;                /* or TARGET_NONE */
	uint32_t pad;
	uint64_t map_start, map_end;    /* 0: not told */
};

/* A search through the places; zeroed but for the module, it starts. */
struct finder_search {
	struct finder_module m;
	unsigned step;
	struct targets_search relatives;
	bool hung; /* a place did not answer: there is no next one */
	char from[FINDER_FROM_MAX]; /* where the last was found, for messages */
};

/* Open the file in the next place where there is one; false at the end. */
GP_MUSTUSE bool finder_next(struct finder *f, struct finder_search *s,
    struct opened *o);

/* The roots in which debug files are looked for. */
enum { FINDER_PROCESS, FINDER_HERE, FINDER_SERVER, FINDER_ROOTS };

/* Open the first of several files that a debug file may be: a descriptor for
 * reading, or -1. A server knows it by its build id, not by a path. */
GP_MUSTUSE int finder_open_debug(struct finder *f,
    const struct finder_module *m, unsigned root, const char *const *path,
    unsigned n);

void finder_free(struct finder *f);

#endif
