/*
 * perfscript.h - reading the output of perf script.
 *
 *	swapper     0/0     [001] 1350.422159:    2004008 cpu-clock:ppp:
 *	        ffffffff8158c66b filemap_map_pages+0x8b ([kernel.kallsyms])
 *	                    1243 work+0x35 (/tmp/app)
 *	  app.c:12
 *
 *	         app  6911  1350.424703:   2004008 cpu-clock:  11b9 f (/tmp/app)
 *
 * Each sample is a line of fields, of which perf's -F leaves out any, then a line
 * for each frame, innermost first, each maybe followed by its source line, and an
 * empty line. Without call chains all is on one line. perfhead.h reads the first
 * line, perfname.h makes frames of the others.
 *
 * Memory depends on distinct frames and stacks, not on the length of the input,
 * beside a megabyte for lines that were seen.
 */
#ifndef GP_PERFSCRIPT_H
#define GP_PERFSCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/intern.h"
#include "profile/reading.h"

/* Whether a line looks like one of a frame. */
bool perfscript_is_frame(const char *s, size_t len);

struct perfscript {
	struct reading *r;
	/* private */
	struct intern keys;    /* lines of frames, without what varies */
	struct perfscript_key *key;
	uint32_t key_cap;
	struct perfscript_seen *seen; /* a table of lines */
	struct buf text, names;
	uint32_t *id;          /* frames of the keys */
	size_t ids, id_cap;
	bool tabs;             /* lines of frames start with a tab */
	bool open;             /* a sample began */
	bool skip;             /* of an event that is not wanted */
	bool tentative;        /* its frame may have been something else */
	uint32_t heads[2];
	size_t nheads;
	uint64_t weight;
	uint32_t *frame;       /* innermost first, keys */
	size_t n, cap;
	uint32_t *stack;       /* outermost first, ids */
	size_t stack_cap;
};

/* Take a line, without its newline. */
void perfscript_line(struct perfscript *p, const char *s, size_t len);

/* The end of the file: the last stack may lack its empty line. */
void perfscript_end(struct perfscript *p);

void perfscript_free(struct perfscript *p);

#endif
