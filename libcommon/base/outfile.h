/*
 * outfile.h - where a command writes: standard output, or the file of -o.
 *
 *	struct outfile out;
 *	if (outfile_open(&out, options.output) != 0)
 *		die(EX_CANTCREAT, "create %s:", out.name);
 *	fprintf(out.f, ...);
 *	if (outfile_done(&out) != 0)
 *		die(EX_IOERR, "write %s:", out.name);
 *
 * A file is replaced when all of it is written, and not before: one that is
 * there stays as it is if the command fails or is killed, and nothing is left
 * beside it. Pipes and devices are written to directly. That every byte arrived
 * is known when outfile_done() returns 0.
 */
#ifndef GP_OUTFILE_H
#define GP_OUTFILE_H

#include <stdio.h>

#include "base/attr.h"
#include "base/file.h"

struct outfile {
	FILE *f;
	const char *name; /* for messages */
	/* private */
	struct file_new file;
};

/* path: kept, not copied; NULL or "-" for standard output. -1 with errno if it
 * cannot be. */
GP_MUSTUSE int outfile_open(struct outfile *o, const char *path);

/* Write what is buffered, close, replace. -1 with errno, and nothing replaced, if
 * any write failed. */
GP_MUSTUSE int outfile_done(struct outfile *o);

/* Close and leave what was there before. */
void outfile_abort(struct outfile *o);

#endif
