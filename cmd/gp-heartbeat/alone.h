/*
 * alone.h - one of a kind at a time: polls, and workers.
 */
#ifndef GP_HEARTBEAT_ALONE_H
#define GP_HEARTBEAT_ALONE_H

#include "base/attr.h"

/* A descriptor that holds the lock of a name in the folder dir, which is there, until
 * it is closed; -1 if another process holds it. A lock that cannot be made ends the
 * program. */
GP_MUSTUSE int alone_lock(const char *dir, const char *name);

#endif
