/*
 * feed.h - gp-record's output on its way to gp-symbolize, and kept beside it.
 *
 *	gp-record --pipe--> in [ file raw ] out --pipe--> gp-symbolize
 *	                          ^stored  ^fed: whole lines only
 *
 * The file is both the buffer between the two and the copy that is used when
 * gp-symbolize fails: so a slow or stopped gp-symbolize never makes gp-record
 * wait, and never costs samples. Both pipe ends are non-blocking.
 *
 * When the file cannot grow (its limit, a full disk) the stream is cut there;
 * what comes after is read and dropped, except its #end, from which the number
 * of samples cut off is known.
 *
 * When gp-record's output ends, feed_end() closes a stream that lacks its #end,
 * naming what is missing in a #lost record: as many samples as its last #progress
 * counts beyond those that it wrote. So what gp-symbolize reads is always a
 * complete stream if it is one at all.
 */
#ifndef GP_FEED_H
#define GP_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "scan.h"

struct feed {
	int in;         /* -1 after the end of gp-record's output */
	int out;        /* -1 when all is fed or nobody reads; ours to close */
	int raw;        /* the file; the caller's */
	uint64_t stored; /* bytes in the file */
	uint64_t whole;  /* of these, up to the last newline */
	uint64_t fed;
	uint64_t limit;  /* bytes */
	int cut_errno;   /* not 0: the file could not grow, why */
	const char *died; /* the reason of a loss when it did not end */
	bool ended;      /* feed_end() has been called */
	bool repaired;   /* the stream did not end; feed_end() ended it */
	uint64_t missing; /* samples that repair knows to be missing */
	struct scan sums; /* of the finished file */
	struct buf tail;  /* the last bytes of what was dropped */
};

/* in and out become the feed's; out may be -1. */
void feed_init(struct feed *f, int in, int out, int raw, uint64_t limit);

/* The file of a feed that is no more: feed_end() completes it. Returns 0, or -1
 * with errno. */
GP_MUSTUSE int feed_reopen(struct feed *f, int raw);

/* Store what has arrived, up to 64 KiB. After the end of the input closes
 * f->in. False if nothing was there. */
bool feed_read(struct feed *f);

/* True if there is something that gp-symbolize should take. */
bool feed_wants_write(const struct feed *f);

/* Pass on what gp-symbolize takes now. Closes f->out when all has gone behind
 * feed_end(), or when nobody reads it any more. */
void feed_write(struct feed *f);

/* No more will be read: complete the file, and f->sums. To be called once.
 * Returns 0, or -1 with errno if the file cannot be read or completed. */
GP_MUSTUSE int feed_end(struct feed *f);

/* Close what is open and free. */
void feed_free(struct feed *f);

#endif
