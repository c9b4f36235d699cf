/*
 * perfmap.h - what a JIT compiler says of the code it made: perf-PID.map.
 *
 *	7f3a5c0010c0 1e0 LazyCompile:~parse /srv/app/json.js:12
 *	START        SIZE NAME to the end of the line
 *
 * Hexadecimal with or without 0x, in the order of writing: code moves, and a
 * later line overrides earlier ones wherever they overlap. The file may grow at
 * any time; its last line may be half written.
 *
 * Only the addresses are kept, 12 bytes a piece (rangetab.h), names stay in the
 * file: so the descriptor belongs to the map. Of a file that is longer than
 * PERFMAP_BYTES_MAX the newest part is read.
 *
 * Anybody can put a file into /tmp. Whose file it must be to be believed is the
 * business of perfmap_open().
 *
 * Source: linux/tools/perf/Documentation/jit-interface.txt.
 */
#ifndef GP_PERFMAP_H
#define GP_PERFMAP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/rangetab.h"

enum {
	PERFMAP_BYTES_MAX = 64 << 20,
	PERFMAP_ENTRIES_MAX = 1 << 20,
	PERFMAP_NAME_MAX = 8192, /* bytes of a name that are read */
	/* A map is read again when it grew, but not without end: JITs append
	 * with every function. */
	PERFMAP_READS_MAX = 16,
};

enum perfmap_err {
	PERFMAP_OK = 0,
	PERFMAP_EREAD = -1,  /* errno says why */
	PERFMAP_EOWNER = -2, /* neither the process's nor root's */
	PERFMAP_EFILE = -3,  /* not a regular file */
};

struct perfmap {
	int fd;
	struct rangetab range; /* values: where the line starts, from base */
	uint64_t base;         /* where reading started */
	uint64_t read_to;      /* behind the last whole line */
	uint64_t size;         /* of the file when it was read */
	uint64_t bad;          /* lines that are none */
	uint32_t entries;
	uint32_t reads;
	bool cut; /* a limit left something out */
};

/*
 * Check and read the map behind an open descriptor, which is closed with the
 * map, or by this if it fails.
 *
 * owner: effective uid of the process. A file that belongs to neither it nor
 * root is refused: it may be a trap.
 */
GP_MUSTUSE enum perfmap_err perfmap_open(struct perfmap *m, int fd,
    uint32_t owner);

/* Add the name of the code at an address to b, any bytes but newline. Looks
 * once more if the file has grown. False, and nothing added, if there is none. */
GP_MUSTUSE bool perfmap_find(struct perfmap *m, uint64_t addr, struct buf *b);

/* One line (without newline): START, its end, where the name starts in it.
 * False if it is none. For perfmap.c, its tests and its fuzzer. */
GP_MUSTUSE bool perfmap_parse_line(const char *s, size_t len, uint64_t *start,
    uint64_t *end, size_t *name);

/* Bytes of memory it holds. */
size_t perfmap_memory(const struct perfmap *m);

const char *perfmap_strerror(enum perfmap_err err);

void perfmap_free(struct perfmap *m);

#endif
