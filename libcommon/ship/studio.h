/*
 * studio.h - the target that is gProfiler's Performance Studio.
 *
 *	POST /api/v2/profiles?service=web&hostname=web-7&timestamp=…&version=…
 *	GPROFILER-API-KEY: …		the token, and nowhere else
 *	GPROFILER-SERVICE-NAME: web
 *	Content-Type: application/json
 *	Content-Encoding: gzip
 *
 *	{"start_time":"2026-01-02T03:04:05","end_time":…,"hostname":"web-7",
 *	 "profile":"#{…}\n0;;bash;main 3\n…",…,"gpid":"18231"}
 *
 * and 200 {"message":"ok","gpid":18231}. The profile is a .col, profile/col.h.
 * gpid, which the server gives at the first upload, comes back to it with every
 * further one, also in the next run (target.memo): by it the server knows a
 * machine without looking for it. One that it does not know any more is given
 * up, and another asked for.
 *
 * The server takes STUDIO_BODY_MAX bytes, compressed. A profile that is larger
 * goes in several, each with a part of the stacks and the times of all, so that
 * their samples add up; pieces are counted in lines of folded.h. Where something
 * between here and there takes less still (413; nginx has 1 MiB unless told
 * otherwise), pieces are halved until they pass, and stay so.
 *
 * A token or a service name that the server does not take is answered with 400,
 * as are bundles that it does not understand: the text tells them apart.
 */
#ifndef GP_STUDIO_H
#define GP_STUDIO_H

#include "base/attr.h"
#include "ship/spec.h"
#include "ship/target.h"

#define STUDIO_BODY_MAX (4u << 20)

/* spec and agent must stay. body_max: STUDIO_BODY_MAX, or less for tests. NULL if
 * HTTP cannot be set up. */
GP_MUSTUSE struct target *studio_open(const struct spec *spec,
    const char *agent, uint64_t body_max);

/* Take gpid out of an answer: false if there is none. */
GP_MUSTUSE bool studio_parse_answer(const char *text, size_t len,
    uint64_t *gpid);

#endif
