/*
 * table.h - what gp-collapse writes in place of stacks, and all of it as JSON.
 *
 *	        self  self%        total total%  function
 *	          10  10.0%          100 100.0%  main
 *
 *	     samples      %  function
 *	         100 100.0%    main
 *	          90  90.0%  parse (self 60, 60.0%)
 *	          30  33.3%    read
 */
#ifndef GP_COLLAPSE_TABLE_H
#define GP_COLLAPSE_TABLE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "profile/fold.h"

struct table_options {
	bool top;        /* the n functions with most of their own */
	uint64_t n;
	const struct filter *peek; /* or those that match, with their callers
	                            * and callees */
	bool json;
};

/* Write one of them, or with neither top nor peek all stacks as JSON. */
void table_write(const struct fold *f, const struct table_options *o,
    FILE *out);

#endif
