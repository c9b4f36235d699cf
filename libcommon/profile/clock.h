/*
 * clock.h - what time it is in a stream, or in several.
 *
 *	#gp start=2026-01-02T03:04:05Z interval=0.5
 *	#time at=1.5			1.5 s after the first stream's start
 *	#gp start=2026-01-02T03:05:05Z
 *	#time at=1.5			61.5 s
 *
 * Streams that say when they began are on one line of time; others lie upon each
 * other. Formats whose samples have times of their own begin at their first.
 *
 * Zeroed but for the timeline, a struct clock is ready; it owns nothing.
 */
#ifndef GP_CLOCK_H
#define GP_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "profile/timeline.h"
#include "stream/record.h"

struct clock {
	struct timeline *timeline;
	uint64_t interval_ns; /* how exactly times are known, the longest of all
	                       * streams; 0: as told */
	int64_t first_start;  /* of the first stream, in seconds since 1970: when
	                       * the timeline begins; 0: not known */
	/* private */
	int64_t start;        /* of the last stream */
	bool told;            /* samples of this file have times of their own */
	uint64_t origin_ns;   /* the first of them */
};

/* Take a record: #gp and #time; others mean nothing here. */
void clock_record(struct clock *c, const struct record *r);

/* The next samples have this time, since whenever. */
void clock_set(struct clock *c, uint64_t ns);

/* What is read next is another file. */
void clock_next_file(struct clock *c);

#endif
