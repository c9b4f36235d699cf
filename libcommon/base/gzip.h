/*
 * gzip.h - writing a gzip file, a piece at a time.
 *
 *	struct gzip *g = gzip_new(f);
 *	gzip_add(g, p, len);
 *	gzip_done(g);
 *
 * The head holds no time and no name: the same bytes in, the same bytes out.
 * zlib is loaded when it is first needed (lazylib.h).
 *
 * Source: RFC 1952; zlib.h.
 */
#ifndef GP_GZIP_H
#define GP_GZIP_H

#include <stddef.h>
#include <stdio.h>

#include "base/attr.h"

struct gzip;

/* What is written to f from here on; NULL if zlib is not installed. f stays the
 * caller's, and so do errors of writing to it. */
GP_MUSTUSE struct gzip *gzip_new(FILE *f);

void gzip_add(struct gzip *g, const void *p, size_t len);

/* Write the rest, and free it. */
void gzip_done(struct gzip *g);

#endif
