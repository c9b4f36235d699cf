/*
 * announce.h - the #process record: who a pid is.
 *
 *	#process pid=7 start=8291 comm=sh ppid=1 uid=0 cgroup=/… exe=/bin/dash
 *
 * Written with the first sample of what the pid stands for. Of a process that lives
 * /proc tells all of it. One that has ended by then has what its parent left it: its
 * cgroup and container; its exe is the first file that it had mapped. What
 * gp-discover said of it comes along; what of that is true of its program only, until
 * it exec's.
 */
#ifndef GP_RECORD_ANNOUNCE_H
#define GP_RECORD_ANNOUNCE_H

#include "process.h"

/*
 * Add the record to t->records. Completes p by what /proc says: ppid, place, and the
 * start time and comm where the sample did not bring them.
 *
 * proc: closed, its dir is -1, if the process has ended; else st is filled in.
 */
void announce_process(struct process_table *t, struct process *p,
    const struct proc *proc, const struct proc_stat *st);

#endif
