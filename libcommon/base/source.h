/*
 * source.h - the bytes of a file, whatever they were packed in.
 *
 * What is compressed comes out plain (unpack.h); text in UTF-16 that begins with
 * a byte order mark comes out as UTF-8; a byte order mark does not come out. All
 * of it is told by the first bytes, so a pipe does as well as a file, and what is
 * none of it is read as it is, with read(2) straight into the caller's buffer.
 *
 * A struct source may be moved. Its descriptor stays the caller's.
 */
#ifndef GP_SOURCE_H
#define GP_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/unpack.h"

enum source_err {
	SOURCE_OK = 0,
	SOURCE_EREAD = -1,   /* read(2) failed; errno is in saved_errno */
	SOURCE_EPACKED = -2, /* compressed, and damaged or cut */
	SOURCE_ELIB = -3,    /* compressed, and libarchive is not installed */
};

struct source {
	int fd;
	enum source_err err; /* stays with the first that happened */
	int saved_errno;
	/* private */
	bool looked;
	struct unpack *unpack;    /* NULL: not compressed */
	struct source_text *text; /* NULL: not UTF-16 */
};

void source_init(struct source *s, int fd);

/* Read up to len bytes, SOURCE_READ_MIN at least, as many as are there. 0 at the
 * end, or when something went wrong: see err. */
enum { SOURCE_READ_MIN = 16 };
size_t source_read(struct source *s, void *p, size_t len);

void source_free(struct source *s);

#endif
