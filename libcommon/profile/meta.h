/*
 * meta.h - what several streams say about themselves, as one header.
 *
 *	#gp version=1 kind=raw host=web-7 freq=99 start=2026-01-02T03:04:05Z
 *	#gp version=1 kind=raw host=web-8 freq=99 start=2026-01-02T03:05:05Z
 * becomes
 *	#gp version=1 kind=folded tool=gp-collapse/0.1.0 streams=2 freq=99
 *	    start=2026-01-02T03:04:05Z samples=… lost=… truncated=… filtered=…
 *
 * What a #machine record tells of the only stream becomes a field, too.
 *
 * A field stays if every stream has it with the same value; of start, the
 * earliest stays. Losses add up by their reason; a reason with 0 says that
 * something is missing, and not how much.
 *
 * A zeroed struct meta is empty and ready; meta_free() it.
 */
#ifndef GP_META_H
#define GP_META_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/intern.h"
#include "stream/record.h"

struct meta_field;

struct meta {
	struct arena arena;       /* of keys and values */
	struct meta_field *field;
	size_t n;
	struct intern reasons;
	uint64_t *reason_count;   /* by id of reasons */
	uint64_t streams;         /* how many #gp were seen */
	uint64_t lost;            /* sum of the losses, 2^64 - 1 at most */
	uint64_t filtered;        /* left out on purpose by earlier stages */
	uint64_t stream_lost;     /* in the stream that is open */
};

/* Take what a #gp, #lost or #end record says; any other is ignored. */
void meta_add(struct meta *m, const struct record *r);

/* The value of a header's key that all streams agree on (of start, the
 * earliest); NULL if there is none. Valid until the next meta_add(). */
const char *meta_get(const struct meta *m, const char *key);

/* The value of cpu_busy or memory_used, "12.3"; false if there is none. */
GP_MUSTUSE bool meta_percent(const struct meta *m, const char *key,
    double *out);

/* A time of a header as seconds since 1970; 0 if it is none. s may be NULL. */
int64_t meta_seconds(const char *s);

/* What only the one who writes it knows. */
struct meta_totals {
	const char *tool; /* "gp-collapse" */
	uint64_t samples, truncated, filtered;
	bool containers; /* each stack begins with its container */
	bool apps;       /* with its application, behind the container if any */
	bool programs;   /* and with its program, behind these */
};

/* Add the #gp record, then a #lost for each reason. filtered is what this
 * stage left out; that of earlier ones is added to it. */
void meta_write(const struct meta *m, const struct meta_totals *t,
    struct buf *b);

void meta_free(struct meta *m);

#endif
