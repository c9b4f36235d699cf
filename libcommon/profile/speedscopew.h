/*
 * speedscopew.h - writing a profile as speedscope's JSON.
 *
 *	main (app.c:7);read_[k] 17
 * becomes
 *	{"$schema": ..., "shared": {"frames": [
 *	  {"name": "main", "file": "app.c", "line": 7}, {"name": "read_[k]"}]},
 *	 "profiles": [{"type": "sampled", "unit": "none",
 *	  "samples": [[0, 1]], "weights": [17], ...}]}
 *
 * Samples come in the order of time where there is a timeline, so that
 * speedscope's first view shows what happened when; others, and those that no time
 * is known of, in the order of their bytes. A weight is at most 2^52, which every
 * reader of JSON keeps; a count above that becomes several samples.
 */
#ifndef GP_SPEEDSCOPEW_H
#define GP_SPEEDSCOPEW_H

#include <stdio.h>

#include "profile/fold.h"
#include "profile/timeline.h"

/* t: sorted, of the fold's nodes; NULL: no times. tool: who writes. */
void speedscopew_write(const struct fold *f, const struct timeline *t,
    const char *tool, FILE *out);

#endif
