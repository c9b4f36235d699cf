/*
 * intake.h - take in a profile: check it, count it, and hand on its bytes.
 *
 * The input is folded text or a gp stream, read line by line; what passes goes
 * to a sink as it came (with LF for CR LF), so that a profile of any size needs
 * no memory. Beside
 * that the intake keeps what meta.json tells: sums, host, the fields of the
 * stream's own #gp record.
 *
 *	struct intake in = { 0 };
 *	enum stream_err err = intake_read(&in, fd, "<stdin>", sink, ctx);
 *
 * A zeroed struct intake is empty and ready; intake_free() it.
 */
#ifndef GP_INTAKE_H
#define GP_INTAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/attr.h"
#include "base/buf.h"
#include "ship/about.h"
#include "stream/stream.h"

/* Bytes of an #gp record's values that are kept; a stranger may write more. */
#define INTAKE_FIELDS_MAX 16384u

struct intake {
	uint64_t bytes;   /* given to the sink */
	uint64_t lines;   /* sample lines */
	uint64_t samples; /* the sum of their counts */
	uint64_t lost;    /* the sum of lost= in #end records */
	uint64_t streams; /* #gp records */
	uint64_t bad;     /* lines left out */
	bool cut;         /* the last line has no newline: half a line */
	int saved_errno;  /* after STREAM_EREAD */
	struct buf host;  /* of the first #gp; empty if there is none */
	struct buf fields; /* its fields, as the members of a JSON object */
};

/* Take some bytes; 0, or -1 with errno set. */
typedef int intake_sink(void *ctx, const void *p, size_t len);

enum { INTAKE_ESINK = -100 };

/*
 * Read all of fd. Bad lines are reported by diag() and left out.
 *
 * Returns STREAM_OK; a stream_err (STREAM_EEMPTY also if no line of it was any
 * use), when what came before is with the sink all the same; or INTAKE_ESINK if
 * the sink failed, with its errno. A last line without newline is STREAM_ETRUNC,
 * with in->cut set, and is not handed on: its count may be half a number.
 */
GP_MUSTUSE int intake_read(struct intake *in, int fd, const char *name,
    intake_sink *sink, void *ctx);

/* What is wrong, for people. */
const char *intake_strerror(const struct intake *in, int err);

/* What meta.json says beside. */
struct intake_about {
	const char *id, *host; /* host: where the stream names none */
	struct timespec now;
	bool complete;
	const struct about *about; /* NULL: nothing is known */
};

/* The text of meta.json; see gp-bundle(5). */
void intake_meta(const struct intake *in, const struct intake_about *about,
    struct buf *out);

void intake_free(struct intake *in);

#endif
