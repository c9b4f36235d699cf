#include "ship/http.h"

#include <curl/curl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/file.h"

/* A connection that takes longer than this to come about does not. */
#define CONNECT_MAX_MS 10000L
/* A body that stands still this long has broken off. */
#define STALL_MAX_S 30L

struct http {
	CURL *curl;
	const struct http_config *config;
	struct buf auth; /* the Authorization header */
};

/* One request under way. */
struct transfer {
	int fd;
	uint64_t size, off;
	bool unreadable;
	struct buf *body;
};

static bool
set_up(struct http *h)
{
	CURL *c = h->curl;
	const struct http_config *cf = h->config;

	return curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https") == 0 &&
	    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == 0 &&
	    curl_easy_setopt(c, CURLOPT_QUICK_EXIT, 1L) == 0 &&
	    curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L) == 0 &&
	    curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L) == 0 &&
	    curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L) == 0 &&
	    curl_easy_setopt(c, CURLOPT_USERAGENT, cf->agent) == 0 &&
	    curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1L) == 0 &&
	    curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, STALL_MAX_S) == 0 &&
	    (!cf->ca_file ||
	        curl_easy_setopt(c, CURLOPT_CAINFO, cf->ca_file) == 0);
}

struct http *
http_open(const struct http_config *config)
{
	struct http *h;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
		return NULL;
	h = calloc(1, sizeof *h);
	if (!h)
		die_nomem();
	h->config = config;
	h->curl = curl_easy_init();
	if (config->token)
		buf_addf(&h->auth, "Authorization: Bearer %s", config->token);
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
	curl_easy_cleanup(h->curl);
	if (h->auth.s)
		explicit_bzero(h->auth.s, h->auth.len);
	buf_free(&h->auth);
	free(h);
	curl_global_cleanup();
}

static const char *
check_parts(CURLU *u)
{
	char *part = NULL;
	const char *wrong = NULL;

	if (curl_url_get(u, CURLUPART_SCHEME, &part, 0) != CURLUE_OK)
		return "not a URL";
	if (strcmp(part, "http") != 0 && strcmp(part, "https") != 0)
		wrong = "neither http nor https";
	curl_free(part);
	if (wrong)
		return wrong;
	if (curl_url_get(u, CURLUPART_USER, &part, 0) == CURLUE_OK ||
	    curl_url_get(u, CURLUPART_PASSWORD, &part, 0) == CURLUE_OK) {
		curl_free(part);
		return "holds a user name or password, "
		    "which others can see; use --token-file";
	}
	if (curl_url_get(u, CURLUPART_HOST, &part, 0) != CURLUE_OK)
		return "holds no host";
	curl_free(part);
	return NULL;
}

static void
show_url(CURLU *u, struct buf *shown)
{
	char *text = NULL;

	curl_url_set(u, CURLUPART_QUERY, NULL, 0);
	curl_url_set(u, CURLUPART_FRAGMENT, NULL, 0);
	curl_url_set(u, CURLUPART_USER, NULL, 0);
	curl_url_set(u, CURLUPART_PASSWORD, NULL, 0);
	if (curl_url_get(u, CURLUPART_URL, &text, 0) != CURLUE_OK)
		return;
	buf_adds(shown, text);
	curl_free(text);
}

const char *
http_check_url(const char *url, struct buf *shown)
{
	const char *wrong;
	CURLU *u = curl_url();

	if (!u)
		die_nomem();
	if (curl_url_set(u, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) !=
	    CURLUE_OK)
		wrong = "not a URL";
	else
		wrong = check_parts(u);
	if (!wrong)
		show_url(u, shown);
	curl_url_cleanup(u);
	return wrong;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

const char *
http_check_token(struct buf *token)
{
	size_t start = 0;

	while (token->len && is_blank(token->s[token->len - 1]))
		token->s[--token->len] = '\0';
	while (start < token->len && is_blank(token->s[start]))
		start++;
	if (start)
		memmove(token->s, token->s + start, token->len - start + 1);
	token->len -= start;
	if (token->len == 0)
		return "holds no token";
	/* Anything else could end the header and start another. */
	for (size_t i = 0; i < token->len; i++)
		if (token->s[i] <= ' ' || token->s[i] > '~')
			return "holds a byte that no token has";
	return NULL;
}

static size_t
give_body(char *p, size_t one, size_t n, void *ctx)
{
	struct transfer *t = ctx;
	uint64_t left = t->size - t->off;
	ssize_t got;

	n *= one;
	if (n > left)
		n = (size_t)left;
	got = file_pread(t->fd, p, n, (off_t)t->off);
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

	if (origin != SEEK_SET || off < 0 || (uint64_t)off > t->size)
		return CURL_SEEKFUNC_FAIL;
	t->off = (uint64_t)off;
	return CURL_SEEKFUNC_OK;
}

static size_t
take_answer(char *p, size_t one, size_t n, void *ctx)
{
	struct transfer *t = ctx;
	size_t room = HTTP_BODY_MAX - t->body->len;

	n *= one;
	buf_add(t->body, p, n < room ? n : room);
	return n;
}

/* A server may repeat what it was sent. */
static void
blot_out(struct buf *b, const char *token)
{
	size_t len = token ? strlen(token) : 0;
	char *p = b->s;

	if (len == 0)
		return;
	while (p && (p = memmem(p, b->len - (size_t)(p - b->s), token, len))) {
		memset(p, '*', len);
		p += len;
	}
}

static struct curl_slist *
make_headers(const struct http *h, const char *const *headers)
{
	struct curl_slist *l = NULL, *longer;
	/* The body is small beside a round trip: no "100-continue". */
	const char *all[HTTP_HEADERS_MAX + 2] = { "Expect:" };
	size_t n = 1;

	if (h->auth.len)
		all[n++] = h->auth.s;
	for (size_t i = 0; i < HTTP_HEADERS_MAX && headers[i]; i++)
		all[n++] = headers[i];
	for (size_t i = 0; i < n; i++, l = longer) {
		longer = curl_slist_append(l, all[i]);
		if (!longer)
			die_nomem();
	}
	return l;
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
	case CURLE_SSL_CERTPROBLEM:
		return HTTP_UNTRUSTED;
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

static CURLcode
perform(struct http *h, const char *url, struct curl_slist *headers,
    struct transfer *t, uint64_t timeout_ns, char error[CURL_ERROR_SIZE])
{
	uint64_t left = timeout_ns / 1000000;
	/* 0 would be libcurl's word for no limit, and more than an int of
	 * milliseconds it refuses. */
	long ms = left < 1 ? 1 : left > INT_MAX ? INT_MAX : (long)left;
	CURL *c = h->curl;

	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_POST, 1L);
	curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)t->size);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(c, CURLOPT_READFUNCTION, give_body);
	curl_easy_setopt(c, CURLOPT_READDATA, t);
	curl_easy_setopt(c, CURLOPT_SEEKFUNCTION, rewind_body);
	curl_easy_setopt(c, CURLOPT_SEEKDATA, t);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_answer);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, t);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, error);
	curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, ms);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS,
	    ms < CONNECT_MAX_MS ? ms : CONNECT_MAX_MS);
	return curl_easy_perform(c);
}

enum http_outcome
http_post(struct http *h, const char *url, const char *const *headers, int fd,
    uint64_t size, uint64_t timeout_ns, struct http_answer *a)
{
	struct transfer t = { .fd = fd, .size = size, .body = &a->body };
	struct curl_slist *l = make_headers(h, headers);
	char error[CURL_ERROR_SIZE] = "";
	curl_off_t after = 0;
	CURLcode rc;

	rc = perform(h, url, l, &t, timeout_ns, error);
	curl_slist_free_all(l);
	curl_easy_setopt(h->curl, CURLOPT_HTTPHEADER, NULL);
	curl_easy_setopt(h->curl, CURLOPT_ERRORBUFFER, NULL);
	if (rc == CURLE_OUT_OF_MEMORY)
		die_nomem();
	blot_out(&a->body, h->config->token);
	if (t.unreadable)
		return HTTP_EFILE;
	if (rc != CURLE_OK) {
		buf_adds(&a->error, error[0] ? error : curl_easy_strerror(rc));
		return classify(rc);
	}
	curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &a->status);
	curl_easy_getinfo(h->curl, CURLINFO_RETRY_AFTER, &after);
	a->retry_after_s = after > 0 ? (uint64_t)after : 0;
	return HTTP_ANSWERED;
}
