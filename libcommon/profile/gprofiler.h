/*
 * gprofiler.h - reading a .col file of gProfiler.
 *
 *	#{"metadata": {...}, "application_metadata_enabled": true, ...}
 *	1;web-7;python3;appid: x;main (app.py:31)_[p];read_[k] 17
 *	^index of the application's metadata
 *	  ^container, may be empty
 *	        ^process
 *
 * become
 *	[host, or container:web-7, if asked for];python3;appid: x;main ... 17
 *
 * Without application_metadata_enabled there is no index; in version v1 of the
 * format (run_arguments.profile_api_version) there is no container either.
 */
#ifndef GP_GPROFILER_H
#define GP_GPROFILER_H

#include <stdbool.h>
#include <stddef.h>

#include "profile/reading.h"

struct gprofiler {
	struct reading *r;
	/* private */
	bool header;           /* it came */
	bool index, container; /* stand before the process */
};

/* Take a line without its newline. */
void gprofiler_line(struct gprofiler *g, const char *s, size_t len);

#endif
