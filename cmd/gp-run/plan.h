/*
 * plan.h - what a cycle was asked to do, and what each stage is told of it.
 *
 *	gp-run -d 50s -F 49 --pass=record:--per-thread --url=…
 *	  ─► gp-record -d 50s -F 49 --per-thread
 *	     gp-upload --url …
 *
 * A stage with a section in gp.conf(5) is given the file too, and finds in it what
 * its command line does not say.
 */
#ifndef GP_PLAN_H
#define GP_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/conf.h"
#include "stage.h"

enum plan_stage {
	PLAN_DISCOVER,
	PLAN_RECORD,
	PLAN_SYMBOLIZE,
	PLAN_COLLAPSE,
	PLAN_UPLOAD,
	PLAN_STAGES
};

enum { PLAN_PASS_MAX = 48 };

/* What the user wants. Strings are not copied; NULL: not given. */
struct plan {
	const char *bindir;     /* where the stages are; never NULL */
	const char *tmpdir;     /* where the nameless files are */
	const char *state;      /* what outlives a cycle; NULL with output */
	const char *duration;   /* as for gp-record -d; never NULL */
	uint64_t duration_ns;   /* the same */
	const char *event, *frequency, *pids;
	const char *output;     /* a file, or "-"; NULL: gp-upload */
	const char *dir, *url, *spool;
	const char *metrics;    /* a file for node_exporter */
	bool discover;
	uint64_t deadline_ns;   /* how long a stage may outlast its input */
	uint64_t size_max;      /* bytes of each intermediate file */
	struct stage_limits limits;
	struct {
		enum plan_stage stage;
		const char *arg;
	} pass[PLAN_PASS_MAX];
	size_t passes;
	const struct conf *conf; /* NULL: none */
	const char *conf_path;
};

/* "record" for PLAN_RECORD, and so on; "gp-record". */
extern const char *const plan_stage_names[PLAN_STAGES];
extern const char *const plan_commands[PLAN_STAGES];

/* What depends on how far the cycle is. */
struct plan_call {
	bool targets;   /* gp-record: the list of processes is its input */
	const char *time; /* gp-upload: by which it knows the profile again */
};

/* All that any stage may keep, as a mask of capabilities. */
uint64_t plan_capabilities(void);

/* Make a stage ready to start, with all its arguments. Its path is allocated in
 * mem. */
void plan_stage(const struct plan *o, enum plan_stage which,
    const struct plan_call *call, struct stage *s, struct arena *mem);

/* True if the user, or the configuration, has arguments for it. */
bool plan_has_more(const struct plan *o, enum plan_stage which);

/* Have every stage check its options and its section of the configuration; those
 * that are wrong say so. Returns the exit status: that of the first. */
GP_MUSTUSE int plan_check(const struct plan *o);

#endif
