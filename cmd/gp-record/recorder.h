/*
 * recorder.h - one recording: from the first sample to #end.
 *
 * Ties the sampler's ring, the side-band rings and the process table together,
 * in order of time: a sample is named by the mappings that its process had when
 * it was taken.
 *
 *	every 200 ms:  side-band rings ──► changes ┐ by time
 *	               sample ring ──────► samples ┴─► process table ─► stream
 *
 * Both are taken up to a moment just past, so that what happened before it has
 * arrived in either.
 */
#ifndef GP_RECORD_RECORDER_H
#define GP_RECORD_RECORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "cpus.h"
#include "event.h"
#include "kernelask.h"
#include "proc/load.h"
#include "process.h"
#include "rings.h"
#include "sampler.h"
#include "sideband.h"

struct recorder_options {
	struct event event;
	enum sampler_engine engine;
	uint32_t command;       /* only this process and its children; or 0 */
	uint64_t freq, period;  /* one of them, the other 0 */
	uint64_t interval;      /* ns: count each by itself; 0: all together */
	uint64_t flush;         /* ns: write what there is so often; 0: at the end */
	uint64_t rows_bytes;    /* for unwind rows; 0: by the machine's memory */
	bool per_thread;
	bool eval_frames;        /* keep an interpreter's native frames */
	enum interp_paths paths; /* of source files, in names */
	bool lines;              /* the executing ones, in names */
	bool packages;           /* of source files, in names */
	bool no_natives[INTERP_LANGUAGES]; /* where it has frames */
	bool filter;            /* only pids, targets, command, and children */
	const uint32_t *pid;
	size_t npid;
	const struct targets *targets; /* or NULL */
	FILE *out;
};

struct recorder {
	const struct recorder_options *o;
	struct sampler *sampler;
	struct sideband sideband;
	struct stream_writer writer;
	struct process_table table;
	struct kernelask kernelask;
	uint64_t sideband_lost; /* of which was told */
	uint64_t sideband_gaps; /* for which all was forgotten */
	uint64_t sideband_next; /* when its records may wake us again, ns */
	uint64_t woken;         /* when anything did, ns */
	uint64_t unwanted;      /* samples of processes nobody asked for */
	uint64_t until;         /* samples later than this wait */
	struct buf held;        /* the one that the ring gave up too early */
	uint64_t flushed, told; /* ns: when the stacks, the progress were written */
	struct cpus cpus;
	uint64_t cpus_next;     /* ns: when to look for new CPUs again */
	struct load load;       /* when it began */
};

/*
 * Load and attach everything; sampling begins. Ends the program with a message
 * and the fitting status where that is impossible. o is kept.
 */
void recorder_start(struct recorder *r, const struct recorder_options *o);

/*
 * Sleep for a while: ms at most, but no longer than it takes to batch what came
 * if a sample wants tables, since short-lived processes are gone soon, or if a
 * process changed after some calm; and while processes replace code that the
 * sampler walks by, just so long: the sooner it knows, the fewer walks are
 * misled. Returns true if fd (-1: none) became readable.
 */
bool recorder_wait(struct recorder *r, int ms, int fd);

/* Handle what has arrived; look for CPUs that came online. Call it some five
 * times a second. */
void recorder_poll(struct recorder *r);

/* With recorder_options.pid: whether one of them, or a child, still lives. */
bool recorder_has_targets(const struct recorder *r);

/* Record a process and its children from now on (with recorder_options.filter). */
void recorder_add_target(struct recorder *r, uint32_t pid);

/* Stop sampling, write what is left and #end, free everything. */
void recorder_finish(struct recorder *r);

#endif
