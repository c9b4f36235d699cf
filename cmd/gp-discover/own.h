/*
 * own.h - what the machine's owner says of single processes.
 *
 *	{"static": {…}, "application": {"4242": {"job": "nightly", "try": 2}}}
 *
 * says of the process 4242
 *
 *	own={"job":"nightly","try":2}
 *
 * The file is gProfiler's external metadata: what knows the machine's jobs writes it,
 * again and again. A pid is not a process, so nothing is believed that is older than
 * OWN_FRESH_S, nor of a process that is younger than the file. "static", which is of
 * the machine, is gp-upload's (ship/about.h). What is no object, or too long, is left
 * out and counted.
 *
 * Source: gprofiler/metadata/external_metadata.py, its format and its five minutes.
 */
#ifndef GP_OWN_H
#define GP_OWN_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/json.h"
#include "scan.h"

enum {
	OWN_FRESH_S = 300,
	OWN_FILE_MAX = 1 << 20, /* bytes */
};

/* Zeroed, it tells of none. */
struct own {
	const char *path;
	struct json_doc doc;
	const struct json_value *application;
	double age_s; /* of the file, when it was read */
};

/* Read the file, before the processes are. False: it cannot be used, which was said
 * with diag(), and there is nothing to free. */
GP_MUSTUSE bool own_read(struct own *o, const char *path);

/* Fill in own of the processes that it tells of. */
void own_find(struct scan *s, const struct own *o);

void own_free(struct own *o);

#endif
