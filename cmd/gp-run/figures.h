/*
 * figures.h - what is counted in a cycle, and how it goes into the metrics.
 *
 * Plain numbers, that whoever sees something adds to; figures_write() makes
 * metrics of them (ship/metrics.h) when the cycle is over. Counters go on from
 * where the last cycle left them, in STATE/metrics.prom; a copy of that file is
 * what --metrics asks for.
 */
#ifndef GP_FIGURES_H
#define GP_FIGURES_H

#include <stdbool.h>
#include <stdint.h>

#include "plan.h"
#include "said.h"
#include "tally.h"

/* How a stage can end. */
enum figures_end {
	END_OK,
	END_LOSSY,         /* exit status 1: it says what is missing */
	END_FAILED,        /* another status */
	END_OUT_OF_MEMORY, /* status 71, or killed when the kernel had none */
	END_CRASHED,       /* a signal that means a bug */
	END_KILLED,        /* SIGKILL, SIGTERM …: somebody else's doing */
	END_OVERDUE,       /* a deadline had to end it */
	END_MISSING,       /* it could not be started */
	FIGURES_ENDS
};

struct figures_stage {
	uint64_t ends[FIGURES_ENDS];
	uint64_t cpu_ns;      /* of all its processes */
	uint64_t duration_ns; /* of the last */
	uint64_t peak_bytes;  /* resident, of the largest */
	uint64_t descriptors; /* most seen at once in one process */
};

/* What became of a profile. */
enum figures_upload {
	UPLOAD_DELIVERED, /* gp-upload has taken it, and is done with it */
	UPLOAD_SPOOLED,   /* it waits in gp-upload's spool */
	UPLOAD_REFUSED,   /* for good, by the server or for what it is */
	UPLOAD_KEPT,      /* gp-upload failed: the next cycle tries again */
	FIGURES_UPLOADS
};

struct figures {
	struct figures_stage stage[PLAN_STAGES];
	struct tally tally;        /* of the named streams */
	uint64_t recording_bytes;  /* the raw stream */
	uint64_t uploads[FIGURES_UPLOADS];
	uint64_t dropped;          /* profiles and recordings removed unsent */
	uint64_t recovered;        /* recordings of killed cycles made good */
	uint64_t killed;           /* cycles that were found to be killed */
	uint64_t pipes, processes; /* most seen at once, in all of the cycle */
	uint64_t left;             /* processes that stages left behind */
	uint64_t oom_before;       /* the kernel's count, of this control group */
	uint64_t began;            /* monotonic_ns() */
	bool interrupted;
};

void figures_begin(struct figures *f);

/* A stage has ended. */
void figures_ended(struct figures *f, enum plan_stage which,
    const struct stage *s);

/* Look at what is open, and who runs. */
void figures_census(struct figures *f, const struct stage *stages);

/* What figures_write() needs to know of the whole. */
struct figures_cycle {
	const struct plan *plan;
	const struct said *said; /* PLAN_STAGES of them */
	int status;              /* of the cycle */
	bool killed;             /* by a second signal */
	bool failed;             /* there is no profile, and a person must see to
				  * it: counts as an error line */
};

/*
 * Bring STATE/metrics.prom up to date, and the copy. What cannot be written is
 * said, and no more: the profile is not the worse for it. (publish.c)
 */
void figures_write(const struct figures *f, const struct figures_cycle *c);

/* The name of an end, of an upload: "out_of_memory", "kept". */
extern const char *const figures_end_names[FIGURES_ENDS];
extern const char *const figures_upload_names[FIGURES_UPLOADS];

#endif
