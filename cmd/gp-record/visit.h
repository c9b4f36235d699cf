/*
 * visit.h - the process that a sample is of, and what addresses mean in it.
 *
 * A sample names addresses. What they mean is known (mappings, names that an
 * interpreter keeps), or is asked of the process while it lives, through /proc,
 * which is opened when the first question comes up:
 *
 *	visit_begin -> visit_open (to announce it) -> samplestack_push -> visit_done
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

/* The frame for modules_put_frame() of a user address. Of the first one in compiled
 * code, where it is, is told: #jit. */
uint64_t visit_frame(struct visit *v, uint64_t addr);

/* The same of a frame that an interpreter keeps; clue: what the sampler sent along
 * with it, or 0. */
uint64_t visit_interp_frame(struct visit *v, uint64_t word, uint64_t clue);

void visit_done(struct visit *v);

#endif
