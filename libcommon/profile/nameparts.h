/*
 * nameparts.h - a frame's text as function, source line and kind.
 *
 *	parse (json.c:88)_[i]     parse              json.c   88   _[i]
 *	main (app.py:31)_[p]      main (app.py:31)   app.py   31   _[p]
 *	vfs_read_[k]              vfs_read                         _[k]
 *
 * Formats that have fields for them get them; nameparts_join() makes the text of
 * the fields again. In languages whose functions are known by their file as much
 * as by their name, the name keeps it: every file has its __init__.
 */
#ifndef GP_NAMEPARTS_H
#define GP_NAMEPARTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct nameparts {
	size_t len;       /* the function: so many first bytes of the text */
	const char *file; /* in the text; NULL: none */
	size_t file_len;
	int64_t line;     /* 1 at least, if there is a file */
	const char *suffix; /* in the text: the rest of it, "" if none */
	size_t suffix_len;
	uint32_t bit;     /* of the suffix, see suffix.h; 0: none */
};

/* Take a text apart. The function has at least one byte. */
struct nameparts nameparts_of(const char *s, size_t len);

/* Add a function and its line: "parse (json.c:88)". What a name says already is
 * not said again, nor anything if file_len or line is 0. */
void nameparts_join(struct buf *b, const char *name, size_t len,
    const char *file, size_t file_len, int64_t line);

#endif
