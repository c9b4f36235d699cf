#include "ship/http.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/parse.h"
#include "ship/curllib.h"
#include "ship/httpdate.h"
#include "ship/secret.h"

/* A connection that takes longer than this to come about does not. */
#define CONNECT_MAX_MS 10000L
/* A body that stands still this long has broken off. */
#define STALL_MAX_S 30L

static const struct curllib *fn; /* NULL until it is loaded */

struct http {
	CURL *curl;
	const struct http_config *config;
	const char *spare_ca_file; /* may hold what is trusted, too */
};

/* One request under way. */
struct transfer {
	const struct http_request *request;
	uint64_t off;
	bool unreadable;
	uint64_t received; /* bytes of the answer's body */
	bool too_long;
	struct http_answer *answer;
	/* Headers of the answer, as they came. */
	char retry_after[64], date[64], grpc[16];
};

/* With the types that a variadic function cannot see. */
static bool
set_long(struct http *h, CURLoption o, long v)
{
	return fn->setopt(h->curl, o, v) == CURLE_OK;
}

/* NULL takes an option back. */
static bool
set_text(struct http *h, CURLoption o, const char *v)
{
	return fn->setopt(h->curl, o, v) == CURLE_OK;
}

static bool
set_pointer(struct http *h, CURLoption o, void *p)
{
	return fn->setopt(h->curl, o, p) == CURLE_OK;
}

/* -- setting up ------------------------------------------------------------- */

static bool
set_up_tls(struct http *h)
{
	const struct http_config *cf = h->config;

#if LIBCURL_VERSION_NUM >= 0x075700
	/* A CA file that is replaced is to be read again. */
	set_long(h, CURLOPT_CA_CACHE_TIMEOUT, 0);
#endif
	return set_long(h, CURLOPT_SSL_VERIFYPEER, 1) &&
	    set_long(h, CURLOPT_SSL_VERIFYHOST, 2) &&
	    set_long(h, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2) &&
	    /* A resumed session would skip the certificates. */
	    set_long(h, CURLOPT_SSL_SESSIONID_CACHE, 0) &&
	    (!cf->ca_file || set_text(h, CURLOPT_CAINFO, cf->ca_file)) &&
	    (!h->spare_ca_file || set_text(h, CURLOPT_CAINFO, NULL)) &&
	    (!cf->cert || set_text(h, CURLOPT_SSLCERT, cf->cert)) &&
	    (!cf->key || set_text(h, CURLOPT_SSLKEY, cf->key));
}

static bool
set_up(struct http *h)
{
	const struct http_config *cf = h->config;

	return set_text(h, CURLOPT_PROTOCOLS_STR, "http,https") &&
	    set_long(h, CURLOPT_NOSIGNAL, 1) &&
	    set_long(h, CURLOPT_QUICK_EXIT, 1) &&
	    set_long(h, CURLOPT_FOLLOWLOCATION, 0) &&
	    set_text(h, CURLOPT_USERAGENT, cf->agent) &&
	    set_long(h, CURLOPT_LOW_SPEED_LIMIT, 1) &&
	    set_long(h, CURLOPT_LOW_SPEED_TIME, STALL_MAX_S) &&
	    (!cf->socket ||
	        set_text(h, CURLOPT_UNIX_SOCKET_PATH, cf->socket)) &&
	    (!cf->http2 || set_long(h, CURLOPT_HTTP_VERSION,
	        CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE)) &&
	    (!cf->proxy || (set_text(h, CURLOPT_PROXY, cf->proxy) &&
	        /* Said here, it holds whatever the environment says. */
	        set_text(h, CURLOPT_NOPROXY, ""))) &&
	    set_up_tls(h);
}

struct http *
http_open(const struct http_config *config)
{
	struct http *h;

	fn = curllib_load();
	if (!fn || fn->global_init(CURL_GLOBAL_DEFAULT) != 0)
		return NULL;
	h = calloc(1, sizeof *h);
	if (!h)
		die_nomem();
	h->config = config;
	if (!config->ca_file)
		h->spare_ca_file = curllib_spare_ca_file(fn);
	h->curl = fn->init();
	if (h->curl && set_up(h))
		return h;
	http_free(h);
	return NULL;
}

void
http_free(struct http *h)
{
	if (!h)
		return;
	fn->cleanup(h->curl);
	free(h);
	fn->global_cleanup();
}

void
http_answer_free(struct http_answer *a)
{
	buf_free(&a->body);
	buf_free(&a->error);
	*a = (struct http_answer){ 0 };
}

/* -- what libcurl calls ----------------------------------------------------- */

static size_t
give_body(char *p, size_t one, size_t n, void *ctx)
{
	struct transfer *t = ctx;
	uint64_t left = t->request->size - t->off;
	ssize_t got;

	n *= one;
	if (n > left)
		n = (size_t)left;
	if (n == 0)
		return 0;
	got = file_pread(t->request->fd, p, n, (off_t)t->off);
	/* Shorter than it was: not what Content-Length promises. */
	if (got < 0 || (size_t)got != n) {
		t->unreadable = true;
		return CURL_READFUNC_ABORT;
	}
	t->off += n;
	return n;
}

/* libcurl starts over when a kept connection turns out to be dead. */
static int
rewind_body(void *ctx, curl_off_t off, int origin)
{
	struct transfer *t = ctx;

	if (origin != SEEK_SET || off < 0 ||
	    (uint64_t)off > t->request->size)
		return CURL_SEEKFUNC_FAIL;
	t->off = (uint64_t)off;
	return CURL_SEEKFUNC_OK;
}

static size_t
take_answer(char *p, size_t one, size_t n, void *ctx)
{
	struct transfer *t = ctx;
	struct buf *body = &t->answer->body;
	size_t max = t->request->body_max;
	size_t room = (max ? max : HTTP_BODY_MAX) - body->len;

	n *= one;
	buf_add(body, p, n < room ? n : room);
	t->answer->cut |= n > room;
	t->received += n;
	/* One that does not end is none the less an answer. */
	t->too_long = t->received > HTTP_ANSWER_MAX && t->answer->cut;
	return t->too_long ? 0 : n;
}

static void
keep_header(char *to, size_t size, const char *name, const char *line,
    size_t len)
{
	size_t n = strlen(name);

	if (len <= n || strncasecmp(line, name, n) != 0)
		return;
	len -= n;
	if (len >= size)
		len = size - 1;
	memcpy(to, line + n, len);
	to[len] = '\0';
}

static size_t
take_header(char *p, size_t one, size_t n, void *ctx)
{
	struct transfer *t = ctx;

	n *= one;
	/* Another answer begins: the one before was a proxy's, or a 100. */
	if (n > 5 && memcmp(p, "HTTP/", 5) == 0)
		t->retry_after[0] = t->date[0] = '\0';
	keep_header(t->retry_after, sizeof t->retry_after, "Retry-After:", p,
	    n);
	keep_header(t->date, sizeof t->date, "Date:", p, n);
	keep_header(t->grpc, sizeof t->grpc, "grpc-status:", p, n);
	return n;
}

/* -- a request -------------------------------------------------------------- */

static void
add_header(struct curl_slist **l, const char *text)
{
	struct curl_slist *longer = fn->slist_append(*l, text);

	if (!longer)
		die_nomem();
	*l = longer;
}

static void
add_secret_header(struct curl_slist **l, const char *before,
    const struct buf *secret)
{
	struct buf b = { 0 };

	buf_grow(&b, strlen(before) + secret->len);
	buf_addf(&b, "%s%s", before, secret->s);
	add_header(l, b.s);
	secret_wipe(&b);
}

static struct curl_slist *
make_headers(const struct http_request *r)
{
	struct curl_slist *l = NULL;
	struct buf name = { 0 };

	/* The body is small beside a round trip: no "100-continue". Where it
	 * signs, libcurl would also sign this header, which is not sent. */
	if (r->auth != HTTP_AUTH_SIGV4)
		add_header(&l, "Expect:");
	for (size_t i = 0; i < HTTP_HEADERS_MAX && r->headers[i]; i++)
		add_header(&l, r->headers[i]);
	if (!r->secret || r->secret->len == 0)
		return l;
	if (r->auth == HTTP_AUTH_BEARER)
		add_secret_header(&l, "Authorization: Bearer ", r->secret);
	if (r->auth == HTTP_AUTH_HEADER) {
		buf_addf(&name, "%s: ", r->user);
		add_secret_header(&l, name.s, r->secret);
		buf_free(&name);
	}
	if (r->auth == HTTP_AUTH_SIGV4 && r->session && r->session->len)
		add_secret_header(&l, "x-amz-security-token: ", r->session);
	return l;
}

/* libcurl copies them, and frees its copies with those of the next request. */
static bool
set_credentials(struct http *h, const struct http_request *r)
{
	bool with = r->secret && r->secret->len;
	bool sign = with && r->auth == HTTP_AUTH_SIGV4;
	bool basic = with && r->auth == HTTP_AUTH_BASIC;
	char scheme[128];
	int n = snprintf(scheme, sizeof scheme, "aws:amz:%s:s3",
	    r->region ? r->region : "");

	if (sign && (n < 0 || (size_t)n >= sizeof scheme))
		return false;
	return set_text(h, CURLOPT_USERNAME, sign || basic ? r->user : NULL) &&
	    set_text(h, CURLOPT_PASSWORD,
	        sign || basic ? r->secret->s : NULL) &&
	    fn->setopt(h->curl, CURLOPT_HTTPAUTH, CURLAUTH_BASIC) ==
	        CURLE_OK &&
	    /* libcurl 8.8 and newer sign no path that may hold "..". */
	    set_long(h, CURLOPT_PATH_AS_IS, !sign) &&
	    /* Setting it, even to nothing, asks for a signature. */
	    (!sign || set_text(h, CURLOPT_AWS_SIGV4, scheme));
}

static bool
set_times(struct http *h, uint64_t timeout_ns)
{
	uint64_t left = timeout_ns / 1000000;
	/* 0 would be libcurl's word for no limit, and more than an int of
	 * milliseconds it refuses. */
	long ms = left < 1 ? 1 : left > INT_MAX ? INT_MAX : (long)left;

	return set_long(h, CURLOPT_TIMEOUT_MS, ms) &&
	    set_long(h, CURLOPT_CONNECTTIMEOUT_MS,
	        ms < CONNECT_MAX_MS ? ms : CONNECT_MAX_MS);
}

static bool
set_body(struct http *h, struct transfer *t)
{
	const struct http_request *r = t->request;
	bool put = strcmp(r->method, "PUT") == 0;
	curl_off_t size = (curl_off_t)r->size;

	if (strcmp(r->method, "GET") == 0)
		return set_long(h, CURLOPT_HTTPGET, 1);
	return set_long(h, put ? CURLOPT_UPLOAD : CURLOPT_POST, 1) &&
	    fn->setopt(h->curl, put ? CURLOPT_INFILESIZE_LARGE :
	        CURLOPT_POSTFIELDSIZE_LARGE, size) == CURLE_OK &&
	    fn->setopt(h->curl, CURLOPT_READFUNCTION, give_body) == CURLE_OK &&
	    set_pointer(h, CURLOPT_READDATA, t) &&
	    fn->setopt(h->curl, CURLOPT_SEEKFUNCTION, rewind_body) ==
	        CURLE_OK &&
	    set_pointer(h, CURLOPT_SEEKDATA, t);
}

static bool
set_answer(struct http *h, struct transfer *t, char *error)
{
	return fn->setopt(h->curl, CURLOPT_WRITEFUNCTION, take_answer) ==
	    CURLE_OK &&
	    set_pointer(h, CURLOPT_WRITEDATA, t) &&
	    fn->setopt(h->curl, CURLOPT_HEADERFUNCTION, take_header) ==
	        CURLE_OK &&
	    set_pointer(h, CURLOPT_HEADERDATA, t) &&
	    set_pointer(h, CURLOPT_ERRORBUFFER, error);
}

static CURLcode
perform(struct http *h, struct transfer *t, struct curl_slist *headers,
    char error[CURL_ERROR_SIZE])
{
	const struct http_request *r = t->request;

	if (!set_text(h, CURLOPT_URL, r->url) || !set_body(h, t) ||
	    !set_answer(h, t, error) || !set_times(h, r->timeout_ns) ||
	    !set_credentials(h, r) ||
	    !set_long(h, CURLOPT_FRESH_CONNECT, r->fresh) ||
	    !set_pointer(h, CURLOPT_HTTPHEADER, headers))
		return CURLE_BAD_FUNCTION_ARGUMENT;
	return fn->perform(h->curl);
}

static enum http_outcome
classify(CURLcode rc)
{
	switch ((int)rc) {
	case CURLE_OK:
		return HTTP_ANSWERED;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_INVALIDCERTSTATUS:
	case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
		return HTTP_UNTRUSTED;
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ENGINE_NOTFOUND:
	case CURLE_SSL_CIPHER:
	case CURLE_URL_MALFORMAT:
	case CURLE_NOT_BUILT_IN:
	case CURLE_UNKNOWN_OPTION:
	case CURLE_BAD_FUNCTION_ARGUMENT:
		return HTTP_ECONFIG;
	default:
		return HTTP_FAILED;
	}
}

static uint64_t
retry_after(const struct transfer *t)
{
	const char *date = t->date + strspn(t->date, " \t");
	time_t now = time(NULL);

	/* By the server's clock, if it tells it. */
	(void)!httpdate_parse(date, strcspn(date, "\r\n"), now, &now);
	return httpdate_retry_after(t->retry_after, strlen(t->retry_after),
	    now);
}

static uint64_t
grpc_status(const struct transfer *t)
{
	const char *s = t->grpc + strspn(t->grpc, " \t");
	uint64_t v;

	return parse_digits(s, strcspn(s, "\r\n"), &v) ? v : HTTP_NO_GRPC;
}

static enum http_outcome
conclude(struct http *h, const struct transfer *t, CURLcode rc,
    const char *error)
{
	struct http_answer *a = t->answer;
	long by_proxy = 0;

	if (rc == CURLE_OUT_OF_MEMORY)
		die_nomem();
	if (t->request->secret)
		secret_blot(&a->body, t->request->secret);
	if (t->request->session)
		secret_blot(&a->body, t->request->session);
	if (t->unreadable)
		return HTTP_EFILE;
	a->retry_after_s = retry_after(t);
	a->grpc = grpc_status(t);
	if (rc == CURLE_OK || t->too_long) {
		fn->getinfo(h->curl, CURLINFO_RESPONSE_CODE, &a->status);
		return HTTP_ANSWERED;
	}
	buf_adds(&a->error, error[0] ? error : fn->strerror(rc));
	fn->getinfo(h->curl, CURLINFO_HTTP_CONNECTCODE, &by_proxy);
	if (by_proxy >= 300) {
		a->status = by_proxy;
		return HTTP_PROXIED;
	}
	return classify(rc);
}

enum http_outcome
http_send(struct http *h, const struct http_request *r, struct http_answer *a)
{
	struct transfer t = { .request = r, .answer = a };
	struct curl_slist *headers = make_headers(r);
	char error[CURL_ERROR_SIZE] = "";
	CURLcode rc;

	rc = perform(h, &t, headers, error);
	/* Nothing has been sent to a server that was not trusted. */
	if (classify(rc) == HTTP_UNTRUSTED && h->spare_ca_file &&
	    set_text(h, CURLOPT_CAINFO, h->spare_ca_file)) {
		h->spare_ca_file = NULL;
		error[0] = '\0';
		rc = perform(h, &t, headers, error);
	}
	for (struct curl_slist *l = headers; l; l = l->next)
		explicit_bzero(l->data, strlen(l->data));
	fn->slist_free_all(headers);
	set_pointer(h, CURLOPT_HTTPHEADER, NULL);
	set_pointer(h, CURLOPT_ERRORBUFFER, NULL);
	return conclude(h, &t, rc, error);
}
