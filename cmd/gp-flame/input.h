/*
 * input.h - what gp-flame reads: stacks for the tree, records for the heading.
 *
 *	main;read 30            one profile, or the new one of two
 *	main;read 20 30         two: base and new
 *	#time at=1.5            when what follows was sampled
 *
 * Any number of gp streams and folded files, one after the other, into either of
 * the two sides. From the records come where and how the samples were taken and
 * how many were lost.
 *
 * Counts of folded text may have decimals: those of a stack are added up, and their
 * sum is rounded.
 *
 * Folded text does not say whether it has two columns, and a frame may end in a
 * number. With columns 0 it has if each of its first INPUT_LINES_HELD lines looks
 * so; gp streams never have.
 */
#ifndef GP_FLAME_INPUT_H
#define GP_FLAME_INPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/intern.h"
#include "profile/clock.h"
#include "profile/flame.h"
#include "profile/meta.h"
#include "profile/parts.h"
#include "profile/timeline.h"
#include "stream/stream.h"

enum { INPUT_LINES_HELD = 256 };

enum input_side { INPUT_NEW, INPUT_BASE };

/* A line that waits until the number of columns is known. */
struct input_line {
	struct buf text;
	uint64_t count, line;
	uint32_t nano;
};

struct input {
	/* set before reading */
	unsigned columns; /* 1, 2, or 0 until known */
	struct flame flame; /* its diff and chart */

	struct meta meta, base_meta;
	struct timeline timeline; /* of the new side */
	struct clock clock;
	bool raw;            /* a stream that has no names yet */
	enum stream_err err; /* what is wrong with the first incomplete input */
	int saved_errno;     /* of STREAM_EREAD */
	struct buf wrong;    /* that input and what is wrong, or empty */
	/* private */
	enum input_side side;
	struct input_line *held;
	size_t held_n;
	bool rounded;            /* there were decimals */
	struct intern in_parts;  /* stacks that had some */
	struct parts parts[2];   /* by side, of these */
};

/* Read an open file to its end. Bad lines are reported and skipped; an
 * incomplete file is noted in err and wrong, and its good lines are kept. */
void input_read(struct input *in, enum input_side side, int fd,
    const char *name);

/* After the last: round what stacks have in parts. */
void input_done(struct input *in);

/* Where the samples come from, as far as all streams agree: "web-7 · cpu-clock ·
 * 99 Hz"; b stays empty for folded text. */
void input_source(const struct input *in, struct buf *b);

void input_free(struct input *in);

#endif
