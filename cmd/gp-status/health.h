/*
 * health.h - what the figures mean: the limits of limits.def, held against them.
 *
 *	gp_cycle_peak_memory_bytes 905969664
 *	  ─► GpMemory, a warning: "memory of all stages at once: 906 MB"
 *
 * A figure that is not there (gp-heartbeat was never started) is no problem.
 */
#ifndef GP_STATUS_HEALTH_H
#define GP_STATUS_HEALTH_H

#include <stddef.h>

#include "base/buf.h"
#include "ship/metrics.h"

enum health_limit {
#define LIMIT(alert, value, warn, crit, unit, text) HEALTH_##alert,
#include "limits.def"
#undef LIMIT
	HEALTH_LIMITS
};

enum health_level { HEALTH_GOOD, HEALTH_WARNING, HEALTH_CRITICAL };

/* What is looked at, and from when. */
struct figures {
	const struct metrics *metrics;
	double now; /* seconds since 1970 */
};

/* "GpMemory". */
const char *health_name(enum health_limit which);

enum health_level health_judge(const struct figures *f,
    enum health_limit which);

/* Add what it says, in words: "memory of all stages at once: 906 MB". */
void health_describe(const struct figures *f, enum health_limit which,
    struct buf *out);

/* -- figures, for the screen too; NaN: not known ---------------------------- */

/* The values of limits.def. */
#define LIMIT(alert, value, warn, crit, unit, text) \
	double value(const struct figures *f);
#include "limits.def"
#undef LIMIT

/* A counter with labels, 0 if it is not there. */
double figure(const struct figures *f, enum metric which, const char *labels);

/* Part of whole; NaN of nothing. */
double share(double part, double whole);

/* How long a counter has counted, in days; at least one. */
double days(const struct figures *f);

/* Numbers for people: "906 MB", "51.2 s", "3 d". */
void put_bytes(struct buf *out, double v);
void put_seconds(struct buf *out, double v);

#endif
