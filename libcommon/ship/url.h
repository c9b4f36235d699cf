/*
 * url.h - the URLs that gp sends to: a narrow part of RFC 3986.
 *
 *	https://profiles.example:8443/in?key=v
 *	^scheme ^host            ^port^path ^query
 *
 * Narrow, so that whoever reads it, libcurl and a proxy included, finds the same
 * host in it: http or https, a host of letters, digits, '.', '-' and '_' (others
 * in their ASCII form, xn--…) or an IPv6 address in brackets. No user name or
 * password, which would show in process lists and logs; no fragment, which is
 * never sent; no blanks, control bytes or bytes beyond ASCII.
 */
#ifndef GP_URL_H
#define GP_URL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"

enum { URL_HOST_MAX = 256, URL_MAX = 4096 };

struct url {
	bool tls;                /* https */
	char host[URL_HOST_MAX]; /* lower case; "[::1]" with its brackets */
	uint16_t port;           /* given, or else the scheme's */
	bool has_port;           /* it was given */
	const char *path;        /* in the text; len 0: none, which means "/" */
	size_t path_len;
	const char *query;       /* behind the '?', or NULL */
};

/* Read a URL; u points into it. Returns NULL if it is good, else what is wrong,
 * in words that repeat nothing of it. */
GP_MUSTUSE const char *url_parse(struct url *u, const char *text);

/* Add it as messages may show it: without its query, which may hold a key. */
void url_show(const struct url *u, struct buf *out);

/* Add scheme, host, port and path, without a '/' at its end: what a path below
 * it is added to. */
void url_base(const struct url *u, struct buf *out);

/* Add bytes as part of a path or the value of a query: all but letters, digits
 * and "-._~" as %XX; '/' too unless keep_slash. */
void url_quote(struct buf *out, const char *s, size_t len, bool keep_slash);

#endif
