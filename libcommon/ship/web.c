#include "ship/web.h"

#include <string.h>

bool
web_open(struct web *w, const struct spec *spec, const char *agent)
{
	w->spec = spec;
	w->target.name = spec->shown;
	w->token = spec->token;
	w->token.value = (struct buf){ 0 };
	w->config = (struct http_config){ .agent = agent,
		.ca_file = spec->ca_file, .cert = spec->cert, .key = spec->key,
		.proxy = spec->proxy };
	w->http = http_open(&w->config);
	return w->http != NULL;
}

void
web_close(struct web *w)
{
	http_free(w->http);
	w->http = NULL;
	secret_free(&w->token);
}

/* The first line of what the server said, if it is for people: a proxy's HTML
 * page is not. */
static void
add_first_line(struct buf *why, const struct buf *body)
{
	size_t len = strcspn(buf_str(body), "\r\n");

	if (len == 0 || body->s[0] == '<')
		return;
	buf_addf(why, ": %.*s", (int)(len < 200 ? len : 200), body->s);
}

static enum retry_verdict
judge_status(const struct http_answer *h, struct answer *a,
    enum retry_verdict (*override)(long status, const struct buf *body,
        enum retry_verdict v))
{
	enum retry_verdict v = retry_judge(h->status);

	buf_addf(&a->why, "HTTP status %ld", h->status);
	add_first_line(&a->why, &h->body);
	if (h->status >= 300 && h->status < 400)
		buf_adds(&a->why, " (redirects are not followed: "
		    "give the URL it leads to)");
	return override ? override(h->status, &h->body, v) : v;
}

static enum retry_verdict
judge(enum http_outcome outcome, const struct http_answer *h, struct answer *a,
    enum retry_verdict (*override)(long status, const struct buf *body,
        enum retry_verdict v))
{
	switch (outcome) {
	case HTTP_ANSWERED:
		return judge_status(h, a, override);
	case HTTP_FAILED:
		buf_adds(&a->why, buf_str(&h->error));
		return RETRY_LATER;
	case HTTP_PROXIED:
		buf_adds(&a->why, buf_str(&h->error));
		/* Whatever it is, the server has not said it. */
		return retry_judge(h->status) == RETRY_LATER ? RETRY_LATER :
		    RETRY_BROKEN;
	case HTTP_UNTRUSTED:
	case HTTP_ECONFIG:
		buf_adds(&a->why, buf_str(&h->error));
		return RETRY_BROKEN;
	case HTTP_EFILE:
		buf_adds(&a->why, "the bundle cannot be read back");
		return RETRY_REJECT;
	}
	return RETRY_LATER;
}

enum retry_verdict
web_send(struct web *w, struct http_request *r, struct answer *a,
    enum retry_verdict (*override)(long status, const struct buf *body,
        enum retry_verdict v))
{
	struct http_answer h = { 0 };
	enum retry_verdict v;

	if (!r->secret) {
		if (secret_load(&w->token, &a->why) != 0)
			return RETRY_BROKEN;
		r->secret = &w->token.value;
		if (r->auth == HTTP_AUTH_NONE) {
			r->auth = w->spec->user ? HTTP_AUTH_BASIC :
			    HTTP_AUTH_BEARER;
			r->user = w->spec->user;
		}
	}
	v = judge(http_send(w->http, r, &h), &h, a, override);
	a->retry_after_s = h.retry_after_s;
	a->bytes = r->size;
	a->text = h.body;
	h.body = (struct buf){ 0 };
	http_answer_free(&h);
	return v;
}
