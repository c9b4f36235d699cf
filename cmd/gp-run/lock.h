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

#include "base/attr.h"

struct lock {
	int fd;
	char path[4096];
};

/* Take the lock, without waiting. Returns 0; 1 if another process has it; -1
 * with errno. A symbolic link or a file of another user is an error. */
GP_MUSTUSE int lock_take(struct lock *l, const char *path);

/* Where the lock is by default: $RUNTIME_DIRECTORY (of a systemd service), /run
 * for root, $XDG_RUNTIME_DIR, else a name with the user id in /tmp. Not
 * /run/lock, where anybody may make the file first and keep root waiting. */
void lock_default_path(char *path, unsigned size);

/* Give it back and remove the file. */
void lock_done(struct lock *l);

#endif
