/*
 * jitjob.h - perf maps and jitdump files, read in the jail.
 *
 *	gp-symbolize                      jail
 *	/tmp/perf-4242.map, open   --->   proc/perfmap.h, proc/jitdump.h
 *	struct jitcode, checked    <---   its bytes
 *
 * Jobs (jobs.h), and what is on this side of the jail.
 */
#ifndef GP_SYMBOLIZE_JITJOB_H
#define GP_SYMBOLIZE_JITJOB_H

#include <stdbool.h>
#include <stdint.h>

#include "jail.h"
#include "proc/jitcode.h"

enum jitjob_form { JITJOB_MAP, JITJOB_DUMP };

int jitjob_map(struct jail_call *c);
int jitjob_dump(struct jail_call *c);

struct jitjob_file {
	enum jitjob_form form;
	int fd;
	bool slow;        /* opener.h */
	uint32_t owner;   /* as in jail_request */
	const char *name; /* for messages */
	bool lines;       /* with places in the source, if it has them */
};

/* Read one. Returns NULL, and *out is ready, to be freed; or why it cannot be
 * used, valid until the next one. */
const char *jitjob_ask(struct jail *j, const struct jitjob_file *f,
    struct jitcode *out);

#endif
