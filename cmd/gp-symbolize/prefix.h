/*
 * prefix.h - what a line of a stream has in common with the line before it.
 *
 *	before  json-7;$3+1130;$3+11a4;$k+ffffffff81a0c0de
 *	now     json-7;$3+1130;$3+11a4;$3+12f0
 *	        `-- three frames ----´
 *
 * Lines of one process come one after the other, and start with the same
 * callers: their text is there already.
 *
 * A zeroed struct prefix knows no line and is ready.
 */
#ifndef GP_SYMBOLIZE_PREFIX_H
#define GP_SYMBOLIZE_PREFIX_H

#include <stddef.h>

/* Frames of a line of which it is known where they end; later ones never count
 * as common. */
enum { PREFIX_FRAMES_MAX = 256 };

struct prefix {
	const char *in; /* the line before, the caller's */
	size_t len;
	size_t n;
	size_t end[PREFIX_FRAMES_MAX]; /* where a frame of it ends */
};

/* Begin a line: returns how many frames it and the one before begin with in common,
 * the process among them; p->end[that - 1] is where they end. It must stay where it is
 * until the next one has begun. */
size_t prefix_begin(struct prefix *p, const char *s, size_t len);

/* Say where the next frame of the line ends. */
static inline void
prefix_add(struct prefix *p, size_t end)
{
	if (p->n < PREFIX_FRAMES_MAX)
		p->end[p->n++] = end;
}

/* From here on frames may mean something else. */
void prefix_reset(struct prefix *p);

#endif
