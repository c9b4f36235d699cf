/*
 * event.h - which event is sampled: the names of -e.
 *
 * Names are perf's: hardware events (cycles, instructions, cache-misses, …),
 * software events (cpu-clock, task-clock, page-faults, context-switches, …),
 * raw ones (rHEX), and pmu/name/ of a PMU in /sys/bus/event_source/devices.
 *
 * Source: perf_event_open(2); linux/perf_event.h for the numbers;
 * Documentation/ABI/testing/sysfs-bus-event_source-devices-* for the PMUs.
 */
#ifndef GP_EVENT_H
#define GP_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"

enum { EVENT_NAME_MAX = 128 };

struct event {
	char name[EVENT_NAME_MAX];
	uint32_t type;   /* perf_event_attr.type */
	uint64_t config; /* perf_event_attr.config */
	bool user_only, kernel_only; /* name:u, name:k */
	bool in_cgroup;  /* of processes in a cgroup only: */
	int cgroup;      /* its folder, open; the caller's */
};

/* Parse a name; false if nothing on this machine is called so. */
GP_MUSTUSE bool event_parse(struct event *e, const char *name);

/* What to sample when nobody said: cycles where there is a PMU that can, else
 * cpu-clock. Tries by opening one. Returns NULL, or why it is not cycles. */
const char *event_default(struct event *e);

/*
 * Open the event, disabled, for all processes on a CPU. Returns a descriptor or
 * -1 with errno.
 *
 * freq: hertz, or 0, and then one sample every period events.
 */
GP_MUSTUSE int event_open(const struct event *e, int cpu, uint64_t freq,
    uint64_t period);

#endif
