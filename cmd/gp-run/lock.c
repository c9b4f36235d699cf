#include "lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

void
lock_default_path(char *path, unsigned size)
{
	const char *dir = getenv("RUNTIME_DIRECTORY");

	if (dir && dir[0] == '/' && !strchr(dir, ':'))
		snprintf(path, size, "%s/gp-run.lock", dir);
	else if (geteuid() == 0)
		snprintf(path, size, "/run/gp-run.lock");
	else if ((dir = getenv("XDG_RUNTIME_DIR")) != NULL && dir[0] == '/')
		snprintf(path, size, "%s/gp-run.lock", dir);
	else
		snprintf(path, size, "/tmp/gp-run-%u.lock",
		    (unsigned)geteuid());
}

/* True if path still names the file that fd is. */
static bool
is_current(int fd, const char *path, struct stat *st)
{
	struct stat named;

	return fstat(fd, st) == 0 && lstat(path, &named) == 0 &&
	    st->st_dev == named.st_dev && st->st_ino == named.st_ino;
}

int
lock_take(struct lock *l, const char *path)
{
	struct stat st;

	if (strlen(path) >= sizeof l->path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(l->path, path, strlen(path) + 1);
	for (;;) {
		l->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW |
		    O_NONBLOCK, 0600);
		if (l->fd < 0)
			return -1;
		if (flock(l->fd, LOCK_EX | LOCK_NB) < 0) {
			int err = errno;

			close(l->fd);
			l->fd = -1;
			errno = err;
			return err == EWOULDBLOCK ? 1 : -1;
		}
		if (is_current(l->fd, path, &st))
			break;
		close(l->fd); /* its holder has just removed it */
	}
	if (S_ISREG(st.st_mode) && st.st_uid == geteuid())
		return 0;
	close(l->fd);
	l->fd = -1;
	errno = EPERM;
	return -1;
}

void
lock_done(struct lock *l)
{
	struct stat st;

	if (l->fd < 0)
		return;
	if (is_current(l->fd, l->path, &st) && st.st_size == 0)
		unlink(l->path);
	close(l->fd);
	l->fd = -1;
}
