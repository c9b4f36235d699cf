#include "stream/record.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "base/utf8.h"

static bool
is_key_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

/* Undo %XX from src into dst (never longer); false on a bad escape or NUL. */
static bool
unescape(char **dst, const char *src, size_t len)
{
	char *d = *dst;
	uint64_t v;

	for (size_t i = 0; i < len; i++) {
		if (src[i] != '%') {
			*d++ = src[i];
			continue;
		}
		if (len - i < 3 || !parse_hex(src + i + 1, 2, &v) || v == 0)
			return false;
		*d++ = (char)v;
		i += 2;
	}
	*d++ = '\0';
	*dst = d;
	return true;
}

/* One "key=value" of len bytes; its decoded copy goes to *dst. */
static bool
parse_field(struct record *r, char **dst, const char *s, size_t len)
{
	size_t k = 0;

	if (r->n == RECORD_FIELDS_MAX)
		return false;
	while (k < len && is_key_char(s[k]))
		k++;
	if (k == 0 || k == len || s[k] != '=')
		return false;
	r->field[r->n].key = *dst;
	memcpy(*dst, s, k);
	*dst += k;
	*(*dst)++ = '\0';
	r->field[r->n].value = *dst;
	if (!unescape(dst, s + k + 1, len - k - 1))
		return false;
	r->n++;
	return true;
}

bool
record_parse(struct record *r, const char *line, size_t len)
{
	const char *end, *s;
	size_t n = 0;
	char *dst;

	r->n = 0;
	r->tag = "";
	if (len < 2 || line[0] != '#' || memchr(line, '\0', len))
		return false;
	s = line + 1;
	end = line + len;
	while (s + n < end && is_key_char(s[n]))
		n++;
	if (n == 0 || s[0] < 'a' || s[0] > 'z' || (s + n < end && s[n] != ' '))
		return false;
	/* Every field ends in a NUL where the line had its blank. */
	buf_reset(&r->mem);
	buf_grow(&r->mem, len + 2);
	dst = r->mem.s;
	memcpy(dst, s, n);
	dst[n] = '\0';
	r->tag = dst;
	dst += n + 1;
	for (s += n; s < end; s += n) {
		s++; /* the blank */
		n = 0;
		while (s + n < end && s[n] != ' ')
			n++;
		if (!parse_field(r, &dst, s, n))
			return false;
	}
	return true;
}

bool
record_is(const struct record *r, const char *tag)
{
	return strcmp(r->tag, tag) == 0;
}

const char *
record_get(const struct record *r, const char *key)
{
	for (size_t i = 0; i < r->n; i++)
		if (strcmp(r->field[i].key, key) == 0)
			return r->field[i].value;
	return NULL;
}

bool
record_get_u64(const struct record *r, const char *key, uint64_t *out)
{
	const char *v = record_get(r, key);

	return v && parse_u64(v, out);
}

void
record_free(struct record *r)
{
	buf_free(&r->mem);
	*r = (struct record){ 0 };
}

void
record_begin(struct buf *b, const char *tag)
{
	buf_addc(b, '#');
	buf_adds(b, tag);
}

static void
put_key(struct buf *b, const char *key)
{
	buf_addc(b, ' ');
	buf_adds(b, key);
	buf_addc(b, '=');
}

void
record_put_bytes(struct buf *b, const char *key, const void *value, size_t len)
{
	const char *s = value;
	size_t n;

	if (!s || len == 0)
		return;
	put_key(b, key);
	for (; len; s += n, len -= n) {
		unsigned char c = (unsigned char)*s;

		n = utf8_len(s, len);
		if (c == '\0') {
			buf_addc(b, '?');
		} else if (n == 0 || c <= ' ' || c == '%' || c == 0x7f) {
			buf_addf(b, "%%%02X", c);
			n = 1;
		} else {
			buf_add(b, s, n);
		}
	}
}

void
record_put(struct buf *b, const char *key, const char *value)
{
	if (value)
		record_put_bytes(b, key, value, strlen(value));
}

void
record_put_u64(struct buf *b, const char *key, uint64_t value)
{
	put_key(b, key);
	buf_addu(b, value);
}

void
record_put_seconds(struct buf *b, const char *key, uint64_t ns)
{
	char text[32];
	size_t n;

	n = (size_t)snprintf(text, sizeof text, "%" PRIu64 ".%09" PRIu64,
	    ns / 1000000000u, ns % 1000000000u);
	while (text[n - 1] == '0')
		text[--n] = '\0';
	if (text[n - 1] == '.')
		text[n - 1] = '\0';
	record_put(b, key, text);
}

void
record_put_hex(struct buf *b, const char *key, const void *bytes, size_t len)
{
	const unsigned char *p = bytes;

	if (len == 0)
		return;
	put_key(b, key);
	for (size_t i = 0; i < len; i++)
		buf_addf(b, "%02x", p[i]);
}

void
record_end(struct buf *b)
{
	buf_addc(b, '\n');
}
