/*
 * state.h - what is remembered of a target from one run to the next.
 *
 *	failures=3                  attempts in a row that came to nothing
 *	not_before=1795689667       no attempt until then, seconds since 1970
 *	memo=18231                  what the server wants back (gpid)
 *	preparing=7f0c… 2           the entry at which a sender died, how often
 *	sent=1204 sent_bytes=…      sums of all time, for those who watch
 *	why=HTTP status 503: …      of the last failure
 *	end
 *
 * It is advice: profiles are neither lost nor sent twice if it is. So it is
 * written over in place, by the one sender of the target, and what cannot be
 * read counts as not there. Bytes that follow "end" mean nothing.
 */
#ifndef GP_STATE_H
#define GP_STATE_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/attr.h"
#include "base/buf.h"

enum {
	STATE_MEMO_MAX = 64,
	STATE_ID_MAX = 33,
	STATE_WHY_MAX = 256,
	STATE_FILE_MAX = 2048, /* bytes; what is longer is no state */
};

/* Zeroed, it is that of a target that nothing was sent to yet. */
struct state {
	uint64_t failures;
	uint64_t not_before;
	uint64_t sent, sent_bytes, rejected; /* entries, bytes of requests */
	uint64_t attempts;                   /* requests */
	uint64_t last_sent, last_failed;     /* seconds since 1970; 0: never */
	uint64_t deaths;             /* with preparing */
	char preparing[STATE_ID_MAX];
	char memo[STATE_MEMO_MAX];
	char why[STATE_WHY_MAX];
};

/* Read the text of a state; without its "end" it is none, and s is zeroed. */
void state_parse(struct state *s, const char *text, size_t len);

/* Add the text. */
void state_format(const struct state *s, struct buf *out);

/* Set a text of it, control bytes as '?', cut to its size. */
void state_set(char *field, size_t size, const char *text);

/* Read it from a file of a folder; zeroed if there is none. */
void state_read(struct state *s, int dirfd, const char *name);

/* Write it. What cannot be written is forgotten: errno says why, 0 or -1. */
int state_write(const struct state *s, int dirfd, const char *name);

#endif
