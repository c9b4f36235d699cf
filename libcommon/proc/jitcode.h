/*
 * jitcode.h - code that a JIT compiler made: where, since when, what it is called.
 *
 *	7f3a10 - 7f3b40  since 13.2 s  "JS:*parse json.js:12"
 *	                               7f3a10 json.js:12, 7f3a24 json.js:13, …
 *
 * What perf maps (perfmap.h) and jitdump files (jitdump.h) tell. Those are read
 * where a reader can do no harm, so such a table can be written as bytes, and read
 * from bytes that anybody may have made.
 *
 * The newest code wins wherever some overlaps: that is the one added last, or,
 * where times are known, the one with the latest time that is not later than the
 * moment asked for. To ask in order of time is cheap, to and fro is not.
 *
 * Bounded: whoever adds looks whether it is full, and then drops the older half,
 * or stops.
 *
 * A zeroed struct jitcode is empty and ready.
 */
#ifndef GP_JITCODE_H
#define GP_JITCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/rangetab.h"

enum {
	JITCODE_MAX = 1 << 18,        /* pieces of code; 40 bytes each */
	JITCODE_LINES_MAX = 1 << 19,  /* places in the source; 16 bytes each */
	JITCODE_TEXT_MAX = 16 << 20,  /* bytes of names and paths */
	/* Bytes of one, more than a frame shows; the rest is cut off. */
	JITCODE_NAME_MAX = 8448,
};

/* As of now: newer than any code. */
#define JITCODE_NOW UINT64_MAX

/* Largest form as bytes. */
#define JITCODE_BYTES_MAX (64ull + 40ull * JITCODE_MAX + \
	16ull * JITCODE_LINES_MAX + JITCODE_TEXT_MAX + 2 * JITCODE_NAME_MAX)

struct jitcode_entry {
	uint64_t start, end;
	uint64_t time;           /* 0: always there */
	uint32_t name, name_len; /* in text */
	uint32_t line, lines;    /* which ones are its */
};

struct jitcode_line {
	uint64_t addr; /* from here to the next one */
	uint32_t number;
	uint32_t file; /* in text, with a NUL behind it */
};

struct jitcode {
	struct jitcode_entry *v; /* in order of time, once built */
	uint32_t n;
	size_t cap;
	struct jitcode_line *line;
	uint32_t nline;
	size_t line_cap;
	struct buf text;
	bool cut;     /* a limit left something out */
	bool timed;   /* times are known */
	uint64_t bad; /* what made no sense, and was left out */
	/* private */
	struct rangetab range; /* of the first shown entries */
	uint32_t shown;
	bool built;
};

/* True if there is room for no more. */
bool jitcode_is_full(const struct jitcode *j);

/* Drop what was added first, down to half of the room or less. */
void jitcode_halve(struct jitcode *j);

/* Add text with a NUL behind it; where it is. */
uint32_t jitcode_add_text(struct jitcode *j, const char *s, size_t len);

/* Add code of size bytes, with a name that is in text. False if it covers nothing
 * or too much: then it is bad. There must be room. */
bool jitcode_add(struct jitcode *j, uint64_t start, uint64_t size,
    uint64_t time, uint32_t name, uint32_t name_len);

/* Add a place, to be in ascending order of addresses for each piece of code; the
 * code's entry is to name them. */
void jitcode_add_line(struct jitcode *j, uint64_t addr, uint32_t number,
    uint32_t file);

/* Bring it in order of time. */
void jitcode_sort(struct jitcode *j);

/* Write it, piece by piece; false as soon as write() is. */
GP_MUSTUSE bool jitcode_write(const struct jitcode *j,
    bool (*write)(void *arg, const void *p, size_t len), void *arg);

/* Read what jitcode_write() wrote into an empty one. False, and it stays empty,
 * if it is anything else. */
GP_MUSTUSE bool jitcode_read(struct jitcode *j, const void *p, size_t len);

/* Texts belong to the table. */
struct jitcode_found {
	const char *name;
	size_t name_len; /* not 0 */
	const char *file; /* NULL: not told */
	uint32_t line;
};

/* What was at an address at a moment: CLOCK_MONOTONIC, ns, or JITCODE_NOW. */
GP_MUSTUSE bool jitcode_find(struct jitcode *j, uint64_t addr, uint64_t time,
    struct jitcode_found *found);

/* Bytes of memory it holds. */
size_t jitcode_memory(const struct jitcode *j);

void jitcode_free(struct jitcode *j);

#endif
