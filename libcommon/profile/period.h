/*
 * period.h - what a sample stands for.
 *
 *	#gp freq=99 ...			10101010 cpu/nanoseconds
 *	#gp event=cycles period=1000000	1000000 cycles/count
 */
#ifndef GP_PERIOD_H
#define GP_PERIOD_H

#include <stdint.h>

#include "profile/meta.h"

struct period {
	uint64_t value; /* 0: the streams do not say it, or not the same */
	const char *type, *unit; /* valid until the next meta_add() */
};

struct period period_of(const struct meta *m);

#endif
