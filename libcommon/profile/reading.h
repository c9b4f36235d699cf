/*
 * reading.h - what the readers of all formats share: options, the profile that
 * they fill, which event is counted, and what is said of bad data.
 *
 * A reader is a struct with a pointer to one of these, and functions that take a
 * line, or a document. It gives frames and stacks to reading->fold, calls
 * reading_stack() for each stack, and leaves everything else to input.h.
 *
 * Events: a recording may hold several, and a sum of samples of different ones
 * means nothing. The one that comes first is counted, or the one that was asked
 * for, or each below a head of its own. Modifiers behind a name, as in cycles:u,
 * do not make another event unless they were asked for.
 */
#ifndef GP_READING_H
#define GP_READING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "profile/clock.h"
#include "profile/fold.h"

/* Frames in a stack; what has more is left out. */
enum { READING_DEPTH_MAX = 1 << 18 };

enum reading_weight {
	READING_SAMPLES, /* each sample counts 1 */
	READING_PERIOD,  /* what it stands for: cycles, nanoseconds, bytes */
};

/* Which count of a line of folded text counts: difffolded.pl and gp-diff --folded
 * write two, of a base and of what is new. */
enum reading_columns {
	READING_ONE,  /* there is one */
	READING_NEW,  /* the second of two */
	READING_BASE, /* the first of two */
};

struct reading_options {
	const char *event; /* NULL: the first; "all": each by itself */
	enum reading_weight weight;
	bool weight_given; /* it was asked for */
	enum reading_columns columns;
	bool addrs;        /* addresses of frames without a name */
	bool lines;        /* name (file:line), where the input has lines */
	bool compat;       /* perf script's output as stackcollapse-perf.pl
	                    * writes it, with these suffixes */
	bool compat_kernel, compat_jit;
};

struct reading {
	struct fold *fold;
	struct reading_options opt;
	struct clock *clock; /* NULL: nobody wants times */
	/* for messages */
	const char *name; /* of the file */
	uint64_t line;    /* 0: none */
	/* of this file */
	uint64_t good, bad; /* lines, or stacks */
	uint64_t skipped;   /* stacks of events that are not wanted */
	/* of all files */
	struct buf event;      /* the one that came first */
	uint64_t other_events; /* samples of others, left out */
	/* private */
	uint32_t *frame; /* of the stack that is being made */
	size_t n, cap;
};

/* Make a stack, outermost frame first: begin, add, count. heads: how many of its
 * first frames are heads (fold.h). */
void reading_begin(struct reading *r);
void reading_add(struct reading *r, uint32_t frame);
void reading_add_text(struct reading *r, const char *s, size_t len);
void reading_count(struct reading *r, size_t heads, uint64_t count);

/* The same with nano billionths more, below one; they are added up by stack. */
void reading_count_part(struct reading *r, size_t heads, uint64_t count,
    uint32_t nano);

/* Turn the frames behind the first n around. */
void reading_reverse(struct reading *r, size_t n);

enum reading_choice { READING_SKIP, READING_TAKE, READING_HEAD };

/* Whether samples of an event are taken, or taken below a head (whose number is
 * then *head). len is 0 where the input does not say. */
enum reading_choice reading_event(struct reading *r, const char *event,
    size_t len, uint32_t *head);

/* Samples were left out, because reading_event() said so. */
void reading_skipped(struct reading *r, uint64_t count);

/* Say what a fold_*() found out about a stack; result is what it returned, of so
 * many samples. */
void reading_stack(struct reading *r, int result, uint64_t count);

/* When the next samples are from, if the input says so: nanoseconds. */
void reading_time(struct reading *r, uint64_t ns);

/* What cannot be read. */
void reading_bad(struct reading *r, const char *fmt, ...) GP_PRINTF(2, 3);

/* A sample whose weight is below 0 is left out: text of stacks has no place for
 * it. */
void reading_negative(struct reading *r);

/* After the last file: say which events were left out, free what is private. */
void reading_done(struct reading *r);

#endif
