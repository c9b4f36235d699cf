/*
 * delivery.h - from a folded file to gp-upload, and what becomes of it.
 *
 * The profile is in the journal before gp-upload is started, and leaves it when
 * gp-upload has answered for it: it is sent, in its spool, refused for good, or
 * set aside as broken. Anything else, a crash above all, leaves it for the next
 * cycle.
 */
#ifndef GP_DELIVERY_H
#define GP_DELIVERY_H

#include <stdbool.h>
#include <time.h>

#include "base/attr.h"
#include "crew.h"

/* Deliver the file fd, a profile that was complete at that time, and forget its
 * recording, of that stem. Returns the exit status that this deserves. *kept: false
 * if nothing has the profile but fd, which stays. */
GP_MUSTUSE int delivery_send(struct crew *c, const char *recording,
    struct timespec end, int fd, bool *kept);

/* Deliver what earlier cycles left, the oldest first, until one is not taken or
 * a deadline's time is over. */
void delivery_send_kept(struct crew *c);

#endif
