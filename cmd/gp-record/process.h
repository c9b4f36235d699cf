/*
 * process.h - the processes that were sampled, and their stacks.
 *
 * A table by pid of what is known about processes: from the side-band records
 * of those that were born or changed during the recording, from /proc for the
 * older ones when they are first sampled. What nobody samples is not looked at.
 *
 * Each process counts its stacks in a tree of its own. They are written before
 * anything changes what the process frame "comm-pid" stands for (exec, another
 * comm, the pid's reuse), and when the process has ended.
 *
 *	#process pid=7 comm=sh …      first sample of pid 7
 *	sh-7;$1+10 3
 *	#process pid=7 comm=cc1 …     exec, sampled again
 *	cc1-7;$2+20 9
 *
 * With an interval, all are written and begun anew whenever one ends, behind a
 * record that says which: #time at=3.
 */
#ifndef GP_RECORD_PROCESS_H
#define GP_RECORD_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/intern.h"
#include "bpf/sampler.h"
#include "early.h"
#include "interps.h"
#include "kfunctions.h"
#include "module.h"
#include "proc/proc.h"
#include "sideband.h"
#include "space.h"
#include "stacklines.h"
#include "stream/stacktab.h"
#include "stream/stream.h"
#include "tables.h"

/* The tick of /proc/PID/stat's start time, which is 100 Hz everywhere, in ns. */
#define PROCESS_TICK_NS 10000000ull

struct targets;

struct process {
	struct process *next;  /* in its hash chain */
	uint32_t pid, ppid;
	uint64_t start_time;   /* CLOCK_BOOTTIME, ns; 0: not known */
	uint64_t forked;       /* CLOCK_MONOTONIC, ns; 0: before the recording */
	uint64_t execed;       /* the same, last; 0: its code is its parent's */
	uint64_t ended;        /* time of an exit, the first thread's or later; when
				* it was seen to live on, ns; 0: it lives */
	uint64_t maps_read;    /* when /proc was asked last, ns; 0: never */
	uint32_t missed;     /* the image that a walk last lacked tables of */
	uint32_t image;      /* that its last sample was of, or 0 */
	uint32_t place;        /* of table.places, or INTERN_NONE */
	bool announced;        /* its #process record is out and still true */
	bool has_jit;          /* its #jit record is out */
	bool early;            /* noted in table.early */
	bool wanted;           /* with a filter: it or an ancestor was named */
	char comm[PROC_COMM_MAX];
	struct space space;
	struct interps_process interps;
	struct stacktab stacks;
};

/* When a process ended, at the earliest. */
struct process_end {
	uint32_t pid;
	uint64_t time;
};

struct process_table {
	struct process **bucket;
	uint32_t nbucket;      /* a power of two, or 0 */
	uint32_t n;
	struct process_end *end; /* in order of time, from first_end on */
	size_t first_end, nend, capend;
	struct sampler *sampler;
	struct sideband *sideband;
	struct tables tables;
	struct modules modules;
	struct interps interps;
	struct early early;
	struct kfunctions kfunctions;
	struct intern places;  /* "cgroup path\0engine\0container id" */
	const struct targets *targets; /* what gp-discover said, or NULL */
	struct stream_writer *out;
	struct buf records;    /* waiting to be written */
	struct stacklines lines;
	bool per_thread;
	uint64_t misled;       /* when code was last found to have replaced code
				* that the sampler knows, ns */
	uint64_t distrusted;   /* when records were last found to be lost, ns */
	uint64_t begin;        /* of the recording: CLOCK_MONOTONIC, ns */
	uint64_t interval;     /* ns; 0: when samples were taken is not told */
	uint64_t slice;        /* the interval of what is counted now, from 0 */
	bool slice_told;       /* its #time record is out */
	bool only_wanted;      /* others are not sampled, nor followed */
	uint64_t nodes;        /* in all stack trees */
	uint64_t received;     /* samples counted */
	uint64_t truncated;    /* of these: with [truncated] */
	uint64_t rescued;      /* of these: finished here, for want of tables */
	uint64_t curtailed;    /* of these: cut, as the ring had no room for more */
	uint64_t compat;       /* of these: of 32-bit processes */
	uint64_t ends[UNWIND_ENDS]; /* how user walks ended */
};

/* The process of a pid, or NULL. */
struct process *process_find(const struct process_table *t, uint32_t pid);

/* The parent of p, as it was when p was made: NULL if it is not known, has become
 * another program since, or has only the pid. */
struct process *process_parent(const struct process_table *t,
    const struct process *p);

/* Whether what /proc says of its pid is of p itself, by the time that it started, as
 * far as that is known. */
bool process_is(const struct process *p, const struct proc_stat *st);

/* The same as process_find(), made if unknown. */
struct process *process_get(struct process_table *t, uint32_t pid);

/* Take note of a change. After a batch of them, early_settle(). */
void process_change(struct process_table *t, const struct change *c);

/* Count a sample; write what records it makes necessary. */
void process_sample(struct process_table *t, const struct sample *s);

/* Records about processes were lost: forget all mappings, /proc knows better; and
 * note who has ended meanwhile. now: CLOCK_MONOTONIC, ns. */
void process_distrust(struct process_table *t, uint64_t now);

/* Write and forget the processes that ended before time; with a filter they are no
 * targets any more. */
void process_sweep(struct process_table *t, uint64_t time);

/* Write all stacks counted so far. */
void process_flush(struct process_table *t);

void process_free(struct process_table *t);

#endif
