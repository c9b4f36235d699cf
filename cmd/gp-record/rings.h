/*
 * rings.h - how large the buffers are through which the kernel talks to gp-record.
 *
 *	           BPF program                 or perf alone
 *	samples    one ring for all CPUs       a ring for each CPU
 *	side-band  a ring for each CPU         a ring for each CPU
 *
 * They count as gp-record's memory, all of each. Larger ones lose less when
 * gp-record gets no turn for a while, or a thousand files are mapped at once; but
 * all together they have a bound, RINGS_MAX, whatever the number of CPUs (up to
 * 512) and the frequency, so that gp-record keeps to 50 MB with what else it has.
 *
 *	CPUs, 99 Hz     samples, BPF   perf      side-band   all, at most
 *	1               4 MB           2 MB      512 KB      4.5 MB
 *	2               4 MB           2 x 2 MB  2 x 512 KB  5 MB
 *	64              16 MB          256 KB    64 KB       20 MB
 *	256             16 MB          64 KB     16 KB       20 MB
 */
#ifndef GP_RECORD_RINGS_H
#define GP_RECORD_RINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RINGS_MAX ((size_t)20 << 20)

/* Bytes of data, powers of two. */
struct rings {
	size_t samples;   /* of the BPF program */
	size_t perf;      /* each of perf's */
	size_t sideband;  /* each */
};

struct rings_need {
	unsigned cpus;    /* that are online */
	uint64_t freq;    /* samples a second on each; 0: not known */
	bool one_process; /* all of it is of one, by a user who may lock little */
};

struct rings rings_plan(const struct rings_need *need);

#endif
