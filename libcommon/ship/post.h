/*
 * post.h - the target that takes bundles by HTTP POST.
 *
 *	POST /profiles HTTP/1.1
 *	Content-Type: application/gzip
 *	Content-Length: 48211
 *	Idempotency-Key: "7f0c…"	the bundle's id
 *	Authorization: Bearer …		if there is a token
 *
 * Any 2xx means that the server has it.
 */
#ifndef GP_POST_H
#define GP_POST_H

#include "base/attr.h"
#include "ship/http.h"
#include "ship/target.h"

/* url: checked by http_check_url(); shown: as that showed it. The strings and the
 * config must stay. NULL if HTTP cannot be set up. */
GP_MUSTUSE struct target *post_open(const char *url, const char *shown,
    const struct http_config *config);

#endif
