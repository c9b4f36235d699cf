#include "ship/post.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"

struct post {
	struct target target;
	const char *url;
	struct http *http;
};

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
judge(enum http_outcome outcome, struct http_answer *h, struct answer *a)
{
	switch (outcome) {
	case HTTP_ANSWERED:
		buf_addf(&a->why, "HTTP status %ld", h->status);
		add_first_line(&a->why, &h->body);
		if (h->status >= 300 && h->status < 400)
			buf_adds(&a->why, " (redirects are not followed: "
			    "give the URL it leads to)");
		return retry_judge(h->status);
	case HTTP_FAILED:
		buf_adds(&a->why, buf_str(&h->error));
		return RETRY_LATER;
	case HTTP_UNTRUSTED:
	case HTTP_ECONFIG:
		buf_adds(&a->why, buf_str(&h->error));
		return RETRY_REFUSE;
	case HTTP_EFILE:
		buf_adds(&a->why, "the bundle cannot be read back");
		return RETRY_REJECT;
	}
	return RETRY_LATER;
}

static enum retry_verdict
send_parcel(struct target *t, const struct parcel *p, uint64_t timeout_ns,
    struct answer *a)
{
	struct post *post = (struct post *)t;
	struct http_answer h = { 0 };
	char key[80];
	const char *headers[] = { "Content-Type: application/gzip", key, NULL };
	enum retry_verdict v;

	snprintf(key, sizeof key, "Idempotency-Key: \"%.40s\"", p->id);
	v = judge(http_post(post->http, post->url, headers, p->fd, p->size,
	    timeout_ns, &h), &h, a);
	a->retry_after_s = h.retry_after_s;
	a->text = h.body;
	buf_free(&h.error);
	return v;
}

static void
post_free(struct target *t)
{
	struct post *post = (struct post *)t;

	http_free(post->http);
	free(post);
}

struct target *
post_open(const char *url, const char *shown, const struct http_config *config)
{
	struct post *post = calloc(1, sizeof *post);

	if (!post)
		die_nomem();
	post->target = (struct target){ .name = shown, .send = send_parcel,
		.free = post_free };
	post->url = url;
	post->http = http_open(config);
	if (post->http)
		return &post->target;
	free(post);
	return NULL;
}
