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
#include "ship/spec.h"
#include "ship/target.h"

/* spec and agent ("gp-upload/0.1.0") must stay. NULL if HTTP cannot be set
 * up. */
GP_MUSTUSE struct target *post_open(const struct spec *spec,
    const char *agent);

#endif
