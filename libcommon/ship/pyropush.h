/*
 * pyropush.h - the body of a request to Pyroscope's push API.
 *
 *	{"series":[{
 *	  "labels":[{"name":"__name__","value":"process_cpu"},
 *	            {"name":"host","value":"web-7"},
 *	            {"name":"service_name","value":"web"}],
 *	  "samples":[{"ID":"7f0c2a5e-9b1d-4c3f-8a6e-0d2b4f6a8c1e",
 *	              "rawProfile":"H4sIAAAA…"}]}]}
 *
 * A pprof profile (pprofw.h), compressed, in base64. It says the two things that
 * folded text cannot: how many samples there were beside the time that they stand
 * for, and which functions are in which file.
 *
 * Labels are sorted, each is there once, and those of the target's spec go before
 * our own. The ID is made of the bundle's and of where the piece begins: whoever
 * gets a piece twice can see it.
 *
 * Source: Pyroscope's push.v1.PusherService, by the Connect protocol; its limits,
 * as reference.
 */
#ifndef GP_PYROPUSH_H
#define GP_PYROPUSH_H

#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "ship/folded.h"
#include "ship/spec.h"
#include "ship/target.h"

/* Bytes of a profile before it is compressed, samples in one. */
enum { PYROPUSH_PROFILE_MAX = 4 << 20, PYROPUSH_SAMPLES_MAX = 16000 };

struct pyropush {
	const struct spec *spec;
	const char *host;
	const struct parcel *parcel; /* its lines from parcel->from on */
	uint64_t time_ns, duration_ns, freq;
};

/*
 * Make the body of one piece: as many lines as a profile may have.
 *
 * size: its bytes. next: the line behind it, 0 if there is none. Returns the
 * descriptor of a nameless file, or -1 with why.
 */
GP_MUSTUSE int pyropush_make(struct folded *fo, const struct pyropush *p,
    uint64_t *size, uint64_t *next, struct buf *why);

#endif
