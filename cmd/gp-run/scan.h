/*
 * scan.h - what a finished stream holds: is it whole, and how many samples.
 *
 * gp-run believes what a stage wrote, not what its exit status promises: a
 * stage can write everything and crash in its exit handlers, or exit 0 after
 * half.
 */
#ifndef GP_SCAN_H
#define GP_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "stream/stream.h"
#include "tally.h"

struct scan {
	bool is_stream;      /* it starts with #gp; else folded text, or junk */
	enum stream_err err; /* STREAM_OK: every #gp has its right #end */
	uint64_t lines;      /* sample lines */
	uint64_t samples;    /* the sum of their counts */
	uint64_t lost;       /* the sum of all #lost */
	uint64_t filtered;   /* left out on request, by its #end */
	uint64_t progress;   /* samples taken so far, by the last #progress */
};

/* Read the file fd from its start, and add what is in it to tally if that is not
 * NULL. Moves its offset. Returns 0, or -1 with errno if it could not be read. */
GP_MUSTUSE int scan_file(int fd, struct scan *out, struct tally *tally);

/* True if a stream of the right kind came out to its end. */
bool scan_is_whole(const struct scan *s);

#endif
