/*
 * opener.h - find and open other people's files, in a process that may hang.
 *
 * A path of a stranger's may lead into a file system that a process of his
 * serves (FUSE), or to a server that is gone. To look up a name there, or to ask
 * for a file's size, may then take for ever, and kill(2) may not help. So this is
 * done by a worker (jail.h) which keeps its privileges, and is given up if it
 * does not come back: OPENER_EHANG. What led there is not tried again: it is
 * told by the caller's key.
 *
 * What the kernel has in memory of a path cannot take long. So where that is enough
 * to know that nothing is there, or that a file of a disk's own file system is, no
 * worker is asked.
 *
 * Only regular files are opened. One that lies in FUSE is not: an O_PATH
 * descriptor comes, which may be kept and closed without danger, but must not be
 * asked anything; slow says so (see jail_request.reopen).
 */
#ifndef GP_SYMBOLIZE_OPENER_H
#define GP_SYMBOLIZE_OPENER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/attr.h"
#include "base/intern.h"
#include "jail.h"
#include "proc/proc.h"

enum {
	OPENER_PATHS_MAX = 8,
	OPENER_DISKS_MAX = 16,
	OPENER_EHANG = -16, /* beside proc_err */
};

struct opener {
	struct jail jail;
	struct intern hung; /* keys */
	dev_t disk[OPENER_DISKS_MAX]; /* whose files are opened at once */
	unsigned disks;
};

struct opened {
	int fd;     /* the caller's, or an error: proc_err, OPENER_EHANG */
	bool slow;  /* an O_PATH one */
	unsigned n; /* which path it was */
	struct stat st;
};

void opener_init(struct opener *o);

/*
 * Open the first regular file of several paths below the root of a process.
 *
 * key: names what may be slow, by text: it is not asked again once it hung.
 * Returns out->fd.
 */
int opener_open(struct opener *o, const struct proc *p, const char *key,
    const char *const *path, unsigned n, struct opened *out);

/* The same for one path whose last part must not be a link. */
int opener_open_nofollow(struct opener *o, const struct proc *p,
    const char *key, const char *path, struct opened *out);

/* The same for what is mapped from start to end. */
int opener_open_map(struct opener *o, const struct proc *p, const char *key,
    uint64_t start, uint64_t end, struct opened *out);

void opener_free(struct opener *o);

#endif
