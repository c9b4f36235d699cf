/*
 * utf16.h - text of a Windows program as UTF-8.
 *
 * A zeroed struct utf16 is at the start of little-endian text; behind big_endian
 * nothing need be set. What is no character (half a pair) becomes U+FFFD.
 */
#ifndef GP_UTF16_H
#define GP_UTF16_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct utf16 {
	bool big_endian;
	/* private */
	unsigned char odd; /* the first byte of a unit that is not there yet */
	bool has_odd;
	uint16_t high;     /* the first half of a pair, or 0 */
};

/* Bytes of UTF-8 that n bytes become, with what was held back, at most. */
#define UTF16_OUT_MAX(n) (((n) / 2 + 2) * 3)

/* Write the UTF-8 of n more bytes to out; returns its length. What is not whole
 * is held back. */
size_t utf16_convert(struct utf16 *u, const unsigned char *in, size_t n,
    char *out);

/* The same at the end: what was held back is broken. */
size_t utf16_finish(struct utf16 *u, char *out);

#endif
