/*
 * procstat.h - the text of /proc/PID/stat and /proc/PID/status.
 *
 *	4242 (any ) (bytes) S 1 4242 4242 0 -1 4194304 ... 20 0 4 0 8291 ...
 *
 *	Name:	x
 *	Uid:	1000	33	0	0
 *	NSpid:	4242	17	1
 *
 * For proc_read_stat() and proc_read_status(), and for those who read the files
 * themselves. len excludes any NUL. False if the text is not understood; what *out
 * holds then means nothing.
 *
 * Source: proc(5); fs/proc/array.c for the fields of stat.
 */
#ifndef GP_PROCSTAT_H
#define GP_PROCSTAT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "proc/proc.h"

GP_MUSTUSE bool procstat_parse(const char *s, size_t len,
    struct proc_stat *out);
GP_MUSTUSE bool procstat_parse_status(const char *s, size_t len,
    struct proc_status *out);

#endif
