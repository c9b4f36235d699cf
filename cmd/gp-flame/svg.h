/*
 * svg.h - the image that gp-flame writes: flamegraph.pl's, drawn anew.
 *
 *	  title                       y: frames are fontsize * 3 below the top (and
 *	  subtitle                    two more with a subtitle), and two lines of
 *	10 ┌───┐                      text below them; x: 10 pixels at both ends
 *	   ├───┴──┐  one <g> a frame: <title> <rect> <text>
 *	   └──────┘
 *	  details            matched
 *
 * Its places are those of flamegraph.pl for the same options, but that a frame's
 * own samples are at its right end, not its left. It is valid XML with one
 * script, svg/svg.js, that zooms and searches; where scripts do not run it is
 * still an image with tooltips. Names reach it as escaped text only.
 */
#ifndef GP_FLAME_SVG_H
#define GP_FLAME_SVG_H

#include <stdio.h>

#include "profile/nameattr.h"
#include "cmd/gp-flame/options.h"
#include "profile/palmap.h"
#include "profile/flame.h"

struct svg {
	const struct options *o;
	const struct nameattr *attr;
	struct palmap *kept;     /* or NULL */
	const char *subtitle;    /* "" for none */
	const char *incomplete;  /* what is wrong with the input, or "" */
};

/* f: laid out. Errors stay in the FILE. */
void svg_write(FILE *out, const struct svg *s, const struct flame *f);

/* The Content-Security-Policy that lets it run. */
const char *svg_csp(void);

#endif
