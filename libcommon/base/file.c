#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

int
file_read_fd(int fd, struct buf *b, size_t max)
{
	size_t start = b->len, room;
	ssize_t n;

	for (;;) {
		room = 16384;
		if (b->cap - b->len > room + 1)
			room = b->cap - b->len - 1;
		buf_grow(b, room);
		n = read(fd, b->s + b->len, room);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		b->s[b->len + (size_t)n] = '\0';
		b->len += (size_t)n;
		if (n == 0)
			return 0;
		if (b->len - start > max) {
			errno = EFBIG;
			return -1;
		}
	}
}

int
file_read_at(int dirfd, const char *path, struct buf *b, size_t max)
{
	int fd, rc, err;

	fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	rc = file_read_fd(fd, b, max);
	err = errno;
	close(fd);
	errno = err;
	return rc;
}

int
file_write_all(int fd, const void *p, size_t len)
{
	const char *s = p;
	ssize_t n;

	while (len) {
		n = write(fd, s, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		s += n;
		len -= (size_t)n;
	}
	return 0;
}

ssize_t
file_pread(int fd, void *p, size_t len, off_t off)
{
	size_t got = 0;
	ssize_t n;

	while (got < len) {
		n = pread(fd, (char *)p + got, len - got, off + (off_t)got);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		got += (size_t)n;
	}
	return (ssize_t)got;
}

int
file_scratch(int dirfd, const char *stem)
{
	char name[256];
	int fd = openat(dirfd, ".", O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC,
	    0600);
	struct timespec t;

	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR &&
	    errno != EINVAL))
		return fd;
	clock_gettime(CLOCK_MONOTONIC, &t);
	snprintf(name, sizeof name, "%.200s.%d.%lx", stem, (int)getpid(),
	    (unsigned long)t.tv_nsec);
	fd = openat(dirfd, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW |
	    O_CLOEXEC, 0600);
	if (fd >= 0)
		unlinkat(dirfd, name, 0);
	return fd;
}

int
file_mkdirs(const char *path, mode_t mode)
{
	char part[4096];
	size_t len = strlen(path);
	struct stat st;

	if (len >= sizeof part) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(part, path, len + 1);
	for (size_t i = 1; i <= len; i++) {
		if (part[i] != '/' && part[i] != '\0')
			continue;
		part[i] = '\0';
		if (mkdir(part, mode) != 0 && errno != EEXIST)
			return -1;
		part[i] = path[i];
	}
	/* What exists need not be a folder. */
	if (stat(path, &st) != 0)
		return -1;
	if (!S_ISDIR(st.st_mode)) {
		errno = ENOTDIR;
		return -1;
	}
	return 0;
}

/* Split path into its folder (in dir, "." if none) and its name. */
static const char *
split_path(const char *path, char *dir, size_t size)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		snprintf(dir, size, ".");
	else if (slash == path)
		snprintf(dir, size, "/");
	else
		snprintf(dir, size, "%.*s", (int)(slash - path), path);
	return slash ? slash + 1 : path;
}

/* Set f->tmp to a name beside path that is free. */
static int
choose_tmp(struct file_new *f, const char *dir, const char *name)
{
	int n;

	/* A name may have NAME_MAX bytes itself. */
	n = snprintf(f->tmp, sizeof f->tmp, "%s/.%.200s.tmp.%d", dir, name,
	    (int)getpid());
	if (n < 0 || (size_t)n >= sizeof f->tmp) {
		f->tmp[0] = '\0';
		errno = ENAMETOOLONG;
		return -1;
	}
	/* What a killed process of the same number left, as in a container that
	 * numbers them from 1 each time. */
	unlink(f->tmp);
	return 0;
}

/* Set f->path: behind a symbolic link, the file that it leads to. */
static int
set_path(struct file_new *f, const char *path)
{
	struct stat st;
	char *real;
	size_t len;

	real = lstat(path, &st) == 0 && S_ISLNK(st.st_mode) ?
	    realpath(path, NULL) : NULL;
	if (real)
		path = real;
	len = strlen(path);
	if (len < sizeof f->path)
		memcpy(f->path, path, len + 1);
	free(real);
	if (len < sizeof f->path)
		return 0;
	errno = ENAMETOOLONG;
	return -1;
}

int
file_new(struct file_new *f, const char *path, mode_t mode)
{
	char dir[sizeof f->path];
	const char *name;
	struct stat st;

	f->fd = -1;
	f->tmp[0] = '\0';
	f->direct = false;
	if (set_path(f, path) != 0)
		return -1;
	name = split_path(f->path, dir, sizeof dir);
	if (stat(f->path, &st) == 0 && !S_ISREG(st.st_mode)) {
		/* Renaming over /dev/null would be the end of it. */
		f->direct = true;
		f->fd = open(f->path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
		return f->fd < 0 ? -1 : 0;
	}
	if (name[0] == '\0') {
		errno = EISDIR;
		return -1;
	}
	f->fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, mode);
	if (f->fd >= 0)
		return 0;
	if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)
		return -1;
	if (choose_tmp(f, dir, name) != 0)
		return -1;
	f->fd = open(f->tmp, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, mode);
	if (f->fd < 0)
		f->tmp[0] = '\0';
	return f->fd < 0 ? -1 : 0;
}

/* Link a nameless file; fails where the name exists. */
static int
link_fd(int fd, const char *path)
{
	char self[64];

	snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
	return linkat(AT_FDCWD, self, AT_FDCWD, path, AT_SYMLINK_FOLLOW);
}

static int
sync_folder_of(const char *path)
{
	char dir[4096];
	int fd, rc, err;

	split_path(path, dir, sizeof dir);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	/* Some file systems do not sync folders; the file is there all the same. */
	rc = fsync(fd) != 0 && errno != EINVAL ? -1 : 0;
	err = errno;
	close(fd);
	errno = err;
	return rc;
}

/* Give a nameless file a temporary name; linkat(2) cannot replace one. */
static int
give_name(struct file_new *f, const char *dir, const char *name)
{
	if (choose_tmp(f, dir, name) != 0)
		return -1;
	if (link_fd(f->fd, f->tmp) == 0)
		return 0;
	f->tmp[0] = '\0';
	return -1;
}

int
file_new_replace(struct file_new *f)
{
	char dir[sizeof f->path];
	const char *name = split_path(f->path, dir, sizeof dir);
	int rc;

	if (!f->direct && !f->tmp[0] && give_name(f, dir, name) != 0)
		return -1;
	rc = close(f->fd);
	f->fd = -1;
	if (f->direct || rc != 0)
		return rc;
	if (rename(f->tmp, f->path) != 0)
		return -1;
	f->tmp[0] = '\0';
	return 0;
}

int
file_new_commit(struct file_new *f)
{
	if (!f->direct && fsync(f->fd) != 0)
		return -1;
	if (file_new_replace(f) != 0)
		return -1;
	return f->direct ? 0 : sync_folder_of(f->path);
}

int
file_new_commit_as(struct file_new *f, const char *path)
{
	int rc;

	if (fsync(f->fd) != 0)
		return -1;
	if (!f->tmp[0]) {
		if (link_fd(f->fd, path) != 0)
			return -1;
	} else {
		if (link(f->tmp, path) != 0)
			return -1;
		unlink(f->tmp);
		f->tmp[0] = '\0';
	}
	rc = close(f->fd);
	f->fd = -1;
	return rc == 0 ? sync_folder_of(path) : -1;
}

void
file_new_abort(struct file_new *f)
{
	int err = errno;

	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
	if (f->tmp[0])
		unlink(f->tmp);
	f->tmp[0] = '\0';
	errno = err;
}

void
file_new_tidy(const char *path)
{
	char dir[sizeof ((struct file_new *)0)->path], stem[256];
	const char *name = split_path(path, dir, sizeof dir);
	int err = errno, n;
	DIR *d = opendir(dir);
	struct dirent *e;

	n = snprintf(stem, sizeof stem, ".%.200s.tmp.", name);
	while (d && (e = readdir(d)))
		if (strncmp(e->d_name, stem, (size_t)n) == 0)
			unlinkat(dirfd(d), e->d_name, 0);
	if (d)
		closedir(d);
	errno = err;
}

void
file_prepare_std(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		/* The wrong mode: to use what was closed stays an error. */
		int mode = fd == STDIN_FILENO ? O_WRONLY : O_RDONLY;

		/* The lowest free number is the one that is missing. */
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
		    open("/dev/null", mode) < 0)
			return;
	}
}

int
file_close_stdout(void)
{
	int bad = ferror(stdout);

	if (fclose(stdout) != 0)
		return -1;
	if (bad)
		errno = EIO;
	return bad ? -1 : 0;
}
