/*
 * dress.h - names of functions, as they stand in frames.
 *
 *	_ZN4json5parseERKNS_5tokenE       json::parse(json::token const&)
 *	    and where                     json::parse(json::token const&) (json.cpp:88)
 *	    and a suffix                  … (json.cpp:88)_[i]
 *
 * What strangers chose is made safe (stream/frame.h) and bounded.
 */
#ifndef GP_SYMBOLIZE_DRESS_H
#define GP_SYMBOLIZE_DRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum {
	/* Longest name in a frame; the rest is cut off and "..." put there.
	 * 1,200 frames of it still fit into a line. */
	DRESS_NAME_MAX = 8192,
	DRESS_FILE_MAX = 1024, /* bytes of a source file's path: its end */
};

/* Zeroed, then options set, it is ready. dress_free() it. */
struct dress {
	bool no_demangle;
	bool no_templates, no_args, no_clones; /* simplify.h, demangle.h */
	bool full_paths; /* of source files; else their last part */
	struct buf raw, text; /* in use while one is made */
};

/* A place in the source; file may be NULL, line 0: not told. */
struct dress_place {
	const char *file;
	uint32_t line;
};

/* Add the name of a function as the linker sees it. place: NULL if it is not
 * wanted. */
void dress_symbol(struct dress *d, struct buf *out, const char *name,
    size_t len, const struct dress_place *place, const char *suffix);

/* Add what is a name for people already. place as above. */
void dress_text(struct dress *d, struct buf *out, const char *name, size_t len,
    const struct dress_place *place, const char *suffix);

void dress_free(struct dress *d);

#endif
