/*
 * http.h - HTTP requests, by libcurl.
 *
 * What every request here has in common: TLS certificates are verified; redirects
 * are not followed, so that credentials go where the user sent them; each phase
 * has a time limit; proxies are those of the environment (curl(1), ENVIRONMENT);
 * of the answer's body the first HTTP_BODY_MAX bytes are kept; the token, should
 * the server repeat it, is blotted out of them.
 *
 * A struct http keeps its connection open from one request to the next. libcurl
 * is initialised with the first http_open().
 */
#ifndef GP_HTTP_H
#define GP_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"

enum { HTTP_BODY_MAX = 4096, HTTP_TOKEN_MAX = 8192, HTTP_HEADERS_MAX = 8 };

struct http_config {
	const char *token;   /* "Authorization: Bearer TOKEN", or NULL */
	const char *ca_file; /* certificates to trust in place of the system's */
	const char *agent;   /* "gp-upload/0.1.0" */
};

enum http_outcome {
	HTTP_ANSWERED,  /* status is set */
	HTTP_FAILED,    /* no whole answer: name, connection, time, handshake */
	HTTP_UNTRUSTED, /* the certificate is not the server's, or not good */
	HTTP_ECONFIG,   /* libcurl cannot do as it was told: CA file, proxy */
	HTTP_EFILE,     /* the file to be sent could not be read */
};

/* Zeroed, it is ready; buf_free() the texts. */
struct http_answer {
	long status;
	uint64_t retry_after_s; /* Retry-After, from now; 0: none */
	struct buf body;
	struct buf error; /* what failed, for people */
};

struct http;

/* NULL if libcurl cannot be set up. The config's strings must stay. */
GP_MUSTUSE struct http *http_open(const struct http_config *config);
void http_free(struct http *h);

/*
 * Check a URL before it is used: http or https, with a host, and without user
 * name or password, which would show in process lists and logs.
 *
 * Returns NULL if it is good, else what is wrong, and then `shown` is empty;
 * else shown gets the URL as messages may show it, with its query left out.
 */
GP_MUSTUSE const char *http_check_url(const char *url, struct buf *shown);

/* Check and trim a token as a file or variable holds it: blanks and newlines
 * around it go. NULL if good, else what is wrong. */
GP_MUSTUSE const char *http_check_token(struct buf *token);

/*
 * POST size bytes of an open file, from its start.
 *
 * headers: up to HTTP_HEADERS_MAX "Name: value" strings, NULL-terminated.
 */
enum http_outcome http_post(struct http *h, const char *url,
    const char *const *headers, int fd, uint64_t size, uint64_t timeout_ns,
    struct http_answer *a);

#endif
