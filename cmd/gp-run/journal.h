/*
 * journal.h - what a cycle has made, where the next one finds it.
 *
 *	STATE/recording/20261124T104107.482Z-<id>.raw	gp-record's stream, growing
 *	STATE/recording/…-<id>.left		the same, for which there was no room
 *	STATE/recording/…-<id>.again		the same, while it is made good
 *	STATE/unsent/20261124T104157.610Z-<id>.folded	finished, not delivered
 *	STATE/overlaps				starts while another ran
 *
 * A cycle that is killed, with kill -9 at any instant, leaves its file in one of
 * the folders, and the next cycle goes on with it: a recording is named and
 * folded as far as it came, a folded profile is delivered. One that ends in good
 * order, but could neither deliver nor keep what it made, leaves its recording. Each step makes its
 * file durable before it removes the one it was made from; both have the same id.
 * gp-upload, which is told the time in the name, takes no profile of one time and
 * content twice. So what was recorded is delivered once.
 *
 *	recording/<begin>-<id>.raw ─► unsent/<end>-<id>.folded
 *	    ─► gp-upload --time=<end> ─► gone
 *
 * A recording is locked (flock) by the gp-run that makes it, so one that nobody
 * has locked is a dead one's. One that is made good becomes .again first: what
 * kills gp-run twice is not tried a third time.
 *
 * At most JOURNAL_RECORDINGS_MAX dead recordings and JOURNAL_UNSENT_MAX profiles
 * are kept, the newest.
 *
 * Functions return 0 (or a descriptor) or -1 with errno, unless they say
 * otherwise. S, the stem of a name, is time and id.
 */
#ifndef GP_JOURNAL_H
#define GP_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/attr.h"

enum {
	JOURNAL_RECORDINGS_MAX = 4,
	JOURNAL_UNSENT_MAX = 60,
	JOURNAL_STEM_MAX = 64, /* with its NUL */
	JOURNAL_TIME_MAX = 32,
	JOURNAL_PATH_MAX = 4096,
};

/* The time in a stem, as gp-upload --time wants it: 2026-11-24T10:41:07.482Z. */
void journal_time(const char *stem, char time[JOURNAL_TIME_MAX]);

/* Make the file of a new recording, and its name. */
GP_MUSTUSE int journal_record(const char *state, char stem[JOURNAL_STEM_MAX]);

/* It is not needed any more, under whatever name. */
void journal_forget(const char *state, const char *stem);

/* It is for the next cycle. */
void journal_leave(const char *state, const char *stem);

/* How a recording came to be there. */
enum journal_past {
	JOURNAL_DIED,  /* its gp-run was killed */
	JOURNAL_LEFT,  /* journal_leave() */
	JOURNAL_TRIED, /* a gp-run that made it good was killed */
};

/*
 * Open the oldest dead recording behind the stem after ("" for the very oldest),
 * which is .again from now on. Returns a descriptor, or -1 if there is none.
 */
GP_MUSTUSE int journal_next(const char *state, const char *after,
    char stem[JOURNAL_STEM_MAX], enum journal_past *past);

/* Forget the dead recordings whose profile is kept: their gp-run was killed between
 * the two steps. To be called before any profile is delivered. Returns how many. */
size_t journal_tidy(const char *state);

/* How many recordings and profiles there are. */
size_t journal_recordings(const char *state);
size_t journal_unsent(const char *state);

/* Keep a copy of the file fd, a finished profile, under a stem. */
GP_MUSTUSE int journal_keep(const char *state, const char *stem, int fd);

/* The stem of a profile: when it was complete, and the id of its recording. */
void journal_finish(char stem[JOURNAL_STEM_MAX], const char *recording,
    struct timespec end);

/* Remove the oldest profiles beyond JOURNAL_UNSENT_MAX. Returns how many. */
size_t journal_trim(const char *state);

/* Open the oldest profile behind after. Returns a descriptor, or -1. */
GP_MUSTUSE int journal_open(const char *state, const char *after,
    char stem[JOURNAL_STEM_MAX]);

/* It is delivered. */
void journal_delivered(const char *state, const char *stem);

/* A new stem: now, and a new id. */
void journal_stem(char stem[JOURNAL_STEM_MAX]);

/* Count a start that did nothing because another cycle was running. */
GP_MUSTUSE int journal_count_overlap(const char *state);

/* How many there were, ever; 0 if that is not known. */
uint64_t journal_overlaps(const char *state);

/* Copy the whole of a file to where out stands. */
GP_MUSTUSE int journal_copy(int out, int in);

#endif
