/*
 * jsonw.h - writing JSON, one member after another.
 *
 *	struct jsonw w = { .f = stdout };
 *	jsonw_object(&w, NULL);
 *	jsonw_str(&w, "host", "web-7");
 *	jsonw_array(&w, "samples");
 *	jsonw_u64(&w, NULL, 17);
 *	jsonw_end(&w);
 *	jsonw_end(&w);			// {"host":"web-7","samples":[17]}
 *	jsonw_done(&w);
 *
 * The key of what stands in an array, and of the outermost value, is NULL.
 * Members come out in the order of the calls, so equal calls make equal bytes.
 * Whatever a string holds, the text is valid UTF-8: bytes that are not become
 * U+FFFD. Keys are the program's own and the caller's to keep distinct.
 *
 * Text goes to f as it comes, some kilobytes at a time, or is added to out if
 * there is no f; memory does not depend on the size of the document. Errors stay
 * in the FILE. Zeroed but for one of the two, a struct jsonw is ready.
 *
 * Source: RFC 8259.
 */
#ifndef GP_JSONW_H
#define GP_JSONW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"

enum { JSONW_DEPTH_MAX = 64 }; /* more objects in each other are our mistake */

struct jsonw {
	FILE *f;
	struct buf *out;
	/* private */
	struct buf own;      /* what is on its way to f */
	uint64_t arrays;     /* a bit for each open level: it is an array */
	unsigned depth;
	bool comma, newline; /* before the next member */
};

/* Begin an object or an array. */
void jsonw_object(struct jsonw *w, const char *key);
void jsonw_array(struct jsonw *w, const char *key);

/* End the innermost of them. */
void jsonw_end(struct jsonw *w);

/* The next member starts a line. */
void jsonw_line(struct jsonw *w);

void jsonw_str(struct jsonw *w, const char *key, const char *value);
void jsonw_strn(struct jsonw *w, const char *key, const char *value,
    size_t len);
void jsonw_u64(struct jsonw *w, const char *key, uint64_t value);
void jsonw_i64(struct jsonw *w, const char *key, int64_t value);
void jsonw_bool(struct jsonw *w, const char *key, bool value);
void jsonw_null(struct jsonw *w, const char *key);

/* The fewest digits that read back as the same number; null if it is none. */
void jsonw_double(struct jsonw *w, const char *key, double value);

/* Hand all to f; free what is ours. Ends the last line if f is given. */
void jsonw_done(struct jsonw *w);

/* Add a string with its quotes: the part that the others are made of. */
void jsonw_quote(struct buf *b, const char *s, size_t len);

#endif
