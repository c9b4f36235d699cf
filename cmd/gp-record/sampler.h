/*
 * sampler.h - the BPF program and its events, from outside.
 *
 * Loads bpf/sampler.bpf.c (or its form for kernels before 5.17), attaches it to
 * the sampled event on each CPU, and hands out what arrives in the ring. The
 * only file that includes libbpf.
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

struct sampler;

struct sampler_options {
	struct event event;
	uint64_t freq;       /* hertz; or 0, then period */
	uint64_t period;
	bool filter;         /* only sampler_target()s and their children */
	size_t ring_bytes;   /* at least; rounded up to a power of two */
};

/*
 * Load the program. Nothing is sampled yet.
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

/* Want (or no longer want) a process and its children. */
GP_MUSTUSE int sampler_target(struct sampler *s, uint32_t pid, bool wanted);

/* The frames behind a sample: kernel's, then user's. */
static inline const uint64_t *
sample_frames(const struct sample *s)
{
	return (const uint64_t *)(const void *)(s + 1);
}

/* Hand every sample in the ring to fn, oldest first, until fn returns false (that
 * one is taken too). The sample is valid during the call only. */
void sampler_read(struct sampler *s,
    bool (*fn)(void *arg, const struct sample *sample), void *arg);

/* The program's own counts so far, summed over CPUs. */
void sampler_count(const struct sampler *s, struct sampler_counters *sum);

void sampler_free(struct sampler *s);

#endif
