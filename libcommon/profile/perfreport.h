/*
 * perfreport.h - reading perf report --no-children -g folded,0,caller,count.
 *
 *	# Samples: 4K of event 'cpu-clock'
 *	#
 *	# Overhead  Command  Shared Object      Symbol
 *	# ........  .......  .................  ....................
 *	#
 *	    14.89%  app      app                [.] work
 *	643 __libc_start_call_main;main;work
 *
 * becomes
 *	app;__libc_start_call_main;main;work 643
 *
 * The process is in the column that the heading says, if it is there. Stacks that
 * begin with the innermost frame (callee) are known by their symbol and turned
 * around. With --children each stack stands below all of its functions: such a
 * report does not add up, and is refused.
 */
#ifndef GP_PERFREPORT_H
#define GP_PERFREPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "profile/reading.h"

struct perfreport {
	struct reading *r;
	bool children; /* made with --children: nothing was read */
	/* private */
	struct buf heading;       /* the line of names of columns */
	size_t comm_at, comm_end; /* its column; 0: none */
	size_t symbol_at;
	bool skip;                /* of an event that is not wanted */
	uint32_t heads[2];
	size_t nheads;
	struct buf symbol;        /* of the entry, "" if not there */
};

/* Take a line without its newline. */
void perfreport_line(struct perfreport *p, const char *s, size_t len);

void perfreport_free(struct perfreport *p);

#endif
