/*
 * pidns.h - the PID name space that gp-record is in, whose numbers it speaks.
 *
 * A process has a number in its own name space and in each of those around it.
 * Three sources name processes here, and have to mean the same: samples, where the
 * BPF program sees the whole machine; perf's side-band, whose numbers are those of
 * the name space that opened it; and /proc, those of the one that mounted it.
 */
#ifndef GP_RECORD_PIDNS_H
#define GP_RECORD_PIDNS_H

#include <stdbool.h>
#include <stdint.h>

/* The inode of the name space, or 0 if it is the machine's first one. */
uint32_t pidns_inode(void);

/* Whether /proc has its numbers. */
bool pidns_is_that_of_proc(void);

#endif
