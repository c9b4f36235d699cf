/*
 * flight.h - lines on their way from addresses to names.
 *
 *	line 7   its frames are read, and what is known of each is fetched   |
 *	line 6   their texts are looked up, and fetched                      | memory
 *	line 5   is written                                                  v
 *
 * What is known of a frame, and its text, are seldom near the processor: a stream has
 * a hundred thousand of them. So three lines are in hand at once, and while one is
 * worked on the memory of the others comes. Of a line that begins like the one before
 * only the rest is looked at (prefix.h).
 *
 * Lines leave in the order in which they came. A zeroed struct flight with names and
 * out is ready. flight_free() it.
 */
#ifndef GP_SYMBOLIZE_FLIGHT_H
#define GP_SYMBOLIZE_FLIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "names.h"
#include "prefix.h"
#include "stream/stream.h"

/* A line's frames but those that the line before begins with as well. */
struct flight_line {
	struct buf in; /* the line, with bytes behind it that may be read */
	size_t len;
	uint64_t count;
	size_t same; /* frames that it has in common */
	size_t root; /* bytes of the process, if it has none in common */
	struct flight_frame *frame;
	size_t n, cap;
	uint32_t age; /* of the texts */
};

enum { FLIGHT_LINES = 3 };

struct flight {
	struct names *names;
	struct stream_writer *out;
	struct prefix prefix; /* of the line that came last */
	struct flight_line line[FLIGHT_LINES];
	unsigned n;    /* lines in hand: all but one, once they come */
	unsigned next; /* where the next one is put */
	struct buf text; /* of the line that left last */
	struct flight_end {
		size_t at;          /* where a frame of it ends */
		uint64_t addresses; /* up to there */
	} end[PREFIX_FRAMES_MAX];
};

/* Add a line. One that came before it may leave. */
void flight_add(struct flight *f, const char *stack, size_t len,
    uint64_t count);

/* Write all that are in hand. */
void flight_land(struct flight *f);

/* The same, and frames may mean something else from here on. */
void flight_reset(struct flight *f);

/* Say of each address in a line that it will come: names_expect(). True if it is time
 * to fetch. */
bool flight_expect(struct flight *f, const char *stack, size_t len);

void flight_free(struct flight *f);

#endif
