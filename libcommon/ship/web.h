/*
 * web.h - what all targets that speak HTTP have in common.
 *
 * A connection as the target's spec has it, its token read anew for each
 * request, and what an answer means: retry.h's rules, and one line for people.
 *
 * A kind of target embeds a struct web, whose struct target comes first, so that
 * a pointer to the one is a pointer to the other.
 */
#ifndef GP_WEB_H
#define GP_WEB_H

#include "base/attr.h"
#include "ship/http.h"
#include "ship/spec.h"
#include "ship/target.h"

struct web {
	struct target target;
	const struct spec *spec; /* the caller's */
	struct secret token;     /* as last read */
	struct http_config config;
	struct http *http;
};

/* Set up the connection; target.name becomes that of the spec. agent is kept.
 * False if libcurl cannot be had; web_close() in any case. */
GP_MUSTUSE bool web_open(struct web *w, const struct spec *spec,
    const char *agent);
void web_close(struct web *w);

/*
 * Send a request and judge the answer, whose text and why go to a.
 *
 * r->auth, user and secret are filled in from the spec's token unless r has a
 * secret of its own; a->bytes becomes r->size. override: what else is known of a
 * status by this kind of server, or NULL; it may return any verdict, most often
 * the one that it is given.
 */
enum retry_verdict web_send(struct web *w, struct http_request *r,
    struct answer *a, enum retry_verdict (*override)(long status,
        const struct buf *body, enum retry_verdict v));

#endif
