/*
 * lines.h - the lines of a file, whatever it was packed in (source.h).
 *
 * Nothing but lines: what they mean is for others, stream.h first of all. A line
 * ends with LF or CR LF, the last one also at the end of the file. Memory is as
 * large as the longest line, and that has a limit.
 *
 * A struct lines may be moved: whoever looked at the first bytes to see what it
 * is gives it to the one who can read that. Its descriptor stays the caller's.
 */
#ifndef GP_LINES_H
#define GP_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/source.h"

/* Longest line in bytes. Names of 100 KB times 1,000 frames would be longer;
 * gp-record's and gp-symbolize's lines stay far below. */
#define LINES_MAX (16u << 20)

/* The length of a line that is longer: its text is not kept. */
#define LINES_TOO_LONG SIZE_MAX

struct lines {
	struct source source;
	uint64_t n;        /* how many lines came out */
	bool unterminated; /* the last had no newline: cut off? */
	/* private */
	char *buf;
	size_t cap, start, end;
	size_t whole; /* lines end before it, if it is behind start */
	bool eof;
};

void lines_init(struct lines *l, int fd);

/*
 * The next line, without what ends it; valid until the next call. False at the
 * end of the file, and where reading failed: see source.err.
 */
GP_MUSTUSE bool lines_next(struct lines *l, const char **text, size_t *len);

/* True if a whole line is buffered: lines_next() will not wait. */
bool lines_ready(const struct lines *l);

/*
 * Look at what comes without taking it: *len bytes at *text. More of it than at
 * the last call, if there was one and no line was taken; false if that cannot be
 * had: it is the end, or so many bytes are there already.
 */
GP_MUSTUSE bool lines_peek(struct lines *l, const char **text, size_t *len,
    size_t max);

/* Add all that is left, which is then taken, to b; false if it is more than max
 * bytes. */
GP_MUSTUSE bool lines_rest(struct lines *l, struct buf *b, size_t max);

void lines_free(struct lines *l);

#endif
