/*
 * procmaps.h - a process's mappings out of /proc, for samples of a while ago.
 *
 * Samples are looked at in order of time, and side-band records with them, but
 * /proc tells of now: what the process did after the sample is in there, too. The
 * records of that have been written, though not been applied. So they are looked
 * at once /proc was read:
 *
 *	sample ------ exec ------ read    another program's: not used
 *	sample ------ fork ------ read    another process's: not used
 *	sample ------ mmap ------ read    what it holds, from then on only
 *
 * and until the latter's records come, walks and names stop there.
 */
#ifndef GP_RECORD_PROCMAPS_H
#define GP_RECORD_PROCMAPS_H

#include <stdbool.h>
#include <stdint.h>

#include "process.h"

/* Read the mappings of a process into s, which may be another's, a child's. False
 * if that cannot be done, or if they are another program's: s is then what it was,
 * which records told of the sample's time. */
bool procmaps_read(struct process_table *t, struct space *s, uint32_t pid,
    const struct proc *proc);

#endif
