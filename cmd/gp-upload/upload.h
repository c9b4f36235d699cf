/*
 * upload.h - what gp-upload was asked to do, and how far it got.
 */
#ifndef GP_UPLOAD_H
#define GP_UPLOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "ship/bound.h"
#include "ship/deliver.h"

struct upload {
	const char *file;       /* operand, or NULL: standard input */
	const char *dir;        /* NULL: no directory */
	const char *url;        /* NULL: no server, and no spool */
	const char *spool;
	const char *token_file; /* NULL: GP_TOKEN, or none */
	const char *ca_file;
	struct bound_sum max;   /* of the directory, and of the spool */
	struct deliver_limits limits;
	bool flush;             /* send only */

	int status;             /* the gravest so far: upload_fail() */
	struct buf shown;       /* the URL as messages may show it */
};

/* Keep the gravest of several exit statuses. What needs a person outranks what
 * the next run repairs by itself. */
void upload_fail(struct upload *u, int status);

/* Read the profile into the directory and the spool. */
void upload_take_in(struct upload *u);

/* Send what is in the spool. */
void upload_send(struct upload *u);

#endif
