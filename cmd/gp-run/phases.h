/*
 * phases.h - the parts of a cycle that cycle.c puts together.
 *
 *	recording.c	gp-discover, gp-record and gp-symbolize at once: c->raw and
 *			c->named
 *	folding.c	what gp-symbolize made or should have, gp-collapse: the file
 *			that is delivered
 *	delivery.c	where it goes
 *
 * They share a struct cycle, which cycle.c owns.
 */
#ifndef GP_RUN_PHASES_H
#define GP_RUN_PHASES_H

#include "base/attr.h"
#include "base/buf.h"
#include "crew.h"
#include "figures.h"
#include "journal.h"
#include "plan.h"
#include "scan.h"

struct cycle {
	const struct plan *plan;
	struct crew crew;
	struct figures figures;
	struct buf *fatal;
	int raw;           /* of this recording: the journal's, or nameless */
	int named, folded; /* nameless files */
	char stem[JOURNAL_STEM_MAX]; /* of the recording */
	bool stays;        /* the journal's recording is for the next cycle */
	bool ended;        /* by a signal, before anything was recorded */
	struct scan named_sums;
};

/* There will be no profile: say why, once. Returns status. */
int phase_fail(struct cycle *c, int status, const char *fmt, ...)
    GP_PRINTF(3, 4);

/* A file without a name in a folder: a descriptor, or -1 with errno. */
GP_MUSTUSE int phase_nameless(const char *dir);

/* Open c->raw: the journal's file for this recording, or one without a name. */
GP_MUSTUSE int recording_open(struct cycle *c);

/* Record, and name meanwhile. Returns 0 if there is something to go on with, or
 * if it was killed (crew.killed_by), else the exit status. */
GP_MUSTUSE int recording_make(struct cycle *c);

/* Have a named stream in c->named, whatever gp-symbolize did. raw: the file of
 * the recording; the two are exchanged if that is the best to be had. */
void folding_judge_names(struct cycle *c, int *raw);

/* Returns the file to deliver: the folded one, or the named one instead. */
GP_MUSTUSE int folding_collapse(struct cycle *c);

#endif
