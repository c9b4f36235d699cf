/*
 * folded.h - the profile of a bundle as servers want it: pure folded text.
 *
 *	bundle.tar.gz ─► profile.folded, as it was read ─► fold.h ─► lines
 *
 *	#gp version=1 kind=folded host=web-7 freq=99 start=…	kept here
 *	python3;main (app.py:31)_[p];read_[k] 17		a line
 *	…
 *
 * Whatever the input was, folded text or a stream of any kind, what comes out has
 * no records, each stack once, in the order of its bytes, safe frames, and no
 * line longer than FOLD_LINE_MAX: a server that refuses a whole profile for one
 * bad line finds none. Equal bundles give equal lines, so that a line's number
 * says how far a server has got with them.
 *
 * The lines are in a nameless file; memory is that of the merged profile, and
 * only while it is made.
 */
#ifndef GP_FOLDED_H
#define GP_FOLDED_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "base/attr.h"
#include "base/buf.h"
#include "ship/spool.h"

/* Zeroed, it is empty; folded_free() it. */
struct folded {
	FILE *f;          /* the lines */
	uint64_t lines;
	uint64_t samples; /* the sum of their counts */
	uint64_t lost, truncated;
	uint64_t freq;    /* samples a second on each CPU; 0: not said */
	time_t start;     /* when the recording began; 0: not said */
	/* Percent, of the machine while it was recorded, if said. */
	double cpu_busy, memory_used;
	bool has_cpu, has_memory;
	bool containers;  /* the first frame of each stack is its container */
	bool apps;        /* and the next, or the first, its application */
	bool programs;    /* and the next, or the first, its program */
	struct buf host, event; /* "" if not said */
	/* The line last read. */
	char *text;
	size_t cap, len;  /* len without its newline */
	size_t stack_len;
	uint64_t count;
	uint64_t next;    /* the number of the next line */
};

/* The columns of the line last read. Where the input did not know of containers,
 * applications or programs, the text of one is "". */
struct folded_columns {
	const char *container, *app, *program; /* frames, as place.h has them */
	size_t container_len, app_len, program_len;
	const char *stack;  /* from the process's frame on */
	size_t len;
};

/*
 * Make the lines.
 *
 * bundle: read from its start. places: have each stack begin with its container,
 * its application and its program, where the input knows of them. Returns 0, or -1 with errno:
 * EBADMSG if what is in the bundle is no profile.
 */
GP_MUSTUSE int folded_open(struct folded *fo, int bundle,
    const struct spool *s, bool places);

/* Go to a line, from 0; beyond the last there is none to read. */
void folded_seek(struct folded *fo, uint64_t line);

/* Read the next line; false at the end. */
GP_MUSTUSE bool folded_next(struct folded *fo);

/* Take the line last read apart. */
void folded_split(const struct folded *fo, struct folded_columns *c);

/* Add the stack of the line last read. Of more than depth frames those next to
 * the process give way to [truncated]. */
void folded_put_stack(const struct folded *fo, struct buf *b, size_t depth);

void folded_free(struct folded *fo);

#endif
