/*
 * sampler.h - where samples come from.
 *
 * One of two engines, behind one face:
 *
 *	bpf   a BPF program walks the stacks in the kernel, by tables in maps that
 *	      it shares with us; what it has no tables for yet comes as a rescue
 *	perf  perf_event_open(2) alone: registers and the top of the user stack are
 *	      copied with each sample, which makes each a rescue; the tables are
 *	      in our own memory
 *
 * so that with either the same code makes the same stacks.
 *
 *	sampler_open -> sampler_attach (each CPU) -> sampler_read (often)
 *	             -> sampler_stop -> sampler_read -> sampler_count
 */
#ifndef GP_RECORD_SAMPLER_H
#define GP_RECORD_SAMPLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "bpf/sampler.h"
#include "event.h"
#include "unwind/step.h"

struct sampler;

enum sampler_engine {
	SAMPLER_AUTO,        /* bpf where it works and is safe, else perf */
	SAMPLER_BPF,
	SAMPLER_BPF_BOUNDED, /* in the form for kernels before 5.17 */
	SAMPLER_PERF,
};

struct sampler_options {
	struct event event;
	enum sampler_engine engine;
	uint32_t command;    /* only this process and its children; 0: all */
	uint64_t freq;       /* hertz; or 0, then period */
	uint64_t period;
	bool filter;         /* only sampler_target()s and their children */
	/* Of data, powers of two: the ring of the BPF program, and each CPU's of
	 * perf. */
	size_t ring_bytes, cpu_ring_bytes;
	uint32_t pool_slots; /* of SAMPLER_BLOCK_ROWS unwind rows, 8 KiB each */
};

/*
 * Choose the engine and make it ready. Nothing is sampled yet.
 *
 * Returns NULL after setting *status to the exit status that fits and writing
 * the reason, with what to do, to why. sampler_free() it.
 */
struct sampler *sampler_open(const struct sampler_options *o, int *status,
    char *why, size_t why_size);

/* Sample on a CPU from now on. 0, or -1 with errno (ENODEV: it is offline). */
GP_MUSTUSE int sampler_attach(struct sampler *s, int cpu);

/* Take no more samples; those in the ring can still be read. */
void sampler_stop(struct sampler *s);

/* Whether samples of others than the wanted are left out; if not, they are
 * handed out too, and counted as fired. */
bool sampler_filters(const struct sampler *s);

/* Whether it walks stacks itself, by the mappings that it was told of; if not, all
 * samples are rescues. */
bool sampler_walks(const struct sampler *s);

/* Want (or no longer want) a process and its children. */
GP_MUSTUSE int sampler_target(struct sampler *s, uint32_t pid, bool wanted);

/* The directory of the pool and the use of each slot, shared with the program.
 * A slot that the directory names must have been written before. */
struct sampler_pool {
	struct sampler_block *block; /* SAMPLER_BLOCKS_MAX */
	uint64_t *used;              /* by slot: CLOCK_MONOTONIC ns >> 30 */
	uint32_t slots;
};

struct sampler_pool sampler_pool(const struct sampler *s);

/* The rows of a slot, SAMPLER_BLOCK_ROWS of them, until sampler_unmap_slot(); NULL
 * with errno if they cannot be had. The pool is never mapped as a whole: it
 * would count as this process's memory. */
struct unwind_row *sampler_map_slot(const struct sampler *s, uint32_t slot);
void sampler_unmap_slot(const struct sampler *s, struct unwind_row *rows);

/* Say what a module's tables are. 0, or -1 with errno. */
GP_MUSTUSE int sampler_set_module(struct sampler *s, uint32_t module,
    const struct sampler_module *m);

/* Add a mapping to an image, or take it away. -1 with errno when something is in
 * its way: the trie's limit, mostly. */
GP_MUSTUSE int sampler_map(struct sampler *s, uint32_t image,
    const struct sampler_mapping *m);
void sampler_unmap(struct sampler *s, uint32_t image, uint64_t start,
    uint64_t end);

/* Say that an image has an interpreter, from now on walked by the sampler; NULL:
 * it has none. -1 with errno if there is no room. An engine that cannot walk
 * interpreters takes it and does nothing. */
GP_MUSTUSE int sampler_set_interp(struct sampler *s, uint32_t image,
    const struct interp *i);

/* Take an image's code object for new when it is sampled next: what was said of it
 * the last time did not arrive. */
void sampler_forget_code(struct sampler *s, uint32_t image, uint64_t word);

/* Whether either would be of any use. */
bool sampler_walks_interps(const struct sampler *s);

/* The frames behind a sample: kernel's, then user's. */
static inline const uint64_t *
sample_frames(const struct sample *s)
{
	return (const uint64_t *)(const void *)(s + 1);
}

/* What is behind them, if the status says so; its stack bytes follow it. */
static inline const struct sample_rescue *
sample_rescue(const struct sample *s)
{
	if (s->status != UNWIND_NO_MAP && s->status != UNWIND_NO_ROWS)
		return NULL;
	return (const void *)(sample_frames(s) + s->nkernel + s->nuser +
	    s->nlater);
}

static inline size_t
sample_bytes(const struct sample *s)
{
	size_t n = sizeof *s + sizeof(uint64_t) *
	    ((size_t)s->nkernel + s->nuser + s->nlater);

	return sample_rescue(s) ?
	    n + sizeof(struct sample_rescue) + s->nrescue : n;
}

/* Hand every sample in the ring to fn, oldest first, until fn returns false (that
 * one is taken too). The sample is valid during the call only. */
void sampler_read(struct sampler *s,
    bool (*fn)(void *arg, const struct sample *sample), void *arg);

/* Readable when a sample waits that wants tables; sampler_read() it soon. */
int sampler_fd(const struct sampler *s);

/* The program's own counts so far, summed over CPUs. */
void sampler_count(const struct sampler *s, struct sampler_counters *sum);

void sampler_free(struct sampler *s);

#endif
