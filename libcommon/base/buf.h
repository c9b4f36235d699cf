/*
 * buf.h - a string that grows.
 *
 * Always followed by a NUL (not counted in len), so s can be printed; s is NULL
 * only while nothing was ever added. A zeroed struct buf is empty and ready.
 * Whoever declares one frees it. Running out of memory ends the program. What is
 * added must not be part of the buffer itself: it may move.
 */
#ifndef GP_BUF_H
#define GP_BUF_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct buf {
	char *s;
	size_t len; /* bytes used */
	size_t cap; /* bytes allocated */
};

/* Make room for extra more bytes behind len and a NUL. Never fails. */
void buf_grow(struct buf *b, size_t extra);

void buf_add(struct buf *b, const void *p, size_t len);
void buf_adds(struct buf *b, const char *s);
void buf_addc(struct buf *b, char c);
void buf_addf(struct buf *b, const char *fmt, ...) GP_PRINTF(2, 3);

/* Decimal and lower-case hexadecimal without prefix: what streams are made of,
 * and far faster than buf_addf(). */
void buf_addu(struct buf *b, uint64_t v);
void buf_addx(struct buf *b, uint64_t v);

/* The content as a string, "" when empty. Valid until the next change. */
const char *buf_str(const struct buf *b);

void buf_reset(struct buf *b); /* empty, memory kept */
void buf_free(struct buf *b);

#endif
