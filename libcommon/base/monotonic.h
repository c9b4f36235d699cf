/*
 * monotonic.h - the clock for what is waited for and how long it took.
 *
 * CLOCK_MONOTONIC in ns: nobody sets it, it stands while the machine sleeps, and
 * BPF and perf stamp their records with it.
 */
#ifndef GP_MONOTONIC_H
#define GP_MONOTONIC_H

#include <stdint.h>
#include <time.h>

static inline uint64_t
monotonic_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * UINT64_C(1000000000) + (uint64_t)t.tv_nsec;
}

#endif
