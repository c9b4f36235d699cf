/*
 * input.h - the files that gp-collapse reads, whatever their dialect.
 *
 * Gp streams and folded text of other tools today. What another dialect needs
 * (counts first, two columns, perf script) is recognised in input.c and handed
 * to the same fold.
 */
#ifndef GP_INPUT_H
#define GP_INPUT_H

#include "base/attr.h"
#include "profile/fold.h"

/*
 * Merge one file into f; "-" is standard input.
 *
 * What is wrong is said; the exit status that it earns is returned, EX_OK if
 * nothing. What was good of a file is merged in any case.
 */
GP_MUSTUSE int input_read(struct fold *f, const char *path);

#endif
