/*
 * visit.h - one sample's stack, and the process that it is of.
 *
 * A sample names addresses. What they mean is known (mappings, tables, names that
 * an interpreter keeps), or is asked of the process while it lives, through /proc,
 * which is opened when the first question comes up:
 *
 *	visit_begin -> visit_open (to announce it) -> visit_stack -> visit_done
 *
 * A walk that the sampler could not finish for want of tables is finished by
 * rescue.h.
 */
#ifndef GP_RECORD_VISIT_H
#define GP_RECORD_VISIT_H

#include <stdbool.h>
#include <stdint.h>

#include "process.h"

struct visit {
	struct process_table *t;
	struct process *p;
	struct proc proc;    /* its dir is -1: not opened, or it has ended */
	struct proc_stat st; /* valid while proc is open */
	uint64_t time;       /* of the sample */
	uint32_t image;      /* of the sample; its pid: the engine knows none */
	uint32_t layout;     /* of the sample, if the engine knows images */
	int mem;             /* /proc/PID/mem, or -1 */
	bool tried;          /* to open proc */
	bool mem_tried;
};

/* Begin; nothing is opened yet. */
void visit_begin(struct visit *v, struct process_table *t, struct process *p,
    uint64_t time);

/* Open the process, if it still is the one that was sampled: proc stays closed
 * if the pid is free or somebody else's by now. */
void visit_open(struct visit *v);

/* What was mapped at a user address when the sample was taken, as far as is known;
 * /proc is asked when nothing is. NULL: nothing, or nobody knows. */
const struct mapping *visit_mapping(struct visit *v, uint64_t addr);

/* Read the process's memory, as it is now; false if that cannot be done. */
bool visit_read(struct visit *v, uint64_t addr, void *dst, size_t len);

/* The node of p->stacks for the sample's stack. */
uint32_t visit_stack(struct visit *v, const struct sample *s);

void visit_done(struct visit *v);

#endif
