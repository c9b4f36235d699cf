/*
 * input.h - a file with stacks in whatever format, added to a profile.
 *
 *	struct input in = { .reading.fold = &f };
 *	while (*path)
 *		status = input_read(&in, *path++);
 *	input_done(&in);
 *
 * The format is told by the content (detect.h), each has its reader: gp streams
 * and folded text here, the others in modules of their own. What is compressed or
 * in UTF-16 is read as well.
 */
#ifndef GP_INPUT_H
#define GP_INPUT_H

#include "base/attr.h"
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

/*
 * For a command that reads a pipe: Ctrl-C reaches every stage of a pipeline. The
 * recorder ends in good order on it, and what it still says has to be read; a
 * second one ends this command too.
 */
void input_survive_one_interrupt(void);

#endif
