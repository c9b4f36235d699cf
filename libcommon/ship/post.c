#include "ship/post.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/diag.h"
#include "ship/web.h"

static enum retry_verdict
send_parcel(struct target *t, const struct parcel *p, uint64_t timeout_ns,
    struct answer *a)
{
	struct web *w = (struct web *)t;
	char key[80];
	const char *headers[] = { "Content-Type: application/gzip", key, NULL };
	struct http_request r = { .method = "POST", .url = w->spec->text,
		.headers = headers, .fd = p->fd, .size = p->size,
		.timeout_ns = timeout_ns, .fresh = p->attempt > 0 };

	snprintf(key, sizeof key, "Idempotency-Key: \"%.40s\"", p->id);
	return web_send(w, &r, a, NULL);
}

static void
post_free(struct target *t)
{
	struct web *w = (struct web *)t;

	web_close(w);
	free(w);
}

struct target *
post_open(const struct spec *spec, const char *agent)
{
	struct web *w = calloc(1, sizeof *w);

	if (!w)
		die_nomem();
	w->target.send = send_parcel;
	w->target.free = post_free;
	if (web_open(w, spec, agent))
		return &w->target;
	post_free(&w->target);
	return NULL;
}
