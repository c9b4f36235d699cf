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
 * Of a file that is longer than PERFMAP_BYTES_MAX the newest part is read, of
 * more than PERFMAP_ENTRIES_MAX lines the last are used, and of more code than a
 * table has room for (jitcode.h) the newest is kept. What was overridden takes no
 * room there.
 *
 * Source: linux/tools/perf/Documentation/jit-interface.txt.
 */
#ifndef GP_PERFMAP_H
#define GP_PERFMAP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "proc/jitcode.h"

enum {
	PERFMAP_BYTES_MAX = 64 << 20,
	PERFMAP_ENTRIES_MAX = 1 << 20, /* lines that are used */
};

enum perfmap_err {
	PERFMAP_OK = 0,
	PERFMAP_EREAD = -1, /* errno says why */
	PERFMAP_EFILE = -2, /* not a regular file */
};

/* Read the map behind an open descriptor into an empty table. jitcode_free() it
 * in any case. */
GP_MUSTUSE enum perfmap_err perfmap_read(struct jitcode *j, int fd);

/* One line (without newline): START, its end, where the name starts in it.
 * False if it is none. For perfmap.c, its tests and its fuzzer. */
GP_MUSTUSE bool perfmap_parse_line(const char *s, size_t len, uint64_t *start,
    uint64_t *end, size_t *name);

const char *perfmap_strerror(enum perfmap_err err);

#endif
