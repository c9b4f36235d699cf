/*
 * jobs.h - what is done in the jail: the table of its jobs.
 */
#ifndef GP_SYMBOLIZE_JOBS_H
#define GP_SYMBOLIZE_JOBS_H

#include "jail.h"

enum job {
	JOB_IDENTIFY,     /* identity.h */
	JOB_FUNCTIONS,    /* functions.h */
	JOB_FUNCTIONS_XZ, /* the same, with .gnu_debugdata */
	JOB_DEBUGFILE,    /* whether there is one */
	JOB_INLINES,      /* inlines.h */
	JOB_PERFMAP,      /* jitjob.h */
	JOB_JITDUMP,
	JOBS              /* how many there are */
};

extern const struct jail_job jobs[JOBS];

#endif
