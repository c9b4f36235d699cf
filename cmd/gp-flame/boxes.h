/*
 * boxes.h - one frame of the graph after the other, as it is drawn.
 *
 *	depth  x   width  fill     title
 *	0      0   60     #c8cfd4  all (60 samples, 100%)
 *	1      0   60     #f4c46d  main (60 samples, 100.00%)
 *	2      0   40     #f6cf86  parse (40 samples, 66.67%; +3.20%)
 *
 * Level by level from the root, from left to right; x and width in samples. The
 * fill is the one on light ground. In a difference the title ends in the change
 * of the frame's share, in percent of all, and counts what is new.
 */
#ifndef GP_FLAME_BOXES_H
#define GP_FLAME_BOXES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"
#include "cmd/gp-flame/options.h"
#include "profile/palmap.h"
#include "profile/flame.h"

struct boxes {
	/* set before boxes_next(); f is laid out */
	const struct flame *f;
	const struct options *o;
	struct palmap *kept; /* colours of names, or NULL */
	double least;        /* samples; what has fewer is passed over */

	/* the frame */
	uint32_t node, depth;
	const char *name;
	size_t len;
	uint32_t fill;    /* 0xRRGGBB */
	struct buf title;
	/* private */
	struct palette palette;
	uint32_t next, level_end;
};

/* Go to the next frame; false when there is none, and all is freed. */
bool boxes_next(struct boxes *s);

/* How much more or less, from -PALETTE_STEPS to PALETTE_STEPS; 0 if that can be
 * chance. */
int boxes_difference(const struct flame *f, const struct options *o,
    uint32_t node);

/* The sum that the full width stands for. */
uint64_t boxes_total(const struct flame *f, const struct options *o);

/* Write all as text, a line each, with tabs between. */
void boxes_dump(FILE *out, const struct flame *f, const struct options *o);

#endif
