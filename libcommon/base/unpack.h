/*
 * unpack.h - compressed bytes, read as if they were not: gzip, zstd, xz.
 *
 *	struct unpack *u;
 *	if (unpack_open_fd(&u, fd, head, n) == UNPACK_OK)
 *		while ((n = unpack_read(u, buf, sizeof buf)) > 0)
 *			...
 *	unpack_close(u);
 *
 * A little memory is enough for any size, and nobody can make it more: what
 * comes out is as long as the packed bytes say, so a caller who keeps it needs a
 * limit of his own.
 *
 * libarchive does it. It is loaded when the first such bytes come (lazylib.h).
 */
#ifndef GP_UNPACK_H
#define GP_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/attr.h"

enum unpack_err {
	UNPACK_OK = 0,
	UNPACK_EREAD = -1, /* read(2) failed; errno says why */
	UNPACK_EDATA = -2, /* damaged, or cut off */
	UNPACK_ELIB = -3,  /* libarchive is not installed */
};

struct unpack;

/* Load libarchive now, before a jail makes that impossible; false if it is not
 * installed. */
GP_MUSTUSE bool unpack_load(void);

/* Whether this is how a packed file begins. */
bool unpack_is_packed(const void *p, size_t len);

/* Whether it may become one with more bytes: it is shorter than what it begins
 * like. */
bool unpack_may_be_packed(const void *p, size_t len);

/* Unpack what is left to read from fd behind len bytes that were read from it
 * already and are copied. The descriptor stays the caller's. *u is to be closed
 * in any case. */
GP_MUSTUSE enum unpack_err unpack_open_fd(struct unpack **u, int fd,
    const void *head, size_t len);

/* Unpack memory, which has to stay. */
GP_MUSTUSE enum unpack_err unpack_open_mem(struct unpack **u, const void *p,
    size_t len);

/* Returns how many bytes there are, 0 at the end, or an unpack_err. */
GP_MUSTUSE ssize_t unpack_read(struct unpack *u, void *p, size_t len);

void unpack_close(struct unpack *u); /* NULL is fine */

#endif
