/*
 * jitdump.h - the code that a JIT compiler made, and when: jit-PID.dump.
 *
 *	header      "JiTD", version, machine, pid
 *	DEBUG_INFO  of the code that is loaded next: 7f3a10 json.js:12, …
 *	CODE_LOAD   time, [7f3a10, 7f3b40), "JS:*parse json.js:12", the code
 *	CODE_MOVE   time, 7f3a10 -> 7f4a10
 *	UNWINDING_INFO  (skipped: it comes with the code that gp walks by frame
 *	            pointers)
 *	CLOSE
 *
 * Unlike a perf map (perfmap.h) it says when code was there, and where in the
 * source it came from. Code that moved keeps its name where it was, since nothing
 * else ran there, until something is loaded over it.
 *
 * The file may grow at any time, and its last record be half written. The process
 * announces it by mapping its first page executable, which is how perf(1) finds
 * it, and how gp does.
 *
 * The file is a stranger's: sizes are compared with limits, records that make no
 * sense are skipped by their size, and where that makes none either the rest of
 * the file is. Of more code than there is room for (jitcode.h) the newer half
 * stays.
 *
 * Producers differ from the specification, and from each other: CPython leaves the
 * machine 0. V8 and LLVM add the size of an ELF header to addresses of places,
 * for the file that `perf inject` makes of them; OpenJDK's agent does not. Node.js
 * 20 writes what it freed in place of paths: then there are no places.
 *
 * Source: linux/tools/perf/Documentation/jitdump-specification.txt.
 */
#ifndef GP_JITDUMP_H
#define GP_JITDUMP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "proc/jitcode.h"

enum {
	JITDUMP_RECORDS_MAX = 1 << 22, /* that are looked at */
	JITDUMP_DEBUG_MAX = 1 << 20,   /* bytes of one record of places */
};

/* The clock is read once it is known how much there is to read of a file that
 * grows: all of that was written before. */
#define JITDUMP_NOW 0u

enum jitdump_err {
	JITDUMP_OK = 0,
	JITDUMP_EREAD = -1,   /* errno says why */
	JITDUMP_EFILE = -2,   /* not a regular file */
	JITDUMP_EFORMAT = -3, /* no jitdump file, or another machine's */
};

/*
 * Read the dump behind an open descriptor into an empty table. jitcode_free() it
 * in any case.
 *
 * now: CLOCK_MONOTONIC in ns, or JITDUMP_NOW. Times later than that are of another
 * clock, as are those that the header says are the processor's own; they are not
 * kept, and the order in the file counts. lines: with places.
 */
GP_MUSTUSE enum jitdump_err jitdump_read(struct jitcode *j, int fd,
    uint64_t now, bool lines);

/* Whether a mapped file's path is absolute and ends in what such files are called:
 * "/tmp/jit-4242.dump". */
bool jitdump_is_path(const char *path);

const char *jitdump_strerror(enum jitdump_err err);

#endif
