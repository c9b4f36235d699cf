/*
 * http.h - HTTP requests, by libcurl.
 *
 * What every request here has in common: TLS 1.2 or later, certificates
 * verified; redirects not followed, so that credentials go where the user sent
 * them; a time limit for each phase; of the answer's body the first
 * HTTP_BODY_MAX bytes are kept, and secrets, should the server repeat them, are
 * blotted out of it. Certificates and keys are read from their files for every
 * connection, so those that are replaced are used at once.
 *
 * A proxy is the one that is configured, or else that of the environment
 * (curl(1), ENVIRONMENT).
 *
 * A struct http keeps its connection open from one request to the next. libcurl,
 * and the forty libraries that it brings along, are loaded by the first
 * http_open() of a process (lazylib.h).
 */
#ifndef GP_HTTP_H
#define GP_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"

enum {
	HTTP_BODY_MAX = 4096,      /* bytes kept of an answer */
	HTTP_ANSWER_MAX = 1 << 20, /* bytes read of one */
	HTTP_HEADERS_MAX = 12,
	HTTP_NO_GRPC = 999,
};

/* Strings stay the caller's; NULL: not given. */
struct http_config {
	const char *agent;   /* "gp-upload/0.1.0" */
	const char *ca_file; /* certificates to trust in place of the system's */
	const char *cert;    /* PEM file with the client's own certificate */
	const char *key;     /* and with its key, if that is another file */
	const char *proxy;   /* "": none, whatever the environment says */
	const char *socket;  /* a Unix socket, to which all requests go */
	bool http2;          /* spoken from the first byte on, without TLS */
};

enum http_auth {
	HTTP_AUTH_NONE,
	HTTP_AUTH_BEARER, /* Authorization: Bearer SECRET */
	HTTP_AUTH_BASIC,  /* Authorization: Basic, of USER:SECRET */
	HTTP_AUTH_HEADER, /* USER: SECRET, a header of its own */
	HTTP_AUTH_SIGV4,  /* Amazon's: USER is the access key, and see region */
};

struct http_request {
	const char *method; /* "GET", "POST", "PUT" */
	const char *url;
	const char *const *headers; /* "Name: value", NULL-terminated */
	enum http_auth auth;        /* with no secret: none */
	const char *user;
	const struct buf *secret;
	const char *region;         /* of SIGV4, with the service s3 */
	const struct buf *session;  /* of SIGV4: a token besides, or NULL */
	int fd;              /* the body: size bytes of it, from its start */
	uint64_t size;
	uint64_t timeout_ns; /* for all of it */
	bool fresh;          /* on a connection of its own */
	/* Bytes kept of the answer; 0: HTTP_BODY_MAX. More than HTTP_ANSWER_MAX are
	 * read only if they are to be kept. */
	size_t body_max;
};

enum http_outcome {
	HTTP_ANSWERED,  /* status is set */
	HTTP_FAILED,    /* no whole answer: name, connection, time, handshake */
	HTTP_UNTRUSTED, /* the certificate is not the server's, or not good */
	HTTP_PROXIED,   /* the proxy answered in its place; status is set */
	HTTP_ECONFIG,   /* libcurl cannot do as it was told: CA file, proxy */
	HTTP_EFILE,     /* the body could not be read */
};

/* Zeroed, it is ready; http_answer_free() it. */
struct http_answer {
	long status;
	uint64_t retry_after_s; /* Retry-After, from now; 0: none */
	struct buf body;
	bool cut;         /* there was more of it */
	uint64_t grpc;    /* grpc-status; HTTP_NO_GRPC: there was none */
	struct buf error; /* what failed, for people */
};

void http_answer_free(struct http_answer *a);

struct http;

/* NULL if libcurl is not installed or cannot be set up. The config must stay. */
GP_MUSTUSE struct http *http_open(const struct http_config *config);
void http_free(struct http *h);

/* Send a request. a comes zeroed. */
enum http_outcome http_send(struct http *h, const struct http_request *r,
    struct http_answer *a);

#endif
