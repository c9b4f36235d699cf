#include "proc/proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/file.h"
#include "base/grow.h"
#include "base/parse.h"
#include "proc/procstat.h"

int
proc_err_from_errno(int err)
{
	switch (err) {
	case 0:
		return PROC_OK;
	case ENOENT:
	case ESRCH:
	case ENOTDIR:
		return PROC_EGONE;
	case EACCES:
	case EPERM:
		return PROC_EDENIED;
	default:
		return PROC_ESYS;
	}
}

const char *
proc_strerror(int err)
{
	switch (err) {
	case PROC_OK:
		return "no error";
	case PROC_EGONE:
		return "process is gone";
	case PROC_EDENIED:
		return "permission denied";
	case PROC_EPARSE:
		return "not understood";
	default:
		return strerror(errno);
	}
}

int
proc_open(struct proc *p, const char *root, uint32_t pid)
{
	char path[4096];
	int n;

	p->pid = pid;
	p->dir = -1;
	n = snprintf(path, sizeof path, "%s/%" PRIu32, root ? root : "/proc",
	    pid);
	if (n < 0 || (size_t)n >= sizeof path) {
		errno = ENAMETOOLONG;
		return PROC_ESYS;
	}
	p->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return p->dir < 0 ? proc_err_from_errno(errno) : PROC_OK;
}

void
proc_done(struct proc *p)
{
	if (p->dir >= 0)
		close(p->dir);
	p->dir = -1;
}

int
proc_read_file(const struct proc *p, const char *name, struct buf *b)
{
	if (file_read_at(p->dir, name, b, PROC_FILE_MAX) != 0)
		return proc_err_from_errno(errno);
	return PROC_OK;
}

/* Read a file that is small by nature into s; its length, or a proc_err. */
static ssize_t
read_small(const struct proc *p, const char *name, char *s, size_t size)
{
	ssize_t n;
	int fd, err;

	fd = openat(p->dir, name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return proc_err_from_errno(errno);
	do
		n = read(fd, s, size);
	while (n < 0 && errno == EINTR);
	err = n < 0 ? errno : 0;
	close(fd);
	errno = err;
	return n < 0 ? proc_err_from_errno(err) : n;
}

int
proc_read_stat(const struct proc *p, struct proc_stat *out)
{
	char s[1024];
	ssize_t n;

	n = read_small(p, "stat", s, sizeof s);
	if (n < 0)
		return (int)n;
	return procstat_parse(s, (size_t)n, out) ? PROC_OK : PROC_EPARSE;
}

int
proc_read_status(const struct proc *p, struct proc_status *out)
{
	char s[8192];
	struct buf b = { 0 };
	ssize_t n;
	int rc;
	bool good;

	n = read_small(p, "status", s, sizeof s);
	if (n < 0)
		return (int)n;
	if ((size_t)n < sizeof s)
		return procstat_parse_status(s, (size_t)n, out) ? PROC_OK :
		    PROC_EPARSE;
	/* Thousands of supplementary groups stand before NSpid. */
	rc = proc_read_file(p, "status", &b);
	good = rc == PROC_OK && procstat_parse_status(b.s, b.len, out);
	buf_free(&b);
	return rc != PROC_OK ? rc : good ? PROC_OK : PROC_EPARSE;
}

int
proc_read_exe(const struct proc *p, struct buf *b, bool *deleted)
{
	static const char mark[] = " (deleted)";
	enum { MARK = sizeof mark - 1, PATH_BYTES = 4096 + MARK };
	ssize_t n;

	buf_grow(b, PATH_BYTES);
	n = readlinkat(p->dir, "exe", b->s + b->len, PATH_BYTES);
	if (n < 0)
		return proc_err_from_errno(errno);
	if (deleted)
		*deleted = false;
	if (n > MARK && memcmp(b->s + b->len + n - MARK, mark, MARK) == 0) {
		n -= MARK;
		if (deleted)
			*deleted = true;
	}
	b->len += (size_t)n;
	b->s[b->len] = '\0';
	return PROC_OK;
}

int
proc_follow_thread(struct proc *p)
{
	char name[64];
	struct dirent *e;
	struct stat st;
	uint64_t tid;
	DIR *d;
	int fd;

	fd = openat(p->dir, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return proc_err_from_errno(errno);
	d = fdopendir(fd);
	if (!d) {
		close(fd);
		return PROC_ESYS;
	}
	fd = -1;
	while (fd < 0 && (e = readdir(d))) {
		if (!parse_u64(e->d_name, &tid) || tid == p->pid ||
		    tid > UINT32_MAX)
			continue;
		snprintf(name, sizeof name, "%" PRIu64, tid);
		fd = openat(dirfd(d), name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		/* The link cannot be read of a thread that is exiting. */
		if (fd >= 0 && fstatat(fd, "exe", &st, 0) != 0 &&
		    errno == ENOENT) {
			close(fd);
			fd = -1;
		}
	}
	closedir(d);
	if (fd < 0)
		return PROC_EGONE;
	close(p->dir);
	p->dir = fd;
	return PROC_OK;
}

/* Looking before opening: to open a tape rewinds it, to open a FIFO wakes its
 * writer. */
int
proc_reopen(int path_fd)
{
	char name[64];
	struct stat st;
	int fd, err;

	if (path_fd < 0)
		return path_fd;
	if (fstat(path_fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		close(path_fd);
		return PROC_EGONE;
	}
	snprintf(name, sizeof name, "/proc/self/fd/%d", path_fd);
	fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	err = errno;
	close(path_fd);
	errno = err;
	return fd < 0 ? proc_err_from_errno(err) : fd;
}

static int
find(const struct proc *p, const char *name)
{
	int fd = openat(p->dir, name, O_PATH | O_CLOEXEC);

	return fd < 0 ? proc_err_from_errno(errno) : fd;
}

int
proc_open_exe(const struct proc *p)
{
	return proc_reopen(find(p, "exe"));
}

int
proc_find_root(const struct proc *p)
{
	int fd = openat(p->dir, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? proc_err_from_errno(errno) : fd;
}

static int
find_below(int root, const char *path, uint64_t flags, uint64_t resolve)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC | flags,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | resolve,
	};
	int fd = (int)syscall(SYS_openat2, root, path, &how, sizeof how);

	return fd < 0 ? proc_err_from_errno(errno) : fd;
}

static int
find_below_root(const struct proc *p, const char *path, uint64_t flags)
{
	int root = proc_find_root(p), fd, err;

	if (root < 0)
		return root;
	fd = find_below(root, path, flags, 0);
	err = errno;
	close(root);
	errno = err;
	return fd;
}

int
proc_find_path(const struct proc *p, const char *path)
{
	return find_below_root(p, path, 0);
}

int
proc_find_known_path(int root, const char *path)
{
	return find_below(root, path, 0, RESOLVE_CACHED);
}

int
proc_find_path_nofollow(const struct proc *p, const char *path)
{
	/* A link is then found itself, and is no regular file. */
	return find_below_root(p, path, O_NOFOLLOW);
}

int
proc_find_map(const struct proc *p, uint64_t start, uint64_t end)
{
	char name[64];

	snprintf(name, sizeof name, "map_files/%" PRIx64 "-%" PRIx64, start,
	    end);
	return find(p, name);
}

int
proc_open_path(const struct proc *p, const char *path)
{
	return proc_reopen(proc_find_path(p, path));
}

int
proc_open_path_nofollow(const struct proc *p, const char *path)
{
	return proc_reopen(proc_find_path_nofollow(p, path));
}

int
proc_open_folder(const struct proc *p, const char *path)
{
	int path_fd = proc_find_path(p, path), fd, err;

	if (path_fd < 0)
		return path_fd;
	fd = openat(path_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	err = errno;
	close(path_fd);
	errno = err;
	return fd < 0 ? proc_err_from_errno(err) : fd;
}

int
proc_open_map(const struct proc *p, uint64_t start, uint64_t end,
    const char *path)
{
	int fd = proc_reopen(proc_find_map(p, start, end));

	if (fd >= 0 || !path || path[0] != '/')
		return fd;
	return proc_open_path(p, path);
}

uint64_t
proc_ticks_per_second(void)
{
	long hz = sysconf(_SC_CLK_TCK);

	return hz > 0 ? (uint64_t)hz : 100;
}

/* "8291.04 15983.22\n": seconds since boot, with hundredths. */
int
proc_uptime(const char *root, uint64_t *ticks)
{
	struct buf path = { 0 }, text = { 0 };
	uint64_t whole = 0, part = 0, hz = proc_ticks_per_second();
	const char *s, *dot;
	int rc = PROC_OK;

	buf_addf(&path, "%s/uptime", root ? root : "/proc");
	if (file_read_at(AT_FDCWD, path.s, &text, 4096) != 0) {
		rc = proc_err_from_errno(errno);
		goto out;
	}
	s = buf_str(&text);
	dot = memchr(s, '.', text.len);
	if (!dot || s + text.len - dot < 3 ||
	    !parse_digits(s, (size_t)(dot - s), &whole) ||
	    !parse_digits(dot + 1, 2, &part) || whole > UINT64_MAX / 1000 / hz)
		rc = PROC_EPARSE;
	else
		*ticks = whole * hz + part * hz / 100;
out:
	buf_free(&path);
	buf_free(&text);
	return rc;
}

static int
compare_pids(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

int
proc_list(const char *root, uint32_t **pids, size_t *n)
{
	size_t cap = 0;
	struct dirent *e;
	uint64_t pid;
	DIR *d;

	*pids = NULL;
	*n = 0;
	d = opendir(root ? root : "/proc");
	if (!d)
		return proc_err_from_errno(errno);
	while ((e = readdir(d))) {
		if (!parse_u64(e->d_name, &pid) || pid == 0 ||
		    pid > PARSE_PID_MAX)
			continue;
		*pids = grow_for(*pids, *n, &cap, sizeof **pids);
		(*pids)[(*n)++] = (uint32_t)pid;
	}
	closedir(d);
	if (*n)
		qsort(*pids, *n, sizeof **pids, compare_pids);
	return PROC_OK;
}
