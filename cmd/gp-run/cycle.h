/*
 * cycle.h - one recording, from the kernel to the place where profiles go.
 *
 *	[gp-discover > targets]
 *	gp-record ==pipe==> raw file ==pipe==> gp-symbolize > named file
 *	gp-collapse < named file > folded file
 *	gp-upload < folded file                   (or a copy of it, with -o)
 *
 * gp-symbolize runs beside gp-record, since it opens files while their
 * processes live; the rest runs one after the other, file to file, so that what
 * a stage has made is there when the next one fails. The files have no names:
 * nothing is left however this process ends.
 *
 *	fails          what is used instead
 *	gp-discover    no list: all processes
 *	gp-record      the stream up to where it stopped
 *	gp-symbolize   plain.h: modules and addresses
 *	gp-collapse    the named stream as it is
 *	gp-upload      keep.h: a file that the next cycle sends
 */
#ifndef GP_CYCLE_H
#define GP_CYCLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "stage.h"

enum cycle_stage {
	CYCLE_DISCOVER,
	CYCLE_RECORD,
	CYCLE_SYMBOLIZE,
	CYCLE_COLLAPSE,
	CYCLE_UPLOAD,
	CYCLE_STAGES
};

enum { CYCLE_PASS_MAX = 48 };

/* What the user wants. Strings are not copied; NULL: not given. */
struct cycle_options {
	const char *bindir;     /* where the stages are; never NULL */
	const char *tmpdir;     /* where the nameless files are */
	const char *duration;   /* as for gp-record -d; never NULL */
	uint64_t duration_ns;   /* the same */
	const char *event, *frequency, *pids;
	const char *output;     /* a file, or "-"; NULL: gp-upload */
	const char *dir, *url, *spool;
	bool discover;
	uint64_t deadline_ns;   /* how long a stage may outlast its input */
	uint64_t size_max;      /* bytes of each intermediate file */
	struct stage_limits limits;
	struct {
		enum cycle_stage stage;
		const char *arg;
	} pass[CYCLE_PASS_MAX];
	size_t passes;
};

/* "record" for CYCLE_RECORD, and so on. */
extern const char *const cycle_stage_names[CYCLE_STAGES];

/*
 * Run a cycle. signals: a signalfd(2) of those that end it early; the first one
 * ends the recording and the rest is still done, the second aborts.
 *
 * Returns the exit status. *killed_by: the second signal, or 0; in fatal the
 * reason why there is no profile, if there is none.
 */
GP_MUSTUSE int cycle_run(const struct cycle_options *o, int signals,
    int *killed_by, struct buf *fatal);

#endif
