/*
 * trim.h - a spool within its bounds, in bytes and in entries.
 *
 * First goes what was rejected, by whomever, then what waits, the oldest each
 * time. The newest that waits stays, however large it is. An entry that goes is
 * lost for the targets that still had a mark on it, and for each
 * SPOOL/to/NAME/dropped counts one more.
 *
 * Bytes are those on disk. A bundle that waits for one target and was rejected by
 * another counts twice.
 *
 * Functions return 0 or -1 with errno set.
 */
#ifndef GP_TRIM_H
#define GP_TRIM_H

#include <stdint.h>

#include "base/attr.h"
#include "ship/spool.h"

/* dropped: called for each entry that goes and each target that waited for it.
 * May be NULL. */
GP_MUSTUSE int trim_spool(const struct spool *s,
    void (*dropped)(void *ctx, const char *entry, const char *target),
    void *ctx);

/* How many entries a target has lost so far; 0 if that cannot be read. dirfd:
 * its queue's folder. */
uint64_t trim_dropped(int dirfd);

/* What the entries that wait take, and what was rejected, by whomever. */
GP_MUSTUSE int trim_measure(const struct spool *s, struct bound_sum *waiting,
    struct bound_sum *rejected);

#endif
