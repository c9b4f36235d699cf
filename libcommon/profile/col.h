/*
 * col.h - gProfiler's file, .col: one line of JSON, then stacks.
 *
 *	#{"containers":["web"],…,"metadata":{"hostname":"web-7",…},…}
 *	1;web;python3;appid: gunicorn: app:main (/srv/app.py);main;read_[k] 17
 *	0;;bash;main 3
 *	^  ^   ^comm   ^application's name, if known       ^frames    ^samples
 *	|  container's name, "" on the host
 *	number of its metadata in application_metadata (appmeta.h); 0 for none
 *
 * Both prefix columns are always there: a reader of the format counts on them
 * (Performance Studio's indexer dies of a line without). The keys are those that
 * Performance Studio's server insists on; python_version and run_arguments are
 * among them, and say nothing here.
 *
 * Source: gProfiler's merge.py and metadata, Performance Studio's AgentMetadata,
 * as their behaviour is observed.
 */
#ifndef GP_COL_H
#define GP_COL_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/buf.h"
#include "base/jsonw.h"
#include "profile/appmeta.h"
#include "proc/machine.h"

/* The version of the agent whose contract this is, with gp's own behind it. From
 * 1.2.3 on a server gives its process an id, gpid. */
#define COL_AGENT_VERSION "1.53.1-gp" GP_VERSION

/* ISO 8601 to the second, UTC, without a zone: "2026-01-02T03:04:05". */
enum { COL_TIME_MAX = 24 };
void col_time(char out[COL_TIME_MAX], time_t t);
void col_put_time(struct jsonw *w, const char *key, time_t t);

struct col_pair {
	const char *key, *value;
};

struct col_head {
	const struct machine *machine; /* the one that was profiled */
	const char *host;              /* its name; NULL: as machine has it */
	const char *service;           /* NULL: none */
	uint32_t pid;                  /* of the program that says all this */
	time_t start, end;             /* of the recording */
	/* In percent, while it was recorded; NULL: not known. */
	const double *cpu_busy, *memory_used;
	const char *const *container;  /* names of those that are in it */
	size_t containers;
	const struct appmeta *programs; /* that lines refer to; NULL: none */
	const struct col_pair *cloud;  /* "provider", "instance_type" … */
	size_t clouds;
	const struct col_pair *own;    /* what the machine's owner says of it */
	size_t owns;
};

/* Add a number, or null. */
void col_put_share(struct jsonw *w, const char *key, const double *percent);

/* Add the first line, newline included. */
void col_put_head(struct buf *out, const struct col_head *h);

struct col_line {
	uint32_t program;      /* appmeta_number(): 0: none */
	const char *container; /* NULL: none */
	size_t container_len;
	const char *appid;     /* NULL: not known */
	size_t appid_len;
	const char *stack;     /* the comm, then frames, with ';' between: safe
	                        * frames, as in a folded line */
	size_t len;
	uint64_t count;
};

/* Add a line, newline included. What strangers chose is made safe; ';' in a
 * container or an application becomes '|', as gProfiler has it. */
void col_put_line(struct buf *out, const struct col_line *l);

#endif
