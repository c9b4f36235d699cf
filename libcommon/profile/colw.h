/*
 * colw.h - writing a profile as gProfiler's .col.
 *
 *	docker:9f86d081884c;python3;main (app.py:31)_[p] 17
 * becomes, below a line of JSON,
 *	0;9f86d081884c;python3;main (app.py:31)_[p] 17
 *
 * Stacks come in the order of their bytes. With heads.remember of the fold the
 * container has its column; else it is empty. An event, which heads.event tells,
 * stands behind the process, since readers take the first frame for that. Of the
 * machine, the head says what the stream says of it.
 */
#ifndef GP_COLW_H
#define GP_COLW_H

#include <stdio.h>

#include "profile/fold.h"

void colw_write(const struct fold *f, FILE *out);

#endif
