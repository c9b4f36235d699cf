#include "base/jsonw.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

enum { FLUSH_AT = 32 * 1024 };

/* Bytes that stand for themselves in a string. */
static size_t
plain_len(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && (unsigned char)s[n] >= 0x20 &&
	    (unsigned char)s[n] < 0x7f && s[n] != '"' && s[n] != '\\')
		n++;
	return n;
}

static void
quote_special(struct buf *b, unsigned char c)
{
	if (c == '"' || c == '\\') {
		buf_addc(b, '\\');
		buf_addc(b, (char)c);
	} else if (c == '\n') {
		buf_adds(b, "\\n");
	} else {
		buf_addf(b, "\\u%04x", c);
	}
}

void
jsonw_quote(struct buf *b, const char *s, size_t len)
{
	size_t n;

	buf_addc(b, '"');
	for (; len; s += n, len -= n) {
		n = plain_len(s, len);
		if (n) {
			buf_add(b, s, n);
			continue;
		}
		n = utf8_len(s, len);
		if (n == 1)
			quote_special(b, (unsigned char)*s);
		else if (n)
			buf_add(b, s, n);
		else
			buf_adds(b, "\xef\xbf\xbd");
		if (n == 0)
			n = 1;
	}
	buf_addc(b, '"');
}

static void
flush(struct jsonw *w)
{
	if (w->own.len)
		fwrite(w->own.s, 1, w->own.len, w->f);
	buf_reset(&w->own);
}

/* What comes before a member's value; returns where that goes. */
static struct buf *
member(struct jsonw *w, const char *key)
{
	struct buf *b = w->f ? &w->own : w->out;

	if (w->f && b->len >= FLUSH_AT)
		flush(w);
	if (w->comma)
		buf_addc(b, ',');
	if (w->newline)
		buf_addc(b, '\n');
	w->comma = true;
	w->newline = false;
	if (key) {
		jsonw_quote(b, key, strlen(key));
		buf_addc(b, ':');
	}
	return b;
}

static void
begin(struct jsonw *w, const char *key, bool array)
{
	buf_addc(member(w, key), array ? '[' : '{');
	assert(w->depth < JSONW_DEPTH_MAX);
	w->arrays = w->arrays << 1 | array;
	w->depth++;
	w->comma = false;
}

void
jsonw_object(struct jsonw *w, const char *key)
{
	begin(w, key, false);
}

void
jsonw_array(struct jsonw *w, const char *key)
{
	begin(w, key, true);
}

void
jsonw_end(struct jsonw *w)
{
	assert(w->depth > 0);
	w->comma = false;
	buf_addc(member(w, NULL), w->arrays & 1 ? ']' : '}');
	w->arrays >>= 1;
	w->depth--;
}

void
jsonw_line(struct jsonw *w)
{
	w->newline = true;
}

void
jsonw_str(struct jsonw *w, const char *key, const char *value)
{
	jsonw_strn(w, key, value, strlen(value));
}

void
jsonw_strn(struct jsonw *w, const char *key, const char *value, size_t len)
{
	jsonw_quote(member(w, key), value, len);
}

void
jsonw_u64(struct jsonw *w, const char *key, uint64_t value)
{
	buf_addu(member(w, key), value);
}

void
jsonw_i64(struct jsonw *w, const char *key, int64_t value)
{
	struct buf *b = member(w, key);

	if (value < 0)
		buf_addc(b, '-');
	buf_addu(b, value < 0 ? -(uint64_t)value : (uint64_t)value);
}

void
jsonw_bool(struct jsonw *w, const char *key, bool value)
{
	buf_adds(member(w, key), value ? "true" : "false");
}

void
jsonw_null(struct jsonw *w, const char *key)
{
	buf_adds(member(w, key), "null");
}

void
jsonw_double(struct jsonw *w, const char *key, double value)
{
	char text[32];

	if (!isfinite(value)) {
		jsonw_null(w, key);
		return;
	}
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof text, "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			break;
	}
	buf_adds(member(w, key), text);
}

void
jsonw_done(struct jsonw *w)
{
	if (w->f) {
		buf_addc(&w->own, '\n');
		flush(w);
	}
	buf_free(&w->own);
	*w = (struct jsonw){ .f = w->f, .out = w->out };
}
