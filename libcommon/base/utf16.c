#include "base/utf16.h"

enum { REPLACEMENT = 0xfffd };

static char *
put(char *out, uint32_t c)
{
	if (c < 0x80) {
		*out++ = (char)c;
		return out;
	}
	if (c < 0x800) {
		*out++ = (char)(0xc0 | c >> 6);
	} else {
		if (c < 0x10000) {
			*out++ = (char)(0xe0 | c >> 12);
		} else {
			*out++ = (char)(0xf0 | c >> 18);
			*out++ = (char)(0x80 | (c >> 12 & 63));
		}
		*out++ = (char)(0x80 | (c >> 6 & 63));
	}
	*out++ = (char)(0x80 | (c & 63));
	return out;
}

/* One unit more; a pair is D800 to DBFF, then DC00 to DFFF. */
static char *
take(struct utf16 *u, uint16_t unit, char *out)
{
	bool low = unit >= 0xdc00 && unit <= 0xdfff;
	uint16_t high = u->high;

	u->high = 0;
	if (high && low)
		return put(out, 0x10000 + ((uint32_t)(high & 0x3ff) << 10 |
		    (unit & 0x3ff)));
	if (high)
		out = put(out, REPLACEMENT);
	if (unit >= 0xd800 && unit <= 0xdbff) {
		u->high = unit;
		return out;
	}
	return put(out, low ? REPLACEMENT : unit);
}

size_t
utf16_convert(struct utf16 *u, const unsigned char *in, size_t n, char *out)
{
	char *start = out;
	unsigned first, second;

	for (size_t i = 0; i < n; i++) {
		if (!u->has_odd) {
			u->odd = in[i];
			u->has_odd = true;
			continue;
		}
		u->has_odd = false;
		first = u->odd;
		second = in[i];
		out = take(u, (uint16_t)(u->big_endian ? first << 8 | second :
		    second << 8 | first), out);
	}
	return (size_t)(out - start);
}

size_t
utf16_finish(struct utf16 *u, char *out)
{
	char *start = out;

	if (u->high)
		out = put(out, REPLACEMENT);
	if (u->has_odd)
		out = put(out, REPLACEMENT);
	*u = (struct utf16){ .big_endian = u->big_endian };
	return (size_t)(out - start);
}
