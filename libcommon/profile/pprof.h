/*
 * pprof.h - reading profiles in pprof's format, as Go and many others write them.
 *
 *	samples/count, cpu/nanoseconds
 *	  location 3 2 1   17 168300000   pid:4242 comm:web
 *	location 3: mapping libc.so.6, address 0x1c2f0
 *	location 2: mapping web, lines inner:7 outer:31
 *	location 1: mapping [python], line main (app.py:31)
 *
 * become
 *	web-4242;main_[p];outer;inner_[i];[libc.so.6] 17
 *
 * Of several kinds of values one is counted: of that name; or samples, if there
 * are such; or the profile's default; or the last. Labels pid, tid, comm and
 * container make the heads of a stack; numbers may be text, other text is no pid.
 * A location has the functions that were inlined at it, innermost first; its
 * mapping tells the kind of code, as suffix_mapping() has it.
 *
 * Memory is that of the input, of tables of its locations, functions and strings
 * (pproftab.h), and of one sample.
 */
#ifndef GP_PPROF_H
#define GP_PPROF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "profile/reading.h"

enum { PPROF_SIZE_MAX = 256 << 20 }; /* bytes, uncompressed */

/* Whether this is how a profile begins: fields that it has, of the right types,
 * and the type of its samples among them. */
bool pprof_is(const void *data, size_t len);

/* Add all samples. NULL, or what is wrong; valid until the next call. */
GP_MUSTUSE const char *pprof_read(struct reading *r, const void *data,
    size_t len);

#endif
