/*
 * firefoxw.h - writing a profile for the Firefox Profiler, in its processed
 * format.
 *
 *	web-7/8;main;read_[k] 17
 * becomes a thread "web" of process 7 with tables, one column after another,
 *	stackTable   prefix [null,0]   frame [0,1]
 *	samples      stack [1]   time [0]   weight [17]
 *
 * With heads.remember of the fold each thread, or each process where threads are not
 * told apart, is a thread there; text of others is one. With heads.event it is one
 * for each event, "web (cycles:u)". Samples have the time of
 * the timeline's slot; where there is none, they follow one another, each as long
 * as the samples that it stands for. Counts are weights, 2^52 at most: one above
 * that is several samples.
 *
 * The kind of code is the category. Addresses in files have a library with its
 * build id. What is inlined has its depth.
 *
 * Version 48 of the format, which every later one reads.
 * Source: the format's change log and type definitions.
 */
#ifndef GP_FIREFOXW_H
#define GP_FIREFOXW_H

#include <stdio.h>

#include "profile/fold.h"
#include "profile/timeline.h"

/* t: sorted, of the fold's nodes; NULL: no times. */
void firefoxw_write(const struct fold *f, const struct timeline *t,
    const char *tool, FILE *out);

#endif
