/*
 * austin.h - lines of austin(1), a sampler of Python.
 *
 *	# mode: wall
 *	P12;T0:34;/srv/app.py:main:7;/srv/app.py:step:9 1042
 *	P12;T0:34;/srv/app.py:main:7;:GC: 998,0,-4096
 *
 * become
 *	python-12/34;main (/srv/app.py:7)_[p];step (/srv/app.py:9)_[p] 1042
 *
 * A metric is microseconds, bytes (which may be below 0), or with full metrics
 * all three: time, idle or not, memory. Then the events are called so. Lines are
 * samples, or sums of samples: the metric is what counts in either case.
 */
#ifndef GP_AUSTIN_H
#define GP_AUSTIN_H

#include <stddef.h>

#include "profile/reading.h"

/* Take a line without its newline. */
void austin_line(struct reading *r, const char *s, size_t len);

#endif
