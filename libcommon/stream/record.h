/*
 * record.h - the lines of a stream that start with '#'.
 *
 *	#module id=3 build_id=9c61 path=/usr/lib/x86_64-linux-gnu/libc.so.6
 *	 ^tag   ^key ^value
 *
 * A tag of lower-case letters and '_', then key=value fields, one space before
 * each. In values blank, '%', control bytes, DEL and bytes of invalid UTF-8 are
 * %XX; the writer escapes, the reader undoes it, so that callers see plain
 * bytes. A value never holds a NUL (one is written as '?'). A record therefore never ends in a blank and
 * digits, which is how a sample line ends.
 *
 * The grammar is that of gp-stream(5).
 */
#ifndef GP_RECORD_H
#define GP_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"

enum { RECORD_FIELDS_MAX = 64 };

/* A parsed record. Zeroed, it is ready; record_free() it at the end. Pointers
 * are valid until the next record_parse(). */
struct record {
	const char *tag;
	size_t n; /* fields */
	struct {
		const char *key;
		const char *value;
	} field[RECORD_FIELDS_MAX];
	struct buf mem;
};

/* Parse one line (without its newline). False if it is not a record; more than
 * RECORD_FIELDS_MAX fields make it none. Unknown tags and keys are fine. */
GP_MUSTUSE bool record_parse(struct record *r, const char *line, size_t len);

bool record_is(const struct record *r, const char *tag);

/* The value of a key, or NULL. */
const char *record_get(const struct record *r, const char *key);

/* The value as a decimal number; false if it is absent or none. */
GP_MUSTUSE bool record_get_u64(const struct record *r, const char *key,
    uint64_t *out);

void record_free(struct record *r);

/* Writing: begin, then fields, then end (which adds the newline). A NULL or
 * empty value leaves the field out. */
void record_begin(struct buf *b, const char *tag);
void record_put(struct buf *b, const char *key, const char *value);
void record_put_bytes(struct buf *b, const char *key, const void *value,
    size_t len);
void record_put_u64(struct buf *b, const char *key, uint64_t value);
/* A time in nanoseconds, written in seconds with the decimals that it takes. */
void record_put_seconds(struct buf *b, const char *key, uint64_t ns);
void record_put_hex(struct buf *b, const char *key, const void *bytes,
    size_t len);
void record_end(struct buf *b);

#endif
