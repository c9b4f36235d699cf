#include "jobs.h"

#include "functions.h"
#include "identity.h"
#include "inlines.h"
#include "jitjob.h"

const struct jail_job jobs[JOBS] = {
	[JOB_IDENTIFY] = { "identity", NULL, identity_job },
	[JOB_FUNCTIONS] = { "functions", NULL, functions_job },
	[JOB_FUNCTIONS_XZ] = { "functions", functions_prepare_xz,
	    functions_job_xz },
	[JOB_DEBUGFILE] = { "debug file", NULL, functions_job_debugfile },
	[JOB_INLINES] = { "inlined functions", inlines_prepare, inlines_job },
	[JOB_PERFMAP] = { "perf map", NULL, jitjob_map },
	[JOB_JITDUMP] = { "jitdump", NULL, jitjob_dump },
};
