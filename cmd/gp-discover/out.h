/*
 * out.h - a scan as a table for people, as a stream for gp, as JSON for others.
 *
 * All three say the same. They write to stdout; file_close_stdout() finds what
 * went wrong.
 */
#ifndef GP_OUT_H
#define GP_OUT_H

#include "scan.h"

/* Columns with a headline; lines are cut off at width characters, 0: never. */
void out_table(const struct scan *s, size_t width);

/* #gp kind=discover, a #process each, #end. */
void out_stream(const struct scan *s);

/* One JSON object: "gp", "processes", "end". */
void out_json(const struct scan *s);

#endif
