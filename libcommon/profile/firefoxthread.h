/*
 * firefoxthread.h - a thread of the Firefox Profiler: tables and samples.
 *
 * firefoxw.c writes the profile, and each thread by firefoxthread_put(). What all
 * threads share is in struct firefox, as are the tables of the one that is being
 * written, which nobody else looks at. Files are collected in libs as they are
 * met.
 */
#ifndef GP_FIREFOXTHREAD_H
#define GP_FIREFOXTHREAD_H

#include <stdint.h>

#include "base/intern.h"
#include "base/jsonw.h"
#include "base/pairmap.h"
#include "profile/fold.h"
#include "profile/threads.h"
#include "profile/timeline.h"

struct firefox {
	const struct fold *f;
	const struct timeline *t;
	struct threads threads;
	struct jsonw json;
	double interval_ms;
	struct pairmap pids;       /* of which a main thread was written */
	uint8_t *depth;            /* of inlining, by node */
	struct intern libs;        /* module numbers: firefoxthread_lib() */
	/* private: of the thread that is being written */
	struct intern strings, frames;
	uint32_t *frame_of;        /* by place in the stackTable */
	struct intern resources;   /* numbers of libs */
};

/* Find x->depth, to be freed: what is inlined, and how deep. */
void firefoxthread_find_inlined(struct firefox *x);

void firefoxthread_put(struct firefox *x, uint32_t thread);

/* The module of a number in libs. */
uint32_t firefoxthread_lib(const struct firefox *x, uint32_t i);

#endif
