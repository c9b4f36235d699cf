/*
 * bundle.h - the two compressed forms in which a profile is kept and shipped.
 *
 * In the directory, a profile is one gzip file of folded text. To a server goes
 * a bundle, a gzipped tar archive of two members:
 *
 *	meta.json       what a server needs before it reads on: gp-bundle(5)
 *	profile.folded  the profile, line for line as it was read
 *
 * Both are written as a stream to a descriptor, at the cost of one compressor's
 * state whatever the profile's size. The bytes depend on nothing but the input:
 * no clock, no user, no file name.
 *
 * Functions return 0 or -1 with errno set.
 */
#ifndef GP_BUNDLE_H
#define GP_BUNDLE_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/attr.h"
#include "base/buf.h"

/* The names inside a bundle. */
#define BUNDLE_META "meta.json"
#define BUNDLE_PROFILE "profile.folded"

/* A gzip stream into a descriptor, which stays the caller's. gz_close() ends the
 * stream and frees it, also when it fails. */
struct gz;
GP_MUSTUSE struct gz *gz_open(int fd);
GP_MUSTUSE int gz_write(struct gz *g, const void *p, size_t len);
GP_MUSTUSE int gz_close(struct gz *g);

/*
 * Write a bundle to fd.
 *
 * meta: the text of meta.json. profile: a regular file, read from its start;
 * exactly size bytes of it are taken, and EIO says that there were fewer.
 * mtime: the time both members carry.
 */
GP_MUSTUSE int bundle_write(int fd, const struct buf *meta, int profile,
    uint64_t size, time_t mtime);

/*
 * Copy the profile out of a bundle.
 *
 * bundle: read from its start; it stays the caller's. out: written from where it
 * stands. EBADMSG says that it is no bundle.
 */
GP_MUSTUSE int bundle_unpack(int bundle, int out);

/* Add the text of its meta.json to out. */
enum { BUNDLE_META_MAX = 65536 };
GP_MUSTUSE int bundle_read_meta(int bundle, struct buf *out);

#endif
