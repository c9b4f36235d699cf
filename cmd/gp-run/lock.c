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

#include "base/diag.h"

#define RUN_DIR "/run/gp"

const char *
lock_default_path(void)
{
	static char path[4096];
	const char *dir = getenv("RUNTIME_DIRECTORY");

	if (dir && dir[0] == '/' && !strchr(dir, ':'))
		snprintf(path, sizeof path, "%s/gp-run.lock", dir);
	else if ((mkdir(RUN_DIR, 0755) == 0 || errno == EEXIST) &&
	    access(RUN_DIR, W_OK) == 0)
		snprintf(path, sizeof path, RUN_DIR "/gp-run.lock");
	else if ((dir = getenv("XDG_RUNTIME_DIR")) != NULL && dir[0] == '/')
		snprintf(path, sizeof path, "%s/gp-run.lock", dir);
	else
		snprintf(path, sizeof path, "/tmp/gp-run-%u.lock",
		    (unsigned)geteuid());
	return path;
}

void
lock_give(uid_t uid, gid_t gid)
{
	int fd;

	if (mkdir(RUN_DIR, 0755) != 0 && errno != EEXIST)
		return;
	fd = open(RUN_DIR, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return;
	/* Whoever cannot write there uses another lock. */
	if (fchown(fd, uid, gid) != 0)
		diag_verbose(RUN_DIR ":");
	close(fd);
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
	/* /run/gp is a service's, and what is in it. */
	if (S_ISREG(st.st_mode) &&
	    (st.st_uid == geteuid() || geteuid() == 0))
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
