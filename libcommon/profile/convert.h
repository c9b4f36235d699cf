/*
 * convert.h - a profile in any format that gp writes: the table of formats.
 *
 * A format says what it has a place for; a fold that is to be written in it is
 * made with the options of convert_fold_options(), so that nothing is looked for
 * that is thrown away, and nothing merged that could be told apart.
 */
#ifndef GP_CONVERT_H
#define GP_CONVERT_H

#include <stdbool.h>
#include <stdio.h>

#include "base/attr.h"
#include "profile/fold.h"
#include "profile/timeline.h"

/* What a format has a place for. */
enum convert_has {
	CONVERT_LABELS = 1,  /* process, thread, container beside the stack */
	CONVERT_MODULES = 2, /* files with build ids, and addresses in them */
	CONVERT_PLACES = 4, /* container, application, program */
	CONVERT_TIMES = 8,   /* when samples were taken */
	CONVERT_EVENTS = 16, /* events beside the stack, or behind the process */
};

struct convert {
	const struct fold *fold;
	const struct timeline *timeline; /* sorted, of its nodes; NULL: none */
	int64_t start;      /* when it begins, in seconds since 1970; 0: not
	                     * known */
	const char *tool;   /* "gp-convert/0.1.0", for formats that say so */
	const char *weight; /* what is counted, if it is not samples; or NULL */
};

struct convert_format {
	const char *name;
	const char *ending; /* of files in it; NULL: none of its own */
	unsigned has;       /* of convert_has */
	bool binary;        /* nothing for a terminal */
	/* NULL, or what is missing to do it; errors of writing stay in the
	 * FILE. */
	const char *(*write)(const struct convert *c, FILE *out);
};

/* By number from 0; NULL behind the last. */
const struct convert_format *convert_format(size_t i);

/* By name; NULL: there is none. */
const struct convert_format *convert_find(const char *name);

/* By the end of a file's name; NULL: it tells nothing. */
const struct convert_format *convert_guess(const char *path);

/* Set what a format needs; all else stays. */
void convert_fold_options(const struct convert_format *f,
    struct fold_options *o);

#endif
