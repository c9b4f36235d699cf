/*
 * metrics.h - figures for Prometheus, through node_exporter's textfile collector.
 *
 *	# HELP gp_cycles_total Cycles by outcome.
 *	# TYPE gp_cycles_total counter
 *	gp_cycles_total{outcome="ok"} 1439
 *	gp_cycles_total{outcome="failed"} 1
 *	# end 2
 *
 * A command that ends cannot keep a counter in memory, so this text is also
 * where it finds what the counters were: it reads the file, adds, and replaces
 * it. Only what stands in metrics.def is read, in the form in which it is written,
 * and with the "# end" that counts the values; a file that is anything else is
 * none, and the counters start anew, which Prometheus knows how to take.
 *
 * Labels are given as text, `stage="record",outcome="ok"`; names and values of
 * letters, digits and "_-.:/", no more, and never a stranger's: so the number of
 * series is bounded.
 *
 * A zeroed struct metrics is empty. Whoever declares one frees it.
 *
 * Source: Prometheus, "Exposition formats", text format 0.0.4; node_exporter,
 * textfile collector: the file is replaced atomically, ends in .prom, is readable
 * for all, and has no time stamps.
 */
#ifndef GP_METRICS_H
#define GP_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"

enum metric {
#define METRIC(id, name, type, help) METRIC_##id,
#include "ship/metrics.def"
#undef METRIC
	METRICS /* how many there are */
};

enum { METRICS_LABELS_MAX = 96, METRICS_VALUES_MAX = 2048,
	METRICS_FILE_MAX = 1 << 20 };

struct metrics_value {
	enum metric which;
	char labels[METRICS_LABELS_MAX]; /* "" or `a="b"` */
	double value;
};

struct metrics {
	struct metrics_value *v;
	size_t n, cap;
};

const char *metrics_name(enum metric which);

/* Set, or add to, one value; a new one starts at 0. labels: NULL for none. Beyond
 * METRICS_VALUES_MAX values nothing is added. */
void metrics_set(struct metrics *m, enum metric which, const char *labels,
    double value);
void metrics_add(struct metrics *m, enum metric which, const char *labels,
    double value);

/* A value; NaN if it is not there. */
double metrics_get(const struct metrics *m, enum metric which,
    const char *labels);

/* The sum over all labels; NaN if there is none. */
double metrics_sum(const struct metrics *m, enum metric which);

/* Forget what is the last cycle's, or somebody else's. Counters and stamps
 * stay. */
void metrics_next(struct metrics *m);

/* Add the values of a text. False if it is not one of metrics_print(), whole; m
 * is then as it was. */
GP_MUSTUSE bool metrics_parse(struct metrics *m, const char *text, size_t len);

/* Write the text: by catalogue, then by labels. */
void metrics_print(const struct metrics *m, struct buf *out);

/* The same for files. metrics_read() returns 0, or -1 with errno: ENOENT for none,
 * EINVAL for one that is not ours. metrics_write() replaces path, readable for
 * all, or returns -1 with errno. */
GP_MUSTUSE int metrics_read(struct metrics *m, const char *path);
GP_MUSTUSE int metrics_write(const struct metrics *m, const char *path);

/* Resident memory of this process, at most, in bytes; 0 if that is not known.
 * getrusage(2) counts what there was before execve(2), too: its parent's. */
double metrics_own_memory(void);

void metrics_free(struct metrics *m);

#endif
