/*
 * jitdump.h - the code that a JIT compiler made, and when: jit-PID.dump.
 *
 *	header      "JiTD", version, machine, pid
 *	CODE_LOAD   time, [7f3a10, 7f3b40), "JS:*parse json.js:12", the code
 *	CODE_MOVE   time, 7f3a10 -> 7f4a10
 *	DEBUG_INFO, UNWINDING_INFO  (skipped)
 *	CLOSE
 *
 * Unlike a perf map (perfmap.h) it says when code was there. Of several loads that
 * cover an address the newest wins that is not newer than the moment asked for;
 * code that moved keeps its name where it was, since nothing else ran there, until
 * something is loaded over it.
 *
 * Only addresses and times are kept; names stay in the file, so the descriptor
 * belongs to the dump. The file may grow at any time, and its last record be half
 * written. The process announces it by mapping its first page executable, which is
 * how perf(1) finds it, and how gp-symbolize does.
 *
 * The file is a stranger's: sizes are compared with limits, records that make no
 * sense are skipped by their size, and where that makes none either the rest of
 * the file is.
 *
 * Source: linux/tools/perf/Documentation/jitdump-specification.txt.
 */
#ifndef GP_JITDUMP_H
#define GP_JITDUMP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/pairmap.h"
#include "base/rangetab.h"

enum {
	JITDUMP_CODES_MAX = 1 << 18, /* loads and moves; 80 bytes each */
	JITDUMP_NAME_MAX = 8192,     /* bytes of a name that are read */
	JITDUMP_READS_MAX = 64,      /* looks at a file that grows */
};

/* As of now: newer than any record. */
#define JITDUMP_NOW UINT64_MAX

enum jitdump_err {
	JITDUMP_OK = 0,
	JITDUMP_EREAD = -1,   /* errno says why */
	JITDUMP_EOWNER = -2,  /* neither the process's nor root's */
	JITDUMP_EFILE = -3,   /* not a regular file */
	JITDUMP_EFORMAT = -4, /* no jitdump file, or another machine's */
};

struct jitdump_code {
	uint64_t start, end;
	uint64_t time;  /* CLOCK_MONOTONIC, ns, unless m->other_clock */
	uint64_t at;    /* where in the file its record is */
	uint64_t name;  /* and its name, in that one or in another */
};

struct jitdump {
	int fd;
	bool other_clock; /* times are the processor's own count */
	bool cut;         /* a limit left something out */
	bool closed;      /* the runtime said that it was the end */
	uint64_t read_to; /* behind the last whole record */
	uint64_t bad;     /* records that make no sense */
	uint32_t reads;
	struct jitdump_code *code; /* in order of time */
	uint32_t n, cap;
	struct pairmap by_start;   /* the last in the file that starts there */
	struct rangetab range;     /* the newest everywhere: numbers of code */
};

/*
 * Check and read the dump behind an open descriptor, which is closed with it, or
 * by this if it fails. owner: effective uid of the process.
 */
GP_MUSTUSE enum jitdump_err jitdump_open(struct jitdump *m, int fd,
    uint32_t owner);

/*
 * Add the name of the code that was at an address at some moment to b.
 *
 * time: CLOCK_MONOTONIC in nanoseconds, or JITDUMP_NOW. Where the dump counts
 * time otherwise, it is always now. Looks once more if the file has grown. False,
 * and nothing added, if there is none.
 */
GP_MUSTUSE bool jitdump_find(struct jitdump *m, uint64_t addr, uint64_t time,
    struct buf *b);

/* Whether the last part of a mapped file's path is what such files are called:
 * "jit-4242.dump". */
bool jitdump_is_path(const char *path);

/* Bytes of memory it holds. */
size_t jitdump_memory(const struct jitdump *m);

const char *jitdump_strerror(enum jitdump_err err);

void jitdump_free(struct jitdump *m);

#endif
