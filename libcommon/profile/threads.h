/*
 * threads.h - the stacks of a profile by the thread that they are of.
 *
 *	docker:web;web-7/7;main;read	thread 0: docker:web, web-7/7
 *	docker:web;web-7/8;work		thread 1: docker:web, web-7/8
 *	main;read			thread 2: text of others
 *
 * A thread is what the heads of its stacks say, so the fold must have been made with
 * heads.remember; where threads are not told apart it is a process, or a container.
 * With heads.event, samples of another event are another thread. The nodes of the
 * tree of stacks are sorted by thread, parents first, and what the timeline has of
 * them too, in the order of time. All of it takes time and memory in proportion to
 * what there is.
 *
 * threads_init() it, read it, threads_free() it.
 */
#ifndef GP_THREADS_H
#define GP_THREADS_H

#include <stddef.h>
#include <stdint.h>

#include "base/pairmap.h"
#include "profile/events.h"
#include "profile/fold.h"
#include "profile/timeline.h"

#define THREADS_NONE UINT32_MAX

struct thread {
	uint32_t event;              /* its number in events; 0: none */
	uint32_t container, process; /* names; THREADS_NONE: not known */
	size_t start, n;             /* its nodes in node[] */
	size_t head_start, heads;    /* its nodes in head[] */
	size_t entry_start, entries; /* its entries in entry[] */
};

struct threads {
	struct thread *thread;
	size_t n;
	struct events events;
	uint32_t *node;  /* those that are frames, by thread */
	uint32_t *place; /* of each node among those of its thread;
	                  * THREADS_NONE: it is a head */
	uint32_t *head;  /* heads in which stacks may end, by thread */
	uint32_t *entry; /* numbers of the timeline's entries, by thread */
	uint64_t *rest;  /* by node: samples that no time is known of */
	/* private */
	size_t cap;
	struct pairmap at;  /* (event and container, process) -> thread */
	uint32_t *of_node;  /* thread of each node */
};

/* t: sorted, of f's nodes; NULL: no times. */
void threads_init(struct threads *x, const struct fold *f,
    const struct timeline *t);

void threads_free(struct threads *x);

#endif
