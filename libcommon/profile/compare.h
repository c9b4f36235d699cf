/*
 * compare.h - the profiles of several runs a side, made comparable.
 *
 *	base 1  main;parse 30      frame   base        new
 *	base 2  main;parse 28      main    100  98     104 101   } inclusive samples
 *	new 1   main;parse 41      parse    30  28      41  40   } of each run
 *	new 2   main;parse 40
 *
 * Each run is added as a profile and may then be freed: what stays is the union
 * of all stacks, with the sums of each side, and for each frame how many samples
 * of each run hold it, each sample once however often the frame is in it (or
 * with self: end in it). Memory depends on distinct stacks, and on frames times
 * runs.
 *
 * A zeroed struct compare is empty and ready; compare_free() it.
 */
#ifndef GP_COMPARE_H
#define GP_COMPARE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "profile/profile.h"

enum compare_side { COMPARE_BASE, COMPARE_NEW, COMPARE_SIDES };

struct compare_run {
	enum compare_side side;
	uint64_t samples;
	uint64_t *hits; /* by frame, of the frames that were known then */
	uint32_t frames;
};

struct compare {
	bool self;      /* hits: samples that end in the frame */
	bool strip_hex; /* "0x7f12" and "0x7f13" in names are the same */
	struct profile all; /* every stack; counts are sums of both sides */
	uint64_t (*count)[COMPARE_SIDES]; /* by node of all.stacks */
	uint32_t count_cap;
	struct compare_run *run;
	size_t runs;
};

/* Add a run. False, and nothing added, if all samples together would pass
 * 2^64 - 1. */
GP_MUSTUSE bool compare_add(struct compare *c, const struct profile *p,
    enum compare_side side);

/* Samples of a run that hold a frame (a name of all.names). */
static inline uint64_t
compare_hits(const struct compare *c, size_t run, uint32_t frame)
{
	const struct compare_run *r = &c->run[run];

	return frame < r->frames ? r->hits[frame] : 0;
}

/* For each frame a number that stands for the set of stacks that hold it (with self:
 * that end in it): frames with the same number are in the same stacks, except with a
 * chance of 2^-64. By name of all.names; the caller's to free(). */
uint64_t *compare_sets(const struct compare *c);

/* How deep a frame is in the stacks that hold it, at its deepest, by name of
 * all.names; the caller's to free(). */
uint32_t *compare_depths(const struct compare *c);

/* Samples of all runs of a side, and how many runs it has. */
uint64_t compare_samples(const struct compare *c, enum compare_side side);
size_t compare_runs(const struct compare *c, enum compare_side side);

void compare_free(struct compare *c);

#endif
