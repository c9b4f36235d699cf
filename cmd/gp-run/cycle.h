/*
 * cycle.h - one recording, from the kernel to the place where profiles go.
 *
 *	[gp-discover > targets]
 *	gp-record ==pipe==> raw file ==pipe==> gp-symbolize > named file
 *	gp-collapse < named file > folded file
 *	gp-upload < folded file                   (or a copy of it, with -o)
 *
 * gp-symbolize runs beside gp-record, since it opens files while their
 * processes live; the rest runs one after the other, file to file, so that what
 * a stage has made is there when the next one fails. The raw and the folded file
 * are in the journal, where the next cycle finds them if this one is killed; the
 * others, and with -o all, have no names: nothing is left however this process
 * ends.
 *
 *	fails          what is used instead
 *	gp-discover    no list: all processes
 *	gp-record      the stream up to where it stopped
 *	gp-symbolize   plain.h: modules and addresses
 *	gp-collapse    the named stream as it is
 *	gp-upload      journal.h: a file that the next cycle sends
 *	gp-run         journal.h: the next one goes on with what there is
 */
#ifndef GP_CYCLE_H
#define GP_CYCLE_H

#include "base/attr.h"
#include "base/buf.h"
#include "plan.h"

/*
 * Run a cycle. signals: a signalfd(2) of those that end it early; the first one
 * ends the recording and the rest is still done, the second aborts.
 *
 * Returns the exit status. *killed_by: the second signal, or 0; in fatal the
 * reason why there is no profile, if there is none.
 */
GP_MUSTUSE int cycle_run(const struct plan *plan, int signals, int *killed_by,
    struct buf *fatal);

#endif
