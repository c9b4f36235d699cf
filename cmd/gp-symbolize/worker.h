/*
 * worker.h - the process that does the jobs of a jail (jail.h).
 *
 * It is forked, gives up all but what it needs (confine.h), and then answers one
 * request after the other until its socket ends. What jobs call (jail_put() and the
 * like) is declared in jail.h.
 */
#ifndef GP_SYMBOLIZE_WORKER_H
#define GP_SYMBOLIZE_WORKER_H

#include "base/attr.h"
#include "jail.h"

/* What goes through the socket: kinds of messages. */
enum worker_kind {
	ASK = 1, /* arg: job; its request; the file, if any */
	OPENED,  /* arg: 1, and the file; or 0 */
	HELLO,   /* arg: what is lacking in the jail */
	PUT,     /* a piece of the answer */
	OPEN,    /* arg: root; paths, with a NUL between them */
	SAY,     /* a message */
	DONE,    /* arg: status; the last piece; trusted workers: a file, if any */
};

/* Be one, and end with the process. path_fd: an O_PATH descriptor that is to be opened
 * for all requests, or -1. */
GP_NORETURN void worker_be(const struct jail *j, int sock, int path_fd,
    pid_t parent);

/* -- for the other side, too --------------------------------------------- */

/* Have the first that is there opened of paths that stand one behind the other, len
 * bytes with their NULs. */
GP_MUSTUSE int worker_open_first(const struct jail_request *r, unsigned root,
    const char *path, size_t len);

/* Open for reading what an O_PATH descriptor is of. */
GP_MUSTUSE int worker_open_again(int fd);

#endif
