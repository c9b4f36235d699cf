#include "ship/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "ship/entry.h"
#include "ship/stamp.h"

#define NEW ".new-"
#define GONE ".gone-"
#define FINISHED "finished"
#define FINISHED_TMP "." FINISHED "."
#define BUNDLE_SUFFIX ".tar.gz"
#define PATTERN "YMDTHms.iZ"

enum { FOLDER_MODE = 0750, FILE_MODE = 0640 };

bool
spool_parse_name(const char *name, char id[SPOOL_ID_MAX],
    struct timespec *time)
{
	size_t n = stamp_match(name, PATTERN "-");

	if (n == 0 || strspn(name + n, "0123456789abcdef") != SPOOL_ID_MAX - 1 ||
	    name[n + SPOOL_ID_MAX - 1] != '\0')
		return false;
	if (id)
		memcpy(id, name + n, SPOOL_ID_MAX);
	if (time)
		*time = stamp_read(name, PATTERN);
	return true;
}

static bool
is_entry(const char *name, int level)
{
	(void)level;
	return spool_parse_name(name, NULL, NULL);
}

static bool
is_left_over(const char *name)
{
	return strncmp(name, NEW, strlen(NEW)) == 0 ||
	    strncmp(name, GONE, strlen(GONE)) == 0 ||
	    strncmp(name, FINISHED_TMP, strlen(FINISHED_TMP)) == 0;
}

static const struct bound_shape entries = {
	.levels = 1, .is_folder = is_entry,
};
static const struct bound_shape left_overs = { .is_file = is_left_over };

/* -- the lock of moments ---------------------------------------------------- */

int
spool_lock(const struct spool *s)
{
	int rc;

	do
		rc = flock(s->dirfd, LOCK_EX);
	while (rc != 0 && errno == EINTR);
	return rc;
}

void
spool_unlock(const struct spool *s)
{
	int err = errno;

	flock(s->dirfd, LOCK_UN);
	errno = err;
}

/* -- ids that have left ----------------------------------------------------- */

enum {
	ID_LINE = SPOOL_ID_MAX, /* an id and a newline */
	FINISHED_KEEP = SPOOL_FINISHED_MAX * ID_LINE,
	FINISHED_LONG = 2 * FINISHED_KEEP,
};

/* Only the newest stay, once there are twice as many. Under the lock. */
static void
shorten_finished(const struct spool *s, const struct buf *b)
{
	struct file_new f = { .fd = -1 };
	char path[4096];

	if (b->len < FINISHED_LONG ||
	    (size_t)snprintf(path, sizeof path, "%s/" FINISHED, s->path) >=
	    sizeof path)
		return;
	if (file_new(&f, path, FILE_MODE) != 0 ||
	    file_write_all(f.fd, b->s + b->len - FINISHED_KEEP,
	    FINISHED_KEEP) != 0 || file_new_replace(&f) != 0)
		file_new_abort(&f);
}

/* The end of it, up to FINISHED_LONG: a process that sends much makes it longer
 * before the next one clears up. */
static void
read_finished(const struct spool *s, struct buf *b)
{
	int fd = openat(s->dirfd, FINISHED, O_RDONLY | O_CLOEXEC);
	struct stat st;
	ssize_t n = -1;

	if (fd < 0)
		return;
	buf_grow(b, FINISHED_LONG);
	if (fstat(fd, &st) == 0)
		n = file_pread(fd, b->s, FINISHED_LONG,
		    st.st_size > FINISHED_LONG ? st.st_size - FINISHED_LONG : 0);
	b->len = n > 0 ? (size_t)n : 0;
	b->s[b->len] = '\0';
	close(fd);
}

/* On a full disk it is forgotten: what is removed next makes room. */
static void
add_finished(const struct spool *s, const char *id)
{
	char line[ID_LINE + 1];
	int fd = openat(s->dirfd, FINISHED, O_WRONLY | O_CREAT | O_APPEND |
	    O_NOFOLLOW | O_CLOEXEC, FILE_MODE);

	if (fd < 0)
		return;
	snprintf(line, sizeof line, "%.32s\n", id);
	if (write(fd, line, ID_LINE) != ID_LINE)
		unlinkat(s->dirfd, FINISHED, 0);
	close(fd);
}

/* Wherever it stands: a crash may have left half a line before it. */
static bool
has_finished(const struct spool *s, const char *id)
{
	struct buf b = { 0 };
	char line[ID_LINE + 1];
	bool found;

	snprintf(line, sizeof line, "%.32s\n", id);
	read_finished(s, &b);
	found = b.len && memmem(b.s, b.len, line, ID_LINE);
	buf_free(&b);
	return found;
}

bool
spool_knows(const struct spool *s, const char *id)
{
	struct bound_names l = { 0 };
	char have[SPOOL_ID_MAX];
	bool found = false;

	if (spool_list(s, &l) == 0)
		for (size_t i = 0; !found && i < l.n; i++)
			found = spool_parse_name(l.name[i], have, NULL) &&
			    strcmp(have, id) == 0;
	bound_names_free(&l);
	return found || has_finished(s, id);
}

/* -- opening, clearing up --------------------------------------------------- */

int
spool_drop(const struct spool *s, const char *name)
{
	char id[SPOOL_ID_MAX];

	/* Known as finished before it can be missed. */
	if (spool_parse_name(name, id, NULL))
		add_finished(s, id);
	return entry_remove(s->dirfd, name);
}

/* An entry nobody waits for: a sender was killed before it could remove it. */
static int
remove_if_settled(const struct spool *s, const char *name)
{
	struct bound_names l = { 0 };
	int rc = entry_marks(s->dirfd, name, &l);
	bool waits = l.n > 0;

	bound_names_free(&l);
	if (rc != 0 || waits)
		return rc;
	if (faccessat(s->dirfd, name, F_OK, 0) != 0)
		return errno == ENOENT ? 0 : -1;
	return spool_drop(s, name);
}

static void
clear_left_over(const struct spool *s, const char *name)
{
	int fd;

	if (strncmp(name, FINISHED_TMP, strlen(FINISHED_TMP)) == 0) {
		unlinkat(s->dirfd, name, 0);
		return;
	}
	fd = openat(s->dirfd, name,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0) {
		/* A scratch file, which was to have no name. */
		unlinkat(s->dirfd, name, 0);
		return;
	}
	/* Whoever makes an entry holds the lock of its folder. */
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		entry_clear(s->dirfd, name);
	close(fd);
}

int
spool_clear_up(const struct spool *s)
{
	struct bound_names l = { 0 };
	struct buf finished = { 0 };
	int rc;

	if (spool_lock(s) != 0)
		return -1;
	rc = bound_list(s->dirfd, &left_overs, 0, &l);
	for (size_t i = 0; rc == 0 && i < l.n; i++)
		clear_left_over(s, l.name[i]);
	bound_names_free(&l);
	if (rc == 0)
		rc = spool_list(s, &l);
	for (size_t i = 0; rc == 0 && i < l.n; i++)
		rc = remove_if_settled(s, l.name[i]);
	bound_names_free(&l);
	read_finished(s, &finished);
	shorten_finished(s, &finished);
	buf_free(&finished);
	spool_unlock(s);
	return rc;
}

static int
make_folders(const char *path)
{
	static const char *const folders[] = { SPOOL_REJECTED, SPOOL_QUEUES };
	char folder[4096];

	for (size_t i = 0; i < GP_COUNT(folders); i++) {
		if ((size_t)snprintf(folder, sizeof folder, "%s/%s", path,
		    folders[i]) >= sizeof folder) {
			errno = ENAMETOOLONG;
			return -1;
		}
		if (file_mkdirs(folder, FOLDER_MODE) != 0)
			return -1;
	}
	return 0;
}

int
spool_open(struct spool *s, const char *path, struct bound_sum max)
{
	*s = (struct spool){ .path = path, .max = max, .dirfd = -1,
		.newfd = -1, .fd = -1 };
	if (make_folders(path) != 0)
		return -1;
	s->dirfd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return s->dirfd < 0 ? -1 : 0;
}

void
spool_close(struct spool *s)
{
	spool_abort(s);
	if (s->dirfd >= 0)
		close(s->dirfd);
	s->dirfd = -1;
}

/* -- making an entry -------------------------------------------------------- */

void
spool_new_id(char id[SPOOL_ID_MAX])
{
	unsigned char raw[(SPOOL_ID_MAX - 1) / 2];

	/* Fails for no request of this size once the kernel has booted. */
	if (getrandom(raw, sizeof raw, 0) != (ssize_t)sizeof raw)
		die(EX_OSERR, "cannot get random numbers:");
	for (size_t i = 0; i < sizeof raw; i++)
		snprintf(id + 2 * i, 3, "%02x", raw[i]);
}

/* Its folder, with the lock that says that its maker lives. Under the spool's
 * lock, or it could be cleared up in between. */
static int
make_new_folder(struct spool *s)
{
	char id[SPOOL_ID_MAX];

	spool_new_id(id);
	snprintf(s->new_name, sizeof s->new_name, NEW "%.16s", id);
	if (mkdirat(s->dirfd, s->new_name, FOLDER_MODE) != 0)
		return -1;
	s->newfd = openat(s->dirfd, s->new_name,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return s->newfd < 0 ? -1 : flock(s->newfd, LOCK_EX | LOCK_NB);
}

int
spool_begin(struct spool *s)
{
	int rc;

	if (spool_lock(s) != 0)
		return -1;
	rc = make_new_folder(s);
	spool_unlock(s);
	if (rc == 0)
		s->fd = openat(s->newfd, SPOOL_BUNDLE, O_RDWR | O_CREAT |
		    O_EXCL | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
	return rc == 0 && s->fd >= 0 ? 0 : -1;
}

static void
close_new(struct spool *s)
{
	if (s->fd >= 0)
		close(s->fd);
	if (s->newfd >= 0)
		close(s->newfd);
	s->fd = s->newfd = -1;
	s->new_name[0] = '\0';
}

void
spool_abort(struct spool *s)
{
	int err = errno;

	if (s->new_name[0])
		entry_clear(s->dirfd, s->new_name);
	close_new(s);
	errno = err;
}

static void
make_name(char name[SPOOL_NAME_MAX], const char *id, struct timespec now)
{
	char time[STAMP_MAX];

	stamp_format(time, PATTERN, now);
	snprintf(name, SPOOL_NAME_MAX, "%.20s-%.32s", time, id);
}

/* Some file systems do not sync folders; what is in them is there all the same. */
static int
sync_folder(int fd)
{
	return fsync(fd) != 0 && errno != EINVAL ? -1 : 0;
}

/* The moment at which it is there. Under the lock. */
static int
appear(struct spool *s, const char *id, struct timespec now)
{
	char name[SPOOL_NAME_MAX];

	if (spool_knows(s, id)) {
		errno = EEXIST;
		return -1;
	}
	make_name(name, id, now);
	if (renameat(s->dirfd, s->new_name, s->dirfd, name) != 0)
		return -1;
	/* From here on it is not ours to abort. */
	s->new_name[0] = '\0';
	return sync_folder(s->dirfd);
}

int
spool_commit(struct spool *s, const char *id, struct timespec now,
    const char *const *targets, size_t n)
{
	int rc;

	if (fsync(s->fd) != 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (entry_add_mark(s->newfd, targets[i]) != 0)
			return -1;
	if (sync_folder(s->newfd) != 0 || spool_lock(s) != 0)
		return -1;
	rc = appear(s, id, now);
	spool_unlock(s);
	if (rc == 0)
		close_new(s);
	return rc;
}

int
spool_commit_rejected(struct spool *s, const char *id, struct timespec now,
    const char *why)
{
	char name[SPOOL_NAME_MAX], path[2 * SPOOL_NAME_MAX];
	char old[2 * SPOOL_NAME_MAX];
	int fd, rc;

	if (fsync(s->fd) != 0)
		return -1;
	make_name(name, id, now);
	snprintf(path, sizeof path, SPOOL_REJECTED "/%s" BUNDLE_SUFFIX
	    SPOOL_ANSWER, name);
	fd = openat(s->dirfd, path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW |
	    O_CLOEXEC, FILE_MODE);
	if (fd < 0)
		return -1;
	rc = file_write_all(fd, why, strlen(why));
	close(fd);
	path[strlen(path) - strlen(SPOOL_ANSWER)] = '\0';
	snprintf(old, sizeof old, "%s/" SPOOL_BUNDLE, s->new_name);
	if (rc != 0 || renameat(s->dirfd, old, s->dirfd, path) != 0)
		return -1;
	spool_abort(s);
	fd = openat(s->dirfd, SPOOL_REJECTED, O_RDONLY | O_DIRECTORY |
	    O_CLOEXEC);
	rc = fd < 0 ? -1 : sync_folder(fd);
	if (fd >= 0)
		close(fd);
	return rc;
}

int
spool_scratch(const struct spool *s)
{
	return file_scratch(s->dirfd, NEW "scratch");
}

int
spool_list(const struct spool *s, struct bound_names *out)
{
	return bound_list(s->dirfd, &entries, 0, out);
}

/* -- ends ------------------------------------------------------------------- */

int
spool_settle(const struct spool *s, const char *name)
{
	int rc;

	if (spool_lock(s) != 0)
		return -1;
	rc = remove_if_settled(s, name);
	spool_unlock(s);
	return rc;
}

static int
put_back(struct spool *s, const char *name, const char *target, int dirfd,
    const char *bundle)
{
	int fd = openat(s->dirfd, name,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), rc;

	if (fd >= 0) {
		rc = entry_add_mark(fd, target);
		close(fd);
		return rc;
	}
	if (make_new_folder(s) != 0 ||
	    linkat(dirfd, bundle, s->newfd, SPOOL_BUNDLE, 0) != 0 ||
	    entry_add_mark(s->newfd, target) != 0 ||
	    sync_folder(s->newfd) != 0 ||
	    renameat(s->dirfd, s->new_name, s->dirfd, name) != 0)
		return -1;
	s->new_name[0] = '\0';
	return sync_folder(s->dirfd);
}

int
spool_put_back(struct spool *s, const char *name, const char *target,
    int bundle_dirfd, const char *bundle)
{
	int rc;

	if (spool_lock(s) != 0)
		return -1;
	rc = put_back(s, name, target, bundle_dirfd, bundle);
	spool_abort(s);
	spool_unlock(s);
	return rc;
}
