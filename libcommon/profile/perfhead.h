/*
 * perfhead.h - the first line of a sample as perf script prints it.
 *
 *	comm [pid/]tid [cpu] flags time: period event: rest
 *
 *	swapper     0/0     [001] 1350.422159:    2004008 cpu-clock:ppp:
 *	         app  6911  1350.424703:   2004008 cpu-clock:  11b9 f (/tmp/app)
 *	redis 7    10/11 [000] 100.000001: sched:sched_switch: prev_comm=a ...
 *
 * Any of the fields may be left out (perf script -F). They are told by their
 * form, since the comm in front may hold anything, and look like fields: it is 15
 * bytes long at most, but for a worker of the kernel.
 */
#ifndef GP_PERFHEAD_H
#define GP_PERFHEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

/* What is not there is empty, or -1; pointers are into the line. */
struct perfhead {
	const char *comm, *event, *rest;
	size_t comm_len, event_len, rest_len;
	int64_t pid, tid;
	bool has_ids;    /* perf prints -1 of a thread that it does not know */
	uint64_t period; /* 1 if it is not there */
	uint64_t time_ns; /* if timed */
	bool timed;      /* it has a time: nothing else looks so */
	bool strong;     /* it has a time or a CPU */
};

/* Split such a line; false if it cannot be one. */
GP_MUSTUSE bool perfhead_parse(const char *s, size_t len, struct perfhead *h);

#endif
