/*
 * callgrindw.h - writing a profile in callgrind's format.
 *
 *	web;main;parse (json.c:88);read 7
 * becomes
 *	fl=(2) json.c
 *	fn=(3) parse
 *	cfi=(1)
 *	cfn=(4) read
 *	calls=7 0
 *	88 7
 *
 * The format has functions and who calls whom, no stacks: of where a caller was
 * called from nothing is left. A sample counts for its innermost function, and
 * for one call of each function that is on its way, the outermost; so self and
 * inclusive cost are those of gp-collapse --top, also where functions call
 * themselves. "calls" are samples, since nobody counted calls. A function that is
 * outermost in some stacks and not in others is called by [root] there.
 *
 * Of a fold with heads.event each event is a column of costs; calls are of all.
 *
 * A function is a name in a file and an object; the object is known with
 * frames.modules of the fold.
 *
 * Source: "Callgrind Format Specification" of Valgrind's manual.
 */
#ifndef GP_CALLGRINDW_H
#define GP_CALLGRINDW_H

#include <stdio.h>

#include "profile/fold.h"

void callgrindw_write(const struct fold *f, const char *tool, FILE *out);

#endif
