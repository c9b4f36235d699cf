/*
 * upload.h - what gp-upload was asked to do, and how far it got.
 */
#ifndef GP_UPLOAD_H
#define GP_UPLOAD_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/arena.h"
#include "base/buf.h"
#include "ship/bound.h"
#include "ship/cloud.h"
#include "ship/deliver.h"
#include "ship/spec.h"
#include "ship/spool.h"

enum { UPLOAD_TARGETS_MAX = 16, UPLOAD_DIRS_MAX = 8 };

#define UPLOAD_AGENT "gp-upload/" GP_VERSION

struct upload {
	const char *file;       /* operand, or NULL: standard input */
	const char *url;        /* a target of kind post, without settings */
	const char *spool;      /* NULL: nothing is to be sent */
	const char *token_file; /* of url; NULL: GP_TOKEN, or none */
	const char *ca_file, *cert, *key, *proxy; /* of targets without one */
	struct bound_sum max;   /* of the directory, and of the spool */
	struct deliver_limits limits;
	struct timespec time;   /* when the profile was complete */
	bool has_time;          /* that was given: it may come again */
	enum cloud_kind cloud;  /* whose metadata server to ask */
	bool cloud_auto;        /* find out */
	const char *metadata;   /* a file with the owner's words, or NULL */
	bool flush;             /* send only */
	bool again;             /* also what was rejected */

	const char *dir[UPLOAD_DIRS_MAX];
	size_t dirs;
	struct spec target[UPLOAD_TARGETS_MAX]; /* those with a queue */
	size_t targets;
	size_t from_file, dirs_from_file; /* of them: those of gp.conf(5) */
	struct arena mem;       /* of their strings */
	int status;             /* the gravest so far: upload_fail() */
	bool cleared;           /* the spool is cleared up */
};

/* Keep the gravest of several exit statuses. What needs a person outranks what
 * the next run repairs by itself. */
void upload_fail(struct upload *u, int status);

/* Open the spool; the first time, clear up what killed processes left. */
GP_MUSTUSE int upload_open_spool(struct upload *u, struct spool *s);

/* --to, --dir: add a target. NULL, or what is wrong. dst: the struct upload. Those
 * of the command line take the place of those of the file. */
const char *upload_add_target(void *dst, const char *arg);
const char *upload_add_dir(void *dst, const char *arg);

/* All options are read: complete the targets, and check them. Ends the program
 * with EX_USAGE where they make no sense. */
void upload_check_targets(struct upload *u);

/* Read the profile into the directory and the spool. */
void upload_take_in(struct upload *u);

/* Send what is in the spool. */
void upload_send(struct upload *u);

#endif
