/*
 * cgroup.h - the cgroup that a recording is limited to, as a descriptor for
 * perf_event_open(2): its processes, and those of the cgroups in it, whenever
 * they came.
 *
 * perf knows cgroups of one hierarchy: that of version 1 with the controller
 * perf_event where it is mounted, else version 2's.
 */
#ifndef GP_RECORD_CGROUP_H
#define GP_RECORD_CGROUP_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/buf.h"

/* Open a cgroup by its path in the hierarchy, as /proc/PID/cgroup has it, or by
 * its folder. -1 with errno: ENODEV where no hierarchy is mounted. */
GP_MUSTUSE int cgroup_open(const char *path);

/* Set path to the cgroup of the container whose id starts with id; false if no
 * process is in one, or in none of its own in perf's hierarchy. */
GP_MUSTUSE bool cgroup_of_container(const char *id, struct buf *path);

#endif
