/*
 * input.h - what gp-flame reads: stacks for the tree, records for the heading.
 *
 * Any number of gp streams and folded files, one after the other. From the
 * records come where and how the samples were taken and how many were lost; #end
 * of each stream has the last word about losses, since later stages add theirs.
 */
#ifndef GP_FLAME_INPUT_H
#define GP_FLAME_INPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "profile/flame.h"
#include "stream/stream.h"

struct input {
	struct flame flame;
	uint64_t streams;      /* #gp records seen */
	uint64_t lost;         /* samples lost, summed over the streams */
	uint64_t stream_lost;  /* private: in the stream being read */
	bool raw;              /* a stream that has no names yet */
	enum stream_err err;   /* the first input that was not complete */
	int saved_errno;
	struct buf wrong;      /* that input and what is wrong, or empty */
	struct buf source;     /* "web-7 · cpu-clock at 99 Hz · …", or empty */
};

/* Read an open file to its end. Bad lines are reported and skipped; an
 * incomplete file is noted in err and wrong, and its good lines are kept. */
void input_read(struct input *in, int fd, const char *name);

void input_free(struct input *in);

#endif
