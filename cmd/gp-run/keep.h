/*
 * keep.h - profiles that gp-upload failed to take, until it does.
 *
 * gp-upload has a spool of its own for what a server does not take. This is for
 * when gp-upload itself fails: the profile becomes a file in a folder, and the
 * next cycle hands it over again, oldest first. At most KEEP_FILES_MAX files;
 * the oldest goes when one more comes.
 *
 * Files are written whole or not at all, and named "20261124T104107.482Z-PID.folded"
 * by when the profile was complete, so that names sort by time. That time goes
 * with the profile, each time it is handed over: by it gp-upload knows one that it
 * had taken before it died.
 */
#ifndef GP_KEEP_H
#define GP_KEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/attr.h"

enum { KEEP_FILES_MAX = 60, KEEP_NAME_MAX = 64 };

/* The folder: dir, if not NULL; else $STATE_DIRECTORY, /var/lib/gp for root,
 * $XDG_STATE_HOME/gp or ~/.local/state/gp; and "unsent" in it. */
void keep_path(char *path, size_t size, const char *dir);

/* Put a copy of the file fd there, making the folder; done: when the profile was
 * complete. *removed: how many old ones had to go. Returns 0, or -1 with errno. */
GP_MUSTUSE int keep_add(const char *path, int fd, struct timespec done,
    size_t *removed);

/* The time in a name; false if there is none. */
GP_MUSTUSE bool keep_time(const char *name, struct timespec *done);

/* Open the oldest file whose name sorts behind after ("" for the very oldest).
 * Returns a descriptor and its name, or -1 if there is none. */
GP_MUSTUSE int keep_open(const char *path, const char *after,
    char name[KEEP_NAME_MAX]);

/* Remove one that has been sent, and the folder if it was the last. */
void keep_remove(const char *path, const char *name);

/* Copy the whole of a file to where out stands. Returns 0, or -1 with errno. */
GP_MUSTUSE int keep_copy(int out, int in);

#endif
