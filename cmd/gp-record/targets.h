/*
 * targets.h - the processes to record, as gp-discover chose them.
 *
 * A gp stream of #process records: those with decision=profile (or with none)
 * are recorded. What gp-discover has found out about them (targets_keys) is passed
 * on, so that it is found out once.
 */
#ifndef GP_RECORD_TARGETS_H
#define GP_RECORD_TARGETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "stream/stream.h"

enum { TARGETS_RUNTIME = 0, TARGETS_OF_PROGRAM = 9, TARGETS_KEYS = 14 };

struct target {
	uint32_t pid;
	uint64_t start; /* ticks since boot; 0: not told */
	const char *told[TARGETS_KEYS]; /* NULL: not */
};

/* Fields of #process that only gp-discover knows. The first TARGETS_OF_PROGRAM
 * change when another program is executed. */
extern const char *const targets_keys[TARGETS_KEYS];

struct targets {
	struct arena arena;
	struct target *target; /* by pid */
	size_t n, cap;
};

/* Read a stream to its end. Lines that are not understood are diagnosed. */
GP_MUSTUSE enum stream_err targets_read(struct targets *t, int fd,
    const char *name);

/* What was told of a process, or NULL. */
const struct target *targets_find(const struct targets *t, uint32_t pid,
    uint64_t start);

void targets_free(struct targets *t);

#endif
