#include "profile/webtext.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/utf8.h"

#define REPLACEMENT "\xef\xbf\xbd"

/* The code point of a well-formed sequence of n bytes. */
static uint32_t
decode(const char *s, size_t n)
{
	const unsigned char *p = (const unsigned char *)s;
	uint32_t c;

	if (n == 1)
		return p[0];
	c = p[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++)
		c = c << 6 | (p[i] & 0x3fu);
	return c;
}

/*
 * Characters that have no shape of their own but change what is seen around
 * them. All lie in the basic plane but the tags, U+E0000 to U+E007F.
 */
static bool
is_invisible(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad ||
	    c == 0x61c || c == 0x180e || (c >= 0x200b && c <= 0x200f) ||
	    (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
	    c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
	    c == 0xfffe || c == 0xffff || /* which XML does not allow */
	    (c >= 0xe0000 && c <= 0xe007f);
}

static void
put_json_escape(FILE *out, uint32_t c)
{
	if (c > 0xffff)
		fprintf(out, "\\u%04x\\u%04x",
		    (unsigned)(0xd800 + ((c - 0x10000) >> 10)),
		    (unsigned)(0xdc00 + (c & 0x3ff)));
	else
		fprintf(out, "\\u%04x", (unsigned)c);
}

/* Plain text that neither writer has to look at twice. */
static size_t
plain_len(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && s[n] >= ' ' && s[n] < 0x7f && !strchr("<>&'\"\\", s[n]))
		n++;
	return n;
}

/* Write what is alike for both: plain text, and a sign for what is no UTF-8. False
 * if it was that; true if it is a character, *c. *n: its bytes, either way. */
static bool
take_char(FILE *out, const char *s, size_t len, size_t *n, uint32_t *c)
{
	*n = plain_len(s, len);
	if (*n) {
		fwrite(s, 1, *n, out);
		return false;
	}
	*n = utf8_len(s, len);
	if (*n == 0) {
		fputs(REPLACEMENT, out);
		*n = 1;
		return false;
	}
	*c = decode(s, *n);
	return true;
}

void
webtext_json(FILE *out, const char *s, size_t len)
{
	size_t n;

	putc('"', out);
	for (; len; s += n, len -= n) {
		uint32_t c;

		if (!take_char(out, s, len, &n, &c))
			continue;
		if (c == '\\')
			fputs("\\\\", out);
		else if (c < 0x80 || is_invisible(c))
			put_json_escape(out, c);
		else
			fwrite(s, 1, n, out);
	}
	putc('"', out);
}

static void
put_html_char(FILE *out, uint32_t c)
{
	switch (c) {
	case '<':
		fputs("&lt;", out);
		break;
	case '>':
		fputs("&gt;", out);
		break;
	case '&':
		fputs("&amp;", out);
		break;
	case '"':
		fputs("&quot;", out);
		break;
	case '\'':
		fputs("&#39;", out);
		break;
	default:
		fprintf(out, "&lt;U+%04X&gt;", (unsigned)c);
	}
}

void
webtext_html(FILE *out, const char *s, size_t len)
{
	size_t n;

	for (; len; s += n, len -= n) {
		uint32_t c;

		if (!take_char(out, s, len, &n, &c))
			continue;
		if (is_invisible(c) || strchr("<>&\"'", (int)(c < 0x80 ? c : 'a')))
			put_html_char(out, c);
		else
			fwrite(s, 1, n, out);
	}
}
