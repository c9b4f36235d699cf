/*
 * utf8.h - which bytes are well-formed UTF-8.
 */
#ifndef GP_UTF8_H
#define GP_UTF8_H

#include <stddef.h>

/*
 * Bytes in the well-formed sequence at s, 1 to 4; 0 if there is none. len: bytes
 * available, at least 1.
 *
 * Source: the table of well-formed byte sequences in the Unicode Standard,
 * section 3.9: no surrogates, no overlong forms, nothing above U+10FFFF.
 */
static inline size_t
utf8_len(const char *s, size_t len)
{
	const unsigned char *p = (const unsigned char *)s;
	unsigned char lo = 0x80, hi = 0xbf;
	size_t n;

	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	n = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (n > len)
		return 0;
	if (p[0] == 0xe0)
		lo = 0xa0;
	if (p[0] == 0xed)
		hi = 0x9f;
	if (p[0] == 0xf0)
		lo = 0x90;
	if (p[0] == 0xf4)
		hi = 0x8f;
	if (p[1] < lo || p[1] > hi)
		return 0;
	for (size_t i = 2; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

#endif
