/*
 * detect.h - what format a profile is in, by how it begins.
 *
 *	#gp version=1 ...                          gp stream, folded text
 *	sh;main;read 3                             folded text
 *	sh  12/13 [000] 5.000001: 1 cycles:        perf script
 *	#{"metadata": ...}                         gProfiler
 *	P12;T0:13;/app.py:main:7 1000              austin
 *	    50.00%  sh  [.] main                   perf report -g folded
 *	@[                                         bpftrace
 *	{"type": "map", ...}                       bpftrace -f json
 *	{"$schema": ...}                           speedscope
 *	0a 04 08 01 10 02                          pprof
 *
 * Names of files mean nothing. What is none of the others is folded text.
 */
#ifndef GP_DETECT_H
#define GP_DETECT_H

#include <stdbool.h>
#include <stddef.h>

enum detect_format {
	DETECT_UNSURE, /* more is to be seen */
	DETECT_FOLDED,
	DETECT_PERF_SCRIPT,
	DETECT_PERF_REPORT,
	DETECT_BPFTRACE,
	DETECT_BPFTRACE_JSON,
	DETECT_AUSTIN,
	DETECT_GPROFILER,
	DETECT_SPEEDSCOPE,
	DETECT_PPROF,
};

/* How many bytes are enough for any. */
enum { DETECT_MAX = 64 * 1024 };

/* The format of a file that begins with len bytes; all: there are no more, or no
 * more will be shown. */
enum detect_format detect(const char *s, size_t len, bool all);

/* "perf-script", as in --from. */
const char *detect_name(enum detect_format f);

/* The format of a name, DETECT_UNSURE if there is none. */
enum detect_format detect_by_name(const char *name);

/* For --from (opt.h): NULL, or what is wrong with the name of a format. */
const char *detect_option(void *format, const char *name);

#endif
