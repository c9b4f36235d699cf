/*
 * locations.h - a profile's stacks as lists of locations, for formats that know
 * places in files, and what was inlined there.
 *
 *	web-4242;main_[p];outer;inner_[i];[libc.so.6+0x1c2f0]
 *
 *	1 mapping [python]   lines: main
 *	2 no mapping         lines: inner outer
 *	3 mapping libc.so.6  address 0x1c2f0
 *
 * A frame with the suffix _[i] is one of the lines of the location that it was
 * inlined into. Suffixes of languages become mappings, (file:line) becomes the
 * function's file and the line, an address is a place in its file's mapping and
 * has no function. Addresses are those of the ELF file, and mappings have none.
 *
 * The fold must have been made with heads.remember and frames.modules; what names a
 * head in text of others is a function.
 *
 * Everything has a number in a table, in order of first sight from 1; entry 0 of
 * each is zeroed, string 0 is "". locations_init() it, ask for nodes, read the
 * tables, locations_free() it.
 */
#ifndef GP_LOCATIONS_H
#define GP_LOCATIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/intern.h"
#include "base/pairmap.h"
#include "profile/fold.h"

struct locations_mapping {
	uint32_t path, build_id; /* strings */
	bool named; /* with split: its locations have functions */
};

struct locations_function {
	uint32_t name, file; /* strings */
};

struct locations_line {
	uint32_t function;
	int64_t line; /* 0: not known */
};

struct location {
	uint64_t address; /* 0: not known */
	uint32_t mapping; /* 0: none */
	uint32_t bit;     /* of the outermost line's suffix, see suffix.h */
	uint32_t lines, first; /* lines, innermost first; 0: only an address */
};

struct locations {
	struct intern strings; /* users add theirs */
	struct locations_mapping *mapping;
	struct locations_function *function;
	struct locations_line *line;
	struct location *location;
	uint32_t mappings, functions, lines, n; /* entries, with the zeroed */
	/* private */
	const struct fold *f;
	bool split;
	struct intern mapping_keys;
	struct pairmap function_at;   /* (name, file) -> number */
	struct stacktab groups;       /* of names; counts hold locations */
	uint32_t *group;              /* by node; 0: a head */
	uint8_t *depth;               /* by group: frames in it */
	size_t depth_cap, mapping_cap, function_cap, line_cap, cap;
	struct buf text;
};

/* split: a file has two mappings if some of its locations have functions and some
 * have not, since pprof names all or none of one. */
void locations_init(struct locations *l, const struct fold *f, bool split);

/* The location whose innermost frame a node is, and in *above the node that is
 * above all of it. 0 if the node is a head. */
uint32_t locations_at(struct locations *l, uint32_t node, uint32_t *above);

/* The number of a text from outside of frames: made safe. */
uint32_t locations_text(struct locations *l, const char *s);

void locations_free(struct locations *l);

#endif
