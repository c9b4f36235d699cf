/*
 * fuzz_webtext.c - any bytes as a name on its way into a page.
 *
 * Property: the JSON form holds no character that HTML or JavaScript gives a
 * meaning, is well-formed UTF-8, and read back is the input with U+FFFD for what
 * is none; the HTML form holds no markup.
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/parse.h"
#include "profile/webtext.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
write_to(struct buf *b, void (*write)(FILE *, const char *, size_t),
    const char *s, size_t len)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	write(out, s, len);
	fclose(out);
	buf_add(b, text, size);
	free(text);
	for (size_t i = 0, n; i < b->len; i += n) {
		n = utf8_len(b->s + i, b->len - i);
		assert(n > 0);
	}
}

static void
add_utf8(struct buf *b, uint64_t c)
{
	if (c < 0x80) {
		buf_addc(b, (char)c);
	} else if (c < 0x800) {
		buf_addc(b, (char)(0xc0 | c >> 6));
		buf_addc(b, (char)(0x80 | (c & 63)));
	} else if (c < 0x10000) {
		buf_addc(b, (char)(0xe0 | c >> 12));
		buf_addc(b, (char)(0x80 | (c >> 6 & 63)));
		buf_addc(b, (char)(0x80 | (c & 63)));
	} else {
		buf_addc(b, (char)(0xf0 | c >> 18));
		buf_addc(b, (char)(0x80 | (c >> 12 & 63)));
		buf_addc(b, (char)(0x80 | (c >> 6 & 63)));
		buf_addc(b, (char)(0x80 | (c & 63)));
	}
}

/* The string that a JSON reader makes of it. */
static void
unescape(struct buf *out, const char *s, size_t len)
{
	uint64_t c, low;

	assert(len >= 2 && s[0] == '"' && s[len - 1] == '"');
	for (size_t i = 1; i < len - 1; i++) {
		assert(!strchr("<>&'\"", s[i]) && (unsigned char)s[i] >= ' ');
		if (s[i] != '\\') {
			buf_addc(out, s[i]);
			continue;
		}
		if (s[++i] == '\\') {
			buf_addc(out, '\\');
			continue;
		}
		assert(s[i] == 'u' && parse_hex(s + i + 1, 4, &c));
		i += 4;
		if (c >= 0xd800 && c < 0xdc00) {
			assert(s[i + 1] == '\\' && s[i + 2] == 'u' &&
			    parse_hex(s + i + 3, 4, &low));
			c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
			i += 6;
		}
		add_utf8(out, c);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *s = (const char *)data;
	struct buf json = { 0 }, back = { 0 }, want = { 0 }, html = { 0 };

	for (size_t i = 0, n; i < len; i += n ? n : 1) {
		n = utf8_len(s + i, len - i);
		buf_add(&want, n ? s + i : "\xef\xbf\xbd", n ? n : 3);
	}
	write_to(&json, webtext_json, s, len);
	unescape(&back, json.s, json.len);
	assert(back.len == want.len);
	assert(len == 0 || memcmp(back.s, want.s, want.len) == 0);
	write_to(&html, webtext_html, s, len);
	assert(html.len == strcspn(buf_str(&html), "<>\"'"));
	buf_free(&json);
	buf_free(&back);
	buf_free(&want);
	buf_free(&html);
	return 0;
}
