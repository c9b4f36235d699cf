/*
 * input.h - a file with stacks in whatever format, added to a profile.
 *
 *	struct input in = { .reading.fold = &f };
 *	status = input_read_all(&in, paths);
 *
 * The format is told by the content (detect.h), each has its reader: gp streams
 * and folded text here, the others in modules of their own. What is compressed or
 * in UTF-16 is read as well.
 */
#ifndef GP_INPUT_H
#define GP_INPUT_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/opt.h"
#include "profile/detect.h"
#include "profile/reading.h"

struct input {
	struct reading reading;    /* set its fold, and options */
	enum detect_format format; /* DETECT_UNSURE: by content */
};

/*
 * Add one file; "-" is standard input.
 *
 * What is wrong is said; the exit status that it earns is returned, EX_OK if
 * nothing. What was good of a file is added in any case.
 */
GP_MUSTUSE int input_read(struct input *in, const char *path);

/* Say what is to be said of all files, and free what they took. */
void input_done(struct input *in);

/* Add all files of a list that NULL ends, and be done; the first status that is not
 * EX_OK. */
GP_MUSTUSE int input_read_all(struct input *in, char *const *path);

/*
 * The options of a command that reads profiles, for its table: o is the address
 * of a struct input_options.
 */
struct input_options {
	enum detect_format from;
	struct reading_options reading;
	bool pid, tid, container;
};

const char *input_option_weight(void *reading_options, const char *word);
const char *input_option_columns(void *reading_options, const char *word);

#define INPUT_OPTIONS(o) \
	{ 0, "from", OPT_CALL, &(o)->from, "FORMAT", \
	    "format of the input: folded, perf-script, pprof, ... (auto)", \
	    detect_option }, \
	{ 0, "columns", OPT_CALL, &(o)->reading, "N", \
	    "counts in a line of folded text: 1 (default), 2, or base", \
	    input_option_columns }, \
	{ 0, "event", OPT_STR, &(o)->reading.event, "NAME", \
	    "the event to count (the first), or all, each by itself", NULL }, \
	{ 0, "weight", OPT_CALL, &(o)->reading, "WHAT", \
	    "count samples (default), or the period they stand for", \
	    input_option_weight }, \
	{ 0, "pid", OPT_FLAG, &(o)->pid, NULL, \
	    "one process frame for each pid: comm-PID", NULL }, \
	{ 0, "tid", OPT_FLAG, &(o)->tid, NULL, \
	    "one for each thread: comm-PID/TID, if recorded so", NULL }, \
	{ 0, "container", OPT_FLAG, &(o)->container, NULL, \
	    "start each stack with its container, or [host]", NULL }

/* What of them is the fold's. */
void input_fold_options(const struct input_options *o, struct fold_options *f);

/*
 * For a command that reads a pipe: Ctrl-C reaches every stage of a pipeline. The
 * recorder ends in good order on it, and what it still says has to be read; a
 * second one ends this command too.
 */
void input_survive_one_interrupt(void);

#endif
