#include "ship/url.h"

#include <string.h>
#include <strings.h>

#include "base/ascii.h"
#include "base/parse.h"

static bool
is_host_char(char c, bool v6)
{
	if (v6)
		return ascii_is_hex(c) || c == ':' || c == '.';
	return ascii_is_alnum(c) || c == '.' || c == '-' || c == '_';
}

static const char *
take_scheme(struct url *u, const char *s)
{
	if (strncasecmp(s, "https://", 8) == 0) {
		u->tls = true;
		return s + 8;
	}
	if (strncasecmp(s, "http://", 7) == 0)
		return s + 7;
	return NULL;
}

/* Lower case, as names are compared. */
static const char *
take_host(struct url *u, const char *s)
{
	bool v6 = *s == '[';
	size_t n = 0;

	if (v6)
		u->host[n++] = *s++;
	for (; is_host_char(*s, v6) && n < URL_HOST_MAX - 2; s++)
		u->host[n++] = *s >= 'A' && *s <= 'Z' ? (char)(*s | 0x20) : *s;
	if (v6) {
		if (*s++ != ']' || n < 3)
			return NULL;
		u->host[n++] = ']';
	}
	u->host[n] = '\0';
	return n > 0 && u->host[0] != '.' ? s : NULL;
}

static const char *
take_port(struct url *u, const char *s)
{
	size_t len;
	uint64_t port;

	u->port = u->tls ? 443 : 80;
	if (*s != ':')
		return s;
	len = strspn(++s, "0123456789");
	if (len > 5 || !parse_digits(s, len, &port) || port < 1 ||
	    port > 65535)
		return NULL;
	u->port = (uint16_t)port;
	u->has_port = true;
	return s + len;
}

/* What may stand in a path or query, "%XX" included. */
static bool
is_rest(const char *s)
{
	for (; *s; s++) {
		if (*s <= ' ' || *s > '~' || strchr("\"#<>\\^`{|}", *s))
			return false;
		if (*s == '%' && !(ascii_is_hex(s[1]) && ascii_is_hex(s[2])))
			return false;
	}
	return true;
}

const char *
url_parse(struct url *u, const char *text)
{
	const char *s;

	*u = (struct url){ 0 };
	if (strlen(text) > URL_MAX)
		return "is longer than a URL";
	s = take_scheme(u, text);
	if (!s)
		return "is neither http:// nor https://";
	/* Before the rest is looked at: what is wrong may be said aloud. */
	if (memchr(s, '@', strcspn(s, "/?#")))
		return "holds a user name or password, "
		    "which others can see; use a token file";
	s = take_host(u, s);
	if (!s)
		return "holds no host";
	s = take_port(u, s);
	if (!s)
		return "holds no port behind the ':'";
	u->path = s;
	u->path_len = strcspn(s, "?");
	if (u->path_len && *s != '/')
		return "holds a host that is none";
	if (!is_rest(s))
		return "holds a byte that no URL has";
	if (s[u->path_len] == '?')
		u->query = s + u->path_len + 1;
	return NULL;
}

static void
put_origin(const struct url *u, struct buf *out)
{
	buf_addf(out, "%s://%s", u->tls ? "https" : "http", u->host);
	if (u->has_port)
		buf_addf(out, ":%u", (unsigned)u->port);
}

void
url_show(const struct url *u, struct buf *out)
{
	put_origin(u, out);
	if (u->path_len)
		buf_add(out, u->path, u->path_len);
	else
		buf_addc(out, '/');
}

void
url_base(const struct url *u, struct buf *out)
{
	size_t len = u->path_len;

	while (len && u->path[len - 1] == '/')
		len--;
	put_origin(u, out);
	buf_add(out, u->path, len);
}

void
url_quote(struct buf *out, const char *s, size_t len, bool keep_slash)
{
	for (; len; s++, len--) {
		if (ascii_is_alnum(*s) || (*s && strchr("-._~", *s)) ||
		    (*s == '/' && keep_slash))
			buf_addc(out, *s);
		else
			buf_addf(out, "%%%02X", (unsigned)(unsigned char)*s);
	}
}
