/*
 * lock.h - at most one cycle at a time.
 *
 * flock(2) on a file: the kernel gives the lock back when its holder dies, so
 * nothing goes stale. The file is removed at the end by whoever holds it (if it
 * is empty and ours, so that no other file is ever lost by a wrong --lock); who
 * waited for the removed one notices and starts again with the new.
 */
#ifndef GP_LOCK_H
#define GP_LOCK_H

#include <sys/types.h>

#include "base/attr.h"

struct lock {
	int fd;
	char path[4096];
};

/* Take the lock, without waiting. Returns 0; 1 if another process has it; -1
 * with errno. A symbolic link or a file of another user is an error. */
GP_MUSTUSE int lock_take(struct lock *l, const char *path);

/* Where the lock is by default: in $RUNTIME_DIRECTORY (of a systemd service), which
 * is /run/gp; in /run/gp where that can be made, so that there is one for a
 * machine; in $XDG_RUNTIME_DIR; else a name with the user id in /tmp. Not
 * /run/lock, where anybody may make the file first and keep root waiting. Valid
 * for ever. */
const char *lock_default_path(void);

/* Let another user take the default lock: to be called by root. */
void lock_give(uid_t uid, gid_t gid);

/* Give it back and remove the file. */
void lock_done(struct lock *l);

#endif
