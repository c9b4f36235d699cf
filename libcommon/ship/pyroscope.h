/*
 * pyroscope.h - the target that is Pyroscope, or Grafana Cloud Profiles.
 *
 *	POST /ingest?name=web.cpu{host=web-7,env=prod}&from=…&until=…
 *	    &format=folded&sampleRate=99&spyName=gp&units=samples
 *	    &aggregationType=sum
 *	X-Scope-OrgID: …		with tenant=
 *	Authorization: …		with a token; Basic with user=
 *
 *	python3;main (app.py:31)_[p];read_[k] 17
 *	…
 *
 * or, with format=pprof,
 *
 *	POST /push.v1.PusherService/Push
 *
 * with the same stacks and sums as pprof: pyropush.h.
 *
 * The server refuses a whole request for one line that is not a stack and a
 * whole number, stops in silence at a line of 64 KiB, and takes
 * PYROSCOPE_LINES_MAX stacks a request: folded.h makes lines that are none of
 * this, and a larger profile goes in pieces, counted in lines. Pieces have times
 * that differ by a millisecond each, since two profiles of one series and one
 * time may be taken for the same. Of a stack deeper than PYROSCOPE_DEPTH_MAX the
 * server would drop the innermost frames, and with them where the time goes; so
 * the outermost are left out here.
 *
 * Times are those of the recording, so what waited for longer than the server's
 * patience (an hour, unless it is told otherwise) is refused.
 *
 * Source: Pyroscope's /ingest and limits, as reference and as observed.
 */
#ifndef GP_PYROSCOPE_H
#define GP_PYROSCOPE_H

#include "base/attr.h"
#include "ship/spec.h"
#include "ship/target.h"

enum {
	PYROSCOPE_LINES_MAX = 16000,
	PYROSCOPE_BODY_MAX = 2 << 20,
	PYROSCOPE_DEPTH_MAX = 1000, /* frames */
};

/* spec and agent must stay. NULL if HTTP cannot be set up. */
GP_MUSTUSE struct target *pyroscope_open(const struct spec *spec,
    const char *agent);

#endif
