/*
 * prefix.h - what a line of a stream has in common with the line before it.
 *
 *	in    json-7;$3+1130;$3+11a4;$k+ffffffff81a0c0de
 *	out   json-7;main;parse;vfs_read_[k]
 *
 *	in    json-7;$3+1130;$3+11a4;$3+12f0
 *	      `-- the same --------´
 *	out   json-7;main;parse;       and here it goes on
 *
 * Lines of one process come one after the other, and start with the same
 * callers: their text is there already.
 *
 * A zeroed struct prefix knows no line and is ready. prefix_free() it.
 */
#ifndef GP_SYMBOLIZE_PREFIX_H
#define GP_SYMBOLIZE_PREFIX_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* Frames of a line of which it is known where they end; later ones never count
 * as common. */
enum { PREFIX_FRAMES_MAX = 256 };

struct prefix {
	struct buf in; /* the line before */
	size_t n;
	struct prefix_end {
		size_t in, out;     /* where a frame ends, in both */
		uint32_t addresses; /* up to there */
	} end[PREFIX_FRAMES_MAX];
};

/* Begin a line: returns where the last frame ends that it and the one before have
 * in common; all 0 if they have none. */
struct prefix_end prefix_begin(struct prefix *p, const char *s, size_t len);

/* Say where the next frame of the line ends. */
static inline void
prefix_add(struct prefix *p, struct prefix_end end)
{
	if (p->n < PREFIX_FRAMES_MAX)
		p->end[p->n++] = end;
}

/* From here on frames may mean something else. */
void prefix_reset(struct prefix *p);

void prefix_free(struct prefix *p);

#endif
