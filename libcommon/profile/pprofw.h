/*
 * pprofw.h - writing a profile in pprof's format.
 *
 *	web-4242;main_[p];outer;inner_[i];[libc.so.6+0x1c2f0] 17
 *
 * becomes
 *	samples/count, cpu/nanoseconds
 *	  location 3 2 1   17 171717171   comm:web pid:4242
 *	location 3: mapping libc.so.6, address 0x1c2f0
 *	location 2: lines inner outer
 *	location 1: mapping [python], line main
 *
 * pprof_read() makes the same of it again, with addresses and lines asked for.
 * Who wants all that a stream says folds it with heads.remember, pid, tid, container
 * and frames.modules: heads become labels, addresses locations in the mapping of
 * their file, without functions, so that `pprof` finds names for them if it has
 * the file of that build id. Addresses are those of the ELF file: the mapping
 * covers the whole address space, which pprof takes as it is meant. What names a
 * head in text of others stays a function.
 *
 * The second value is the time that the samples stand for, if the stream says how
 * often it sampled; or how often the event happened, if it says the period.
 * Counts above 2^63 - 1 become several samples. Ids are 1, 2, 3 in the order of
 * the tables, text is valid UTF-8, as the strictest readers want it.
 *
 * Of a fold with heads.event each event is a type of its own, as pprof_read() has
 * them with all events asked for, and a sample has a value of one; samples of no
 * event are one more type.
 *
 * Samples are written as they are made: memory is that of tables of distinct
 * names and locations (locations.h). Needs zlib if packed.
 */
#ifndef GP_PPROFW_H
#define GP_PPROFW_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/attr.h"
#include "profile/fold.h"

struct pprofw_options {
	const char *tool;   /* a comment: "gp-convert/0.1.0"; NULL: none */
	const char *weight; /* what is counted is no samples, but this event's
	                     * weight; NULL: samples */
	bool packed;        /* by gzip, as pprof itself writes them */
	uint64_t time_ns;   /* when it began; 0: as the stream says */
	uint64_t duration_ns; /* 0: not said */
};

/* NULL, or what is missing to do it; errors of writing stay in the FILE. */
GP_MUSTUSE const char *pprofw_write(const struct fold *f,
    const struct pprofw_options *o, FILE *out);

#endif
