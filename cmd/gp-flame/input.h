/*
 * input.h - what gp-flame reads: stacks for the tree, records for the heading.
 *
 * Any number of gp streams and folded files, one after the other. From the
 * records come where and how the samples were taken and how many were lost.
 */
#ifndef GP_FLAME_INPUT_H
#define GP_FLAME_INPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "profile/flame.h"
#include "profile/meta.h"
#include "stream/stream.h"

struct input {
	struct flame flame;
	struct meta meta;
	bool raw;            /* a stream that has no names yet */
	enum stream_err err; /* what is wrong with the first incomplete input */
	int saved_errno;     /* of STREAM_EREAD */
	struct buf wrong;    /* that input and what is wrong, or empty */
};

/* Read an open file to its end. Bad lines are reported and skipped; an
 * incomplete file is noted in err and wrong, and its good lines are kept. */
void input_read(struct input *in, int fd, const char *name);

/* Where the samples come from, as far as all streams agree: "web-7 · cpu-clock ·
 * 99 Hz"; b stays empty for folded text. */
void input_source(const struct input *in, struct buf *b);

void input_free(struct input *in);

#endif
