/*
 * said.h - what a stage says on stderr, on its way to gp-run's.
 *
 *	<4>gp-record: the sample ring was full, samples lost: 3 [RECORD_RING]
 *	<4>gp-record: the sample ring was full, samples lost: 9 [RECORD_RING]
 *	#report RECORD_RING=2 PROC_GONE=17
 *	    ─► gp-record: the sample ring was full, samples lost: 3 (2 times)
 *	       [RECORD_RING]
 *
 * An operator gets one line a cycle for a reason, however often it was met and
 * however many processes of the stage said it; the counts of all reasons, those
 * that are normal too, are for the figures. What is an error goes on at once.
 * What a program says that is none of ours, such as the dynamic linker, is
 * passed on under the stage's name. With -v all goes on as it comes.
 *
 * Nothing is believed: a line is cut at DIAG_LINE_MAX, no more than
 * SAID_LINES_MAX are passed on, and the rest is counted.
 */
#ifndef GP_SAID_H
#define GP_SAID_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/diag.h"

enum { SAID_LINES_MAX = 100, SAID_NUMBERS_MAX = 16, SAID_NAME_MAX = 32 };

struct said {
	const char *name; /* "gp-record" */
	int fd;           /* non-blocking; ours; -1: nothing is read */
	struct buf line;  /* one that has no end yet */
	uint64_t lines;   /* passed on */
	uint64_t more;    /* not passed on any more */
	uint64_t errors;  /* of all lines, those that were errors */
	uint64_t count[DIAG_CODES]; /* as reported, or seen */
	uint64_t seen[DIAG_CODES];  /* by the program that is running */
	char *first[DIAG_CODES];    /* the line to pass on at the end */
	struct {
		char name[SAID_NAME_MAX];
		uint64_t n;
	} number[SAID_NUMBERS_MAX]; /* what diag_report() told */
};

/* name is kept, not copied. */
void said_init(struct said *s, const char *name);

/* Read from fd from now on: a process of the stage begins. It becomes ours. */
void said_begin(struct said *s, int fd);

/* Take what has come. False if there was nothing. */
bool said_read(struct said *s);

/* The process has ended: take the rest, and close. */
void said_end(struct said *s);

/* What diag_report() told under a name, added up; 0 if nothing. */
uint64_t said_number(const struct said *s, const char *name);

/* The cycle ends: pass on what was held back, and free. The counts stay. */
void said_done(struct said *s);

#endif
