/*
 * inlines.h - the functions at addresses of a file, inlined ones too, and lines.
 *
 *	gp-symbolize                     jail
 *	addresses of a file        --->  its DWARF, or its debug file's
 *	                                 (elf/debuginfo.h)
 *	frames of each, outermost  <---
 *	first
 *
 * To open a file's DWARF costs milliseconds, to ask it for an address far less:
 * so addresses come in batches, in ascending order. The job answers as many as it
 * can with the files that it may open (JAIL_OPENS_MAX: the halves of split units),
 * and is asked again for the rest.
 *
 * A job (jobs.h), and what is on this side of the jail.
 */
#ifndef GP_SYMBOLIZE_INLINES_H
#define GP_SYMBOLIZE_INLINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "answers.h"
#include "elf/debuginfo.h"
#include "jail.h"
#include "tables.h"

enum {
	INLINES_BATCH_MAX = 4096, /* addresses of one request */
};

void inlines_prepare(void);
int inlines_job(struct jail_call *c);

enum inlines_err {
	INLINES_OK = 0,
	INLINES_NONE = -1, /* the file has no DWARF, nor a debug file that has */
	INLINES_BAD = -2,  /* it cannot be read, and that was said */
};

/* Takes the frames at an address. Their texts are valid during the call only, may
 * hold any bytes but NUL, and be NULL. */
typedef void inlines_take(void *arg, uint64_t addr,
    const struct debuginfo_frame *frame, size_t frames);

/* Ask for n addresses of a file, in ascending order, and have take() called for
 * each, in any order; addr is used up. known: what was answered before, with or without lines as
 * is asked for now, is taken from there, and what is new is put there. lines: with
 * file and line. */
GP_MUSTUSE enum inlines_err inlines_ask(struct jail *j,
    const struct tables_file *f, const struct tables_roots *roots, bool lines,
    struct answers *known, uint64_t *addr, size_t n, inlines_take *take,
    void *arg);

#endif
