/*
 * speedscope.h - reading speedscope's own file format.
 *
 *	{"$schema": "https://www.speedscope.app/file-format-schema.json",
 *	 "shared": {"frames": [{"name": "main", "file": "app.c", "line": 7}, ...]},
 *	 "profiles": [
 *	  {"type": "sampled", "name": "web", "unit": "none",
 *	   "samples": [[0, 1]], "weights": [17], ...},
 *	  {"type": "evented", "unit": "microseconds",
 *	   "events": [{"type": "O", "frame": 0, "at": 0}, ...], ...}]}
 *
 * becomes "main;read 17". Of several profiles each is below a frame of its name.
 *
 * A weight counts as it is, but for seconds and milliseconds: profilers write them
 * with decimals, 0.01 for each sample, and they count as microseconds. That does
 * not depend on the weights, so that files of either unit add up. Decimals that
 * are left are added up by stack (parts.h).
 */
#ifndef GP_SPEEDSCOPE_H
#define GP_SPEEDSCOPE_H

#include <stddef.h>

#include "base/attr.h"
#include "profile/reading.h"

enum { SPEEDSCOPE_SIZE_MAX = 256 << 20 }; /* bytes, uncompressed */

/* Add all samples. NULL, or what is wrong; valid until the next call. */
GP_MUSTUSE const char *speedscope_read(struct reading *r, const char *text,
    size_t len);

#endif
