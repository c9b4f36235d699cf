/*
 * compiled.h - names of the code that JIT compilers made in the processes.
 *
 *	#jit pid=4242 dump=/tmp/jit-4242.dump map=7f12a000-7f12b000
 *
 *	/tmp/perf-PID.map    where code is, the newest last
 *	jit-PID.dump         since when, too, and where in the source it is from
 *
 * Files are opened (opener.h) when the stream first tells of a process's code, and
 * are read in the jail when an address is to be named: the dump first, then the
 * map for what is not in it. Both may grow while the stream comes. They are looked
 * at again where a name is missing, and when the stream says that time went on.
 *
 * Where the stream tells the time (#time, and clock in #gp) code of a dump is that
 * which was there by the end of the interval; else the newest.
 *
 * A file must belong to the process's user or to root: anybody can put one into
 * /tmp. One that was last written before the process started is another's.
 *
 * Since the meaning of an address changes, names may be kept only for a view: a
 * number that is never used again once it does.
 *
 * Bounded: tables by COMPILED_MEMORY_MAX, the least used go and are read again if
 * needed; descriptors by COMPILED_FDS_MAX, with those closed first that were read.
 */
#ifndef GP_SYMBOLIZE_COMPILED_H
#define GP_SYMBOLIZE_COMPILED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "jitjob.h"
#include "opener.h"
#include "proc/jitcode.h"
#include "stream/record.h"
#include "targets.h"

enum {
	COMPILED_FDS_MAX = 128,
	COMPILED_MEMORY_MAX = 32 << 20, /* bytes */
	/* How often a file is read that grows. */
	COMPILED_READS_MAX = 64,
	COMPILED_SLOW_READS_MAX = 4, /* where it cannot be told if it grew */
	COMPILED_TRIES_MAX = 4,      /* to find a file */
};

enum { COMPILED_FORMS = JITJOB_DUMP + 1 };

struct compiled_file {
	int fd;         /* -1: not open */
	bool slow;      /* opener.h */
	bool refused;   /* and said */
	uint8_t tries;
	uint32_t owner; /* as in jail_request */
	uint32_t reads;
	uint64_t size;  /* when it was read */
	uint64_t used;  /* when last */
	struct jitcode *code; /* NULL: not read */
};

struct compiled_target {
	const char *dump; /* its path in the process, or NULL: none was told */
	uint64_t map_start, map_end; /* its mapping; 0: not told */
	uint32_t view, epoch;
	struct compiled_file file[COMPILED_FORMS];
};

struct compiled {
	struct targets *targets; /* the caller's, like the next two */
	struct opener *opener;
	struct jail *jail;
	bool lines;              /* places in the source are wanted */
	struct compiled_target *v; /* by the target's number */
	uint32_t n, cap;
	struct arena arena;      /* paths */
	uint32_t fds, views, epoch;
	uint64_t tick;
	uint64_t clock, interval; /* of the stream, ns; 0: not told */
	uint64_t time;           /* of the samples that come, or JITCODE_NOW */
};

/* A #gp record: another stream. */
void compiled_begin(struct compiled *c, const struct record *r);

/* A #time or #progress record. */
void compiled_tell_time(struct compiled *c, const struct record *r);

/* A #jit record, or a #process record of one that has a runtime: open what there
 * is, for its code will be asked for. False if it is malformed. */
GP_MUSTUSE bool compiled_expect(struct compiled *c, const struct record *r);

/* For what names of a target are good. */
uint32_t compiled_view(struct compiled *c, uint32_t target);

/* The code at an address of a target. What is found is valid until the next
 * call of any of these. */
GP_MUSTUSE bool compiled_find(struct compiled *c, uint32_t target,
    uint64_t addr, struct jitcode_found *found);

void compiled_free(struct compiled *c);

#endif
