#include "ship/json.h"

#include <string.h>

#include "stream/utf8.h"

static void
quote_ascii(struct buf *b, unsigned char c)
{
	if (c == '"' || c == '\\') {
		buf_addc(b, '\\');
		buf_addc(b, (char)c);
	} else if (c == '\n') {
		buf_adds(b, "\\n");
	} else if (c < 0x20 || c == 0x7f) {
		buf_addf(b, "\\u%04x", c);
	} else {
		buf_addc(b, (char)c);
	}
}

void
json_quote(struct buf *b, const char *s, size_t len)
{
	size_t n;

	buf_addc(b, '"');
	for (; len; s += n, len -= n) {
		n = utf8_len(s, len);
		if (n == 1)
			quote_ascii(b, (unsigned char)*s);
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
member(struct json *j, const char *key)
{
	if (j->comma)
		buf_addc(j->out, ',');
	j->comma = true;
	if (!key)
		return;
	json_quote(j->out, key, strlen(key));
	buf_addc(j->out, ':');
}

void
json_object(struct json *j, const char *key)
{
	member(j, key);
	buf_addc(j->out, '{');
	j->comma = false;
}

void
json_end(struct json *j)
{
	buf_addc(j->out, '}');
	j->comma = true;
}

void
json_str(struct json *j, const char *key, const char *value)
{
	member(j, key);
	json_quote(j->out, value, strlen(value));
}

void
json_u64(struct json *j, const char *key, uint64_t value)
{
	member(j, key);
	buf_addu(j->out, value);
}

void
json_bool(struct json *j, const char *key, bool value)
{
	member(j, key);
	buf_adds(j->out, value ? "true" : "false");
}
