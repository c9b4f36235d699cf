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
#include "base/parse.h"
#include "ship/stamp.h"

#define STEM "bundle"
#define SUFFIX ".tar.gz"
#define ANSWER ".answer"
#define REJECTED "rejected"
#define PATTERN "YMDTHms.iZ"

enum { FOLDER_MODE = 0750, FILE_MODE = 0640 };

bool
spool_parse_name(const char *name, char id[SPOOL_ID_MAX])
{
	size_t n = stamp_match(name, PATTERN "-");

	if (n == 0 || strspn(name + n, "0123456789abcdef") != SPOOL_ID_MAX - 1 ||
	    strcmp(name + n + SPOOL_ID_MAX - 1, SUFFIX) != 0)
		return false;
	if (id) {
		memcpy(id, name + n, SPOOL_ID_MAX - 1);
		id[SPOOL_ID_MAX - 1] = '\0';
	}
	return true;
}

static bool
is_no_folder(const char *name, int level)
{
	(void)name;
	(void)level;
	return false;
}

static bool
is_waiting(const char *name)
{
	return spool_parse_name(name, NULL);
}

/* A bundle, or the answer to one. */
static bool
is_rejected(const char *name)
{
	char bundle[SPOOL_NAME_MAX];
	size_t len = strlen(name), tail = strlen(ANSWER);

	if (len >= sizeof bundle + tail)
		return false;
	if (len > tail && strcmp(name + len - tail, ANSWER) == 0)
		len -= tail;
	if (len >= sizeof bundle)
		return false;
	memcpy(bundle, name, len);
	bundle[len] = '\0';
	return spool_parse_name(bundle, NULL);
}

static const struct bound_shape waiting = {
	.is_folder = is_no_folder,
	.is_file = is_waiting,
	.stem = "", /* the folder is all ours */
};

static const struct bound_shape rejected = {
	.is_folder = is_no_folder,
	.is_file = is_rejected,
	.stem = "", /* the folder is all ours */
};

/* PATH, made of the spool's own and up to three parts. */
static int
join(char out[4096], const struct spool *s, const char *a, const char *b,
    const char *c)
{
	int n = snprintf(out, 4096, "%s/%s%s%s", s->path, a, b, c);

	if (n >= 0 && n < 4096)
		return 0;
	errno = ENAMETOOLONG;
	return -1;
}

int
spool_open(struct spool *s, const char *path, struct bound_sum max)
{
	char aside[4096];

	*s = (struct spool){ .path = path, .max = max, .dirfd = -1,
		.lockfd = -1, .file.fd = -1 };
	if (join(aside, s, REJECTED, "", "") != 0 ||
	    file_mkdirs(aside, FOLDER_MODE) != 0)
		return -1;
	s->dirfd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return s->dirfd < 0 ? -1 : 0;
}

void
spool_close(struct spool *s)
{
	spool_abort(s);
	if (s->lockfd >= 0)
		close(s->lockfd);
	if (s->dirfd >= 0)
		close(s->dirfd);
	s->lockfd = s->dirfd = -1;
}

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

int
spool_begin(struct spool *s)
{
	char path[4096];

	if (join(path, s, STEM, "", "") != 0)
		return -1;
	return file_new(&s->file, path, FILE_MODE);
}

int
spool_scratch(const struct spool *s)
{
	char path[4096];
	int fd = openat(s->dirfd, ".", O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC,
	    0600);

	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR &&
	    errno != EINVAL))
		return fd;
	if (join(path, s, ".scratch.tmp.XXXXXX", "", "") != 0)
		return -1;
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		unlink(path);
	return fd;
}

static void
make_name(char name[SPOOL_NAME_MAX], const char *id, struct timespec now)
{
	char time[STAMP_MAX];

	stamp_format(time, PATTERN, now);
	snprintf(name, SPOOL_NAME_MAX, "%.20s-%.32s" SUFFIX, time, id);
}

int
spool_commit(struct spool *s, const char *id, struct timespec now)
{
	char name[SPOOL_NAME_MAX], path[4096];

	make_name(name, id, now);
	if (join(path, s, name, "", "") != 0)
		return -1;
	return file_new_commit_as(&s->file, path);
}

static int
write_answer(const struct spool *s, const char *name, const char *answer,
    size_t len)
{
	struct file_new f = { .fd = -1 };
	char path[4096];

	if (join(path, s, REJECTED "/", name, ANSWER) != 0)
		return -1;
	/* From an earlier attempt that was killed before it moved the bundle. */
	unlink(path);
	if (file_new(&f, path, FILE_MODE) == 0 &&
	    file_write_all(f.fd, answer, len) == 0 &&
	    file_new_commit_as(&f, path) == 0)
		return 0;
	file_new_abort(&f);
	return -1;
}

int
spool_commit_rejected(struct spool *s, const char *id, struct timespec now,
    const char *why)
{
	char name[SPOOL_NAME_MAX], path[4096];

	make_name(name, id, now);
	if (join(path, s, REJECTED "/", name, "") != 0 ||
	    write_answer(s, name, why, strlen(why)) != 0)
		return -1;
	return file_new_commit_as(&s->file, path);
}

void
spool_abort(struct spool *s)
{
	if (s->file.fd >= 0 || s->file.tmp[0])
		file_new_abort(&s->file);
}

int
spool_list(const struct spool *s, struct bound_names *out)
{
	return bound_list(s->dirfd, &waiting, 0, out);
}

int
spool_read(const struct spool *s, const char *name, uint64_t *size)
{
	int fd = openat(s->dirfd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		errno = EINVAL;
		return -1;
	}
	*size = (uint64_t)st.st_size;
	return fd;
}

int
spool_remove(const struct spool *s, const char *name)
{
	if (unlinkat(s->dirfd, name, 0) == 0 || errno == ENOENT)
		return 0;
	return -1;
}

int
spool_reject(const struct spool *s, const char *name, const char *answer,
    size_t len)
{
	char path[4096];

	if (join(path, s, REJECTED "/", name, "") != 0 ||
	    write_answer(s, name, answer, len) != 0)
		return -1;
	if (renameat(s->dirfd, name, AT_FDCWD, path) == 0 || errno == ENOENT)
		return 0;
	return -1;
}

/* Trim what was rejected by as much as both together are over the limit. */
static int
trim_rejected(int aside, struct bound_sum max, struct bound_sum have,
    struct bound_sum *old)
{
	struct bound_sum removed = { 0 };
	/* A limit of 0 would be none. */
	struct bound_sum rest = {
		.bytes = max.bytes > have.bytes ? max.bytes - have.bytes : 1,
		.files = max.files > have.files ? max.files - have.files : 1,
	};

	if (max.bytes == 0)
		rest.bytes = 0;
	if (max.files == 0)
		rest.files = 0;
	return bound_trim(aside, &rejected, rest, 0, old, &removed);
}

static int
trim(const struct spool *s, int aside, struct bound_sum *dropped)
{
	struct bound_sum have, old, max = s->max;

	if (bound_measure(s->dirfd, &waiting, &have) != 0 ||
	    bound_measure(aside, &rejected, &old) != 0 ||
	    trim_rejected(aside, max, have, &old) != 0)
		return -1;
	return bound_trim(s->dirfd, &waiting, max, 1, &have, dropped);
}

int
spool_trim(const struct spool *s, struct bound_sum *dropped)
{
	int aside, rc, err;

	*dropped = (struct bound_sum){ 0 };
	aside = openat(s->dirfd, REJECTED,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (aside < 0)
		return -1;
	/* Not the sender's lock: new bundles need not wait for a slow server. */
	rc = flock(aside, LOCK_EX);
	if (rc == 0)
		rc = trim(s, aside, dropped);
	err = errno;
	close(aside);
	errno = err;
	return rc;
}

int
spool_lock(struct spool *s)
{
	int fd, err;

	if (s->lockfd >= 0)
		return 0;
	fd = openat(s->dirfd, ".lock", O_RDWR | O_CREAT | O_NOFOLLOW |
	    O_CLOEXEC, FILE_MODE);
	if (fd < 0)
		return -1;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
		s->lockfd = fd;
		return 0;
	}
	err = errno;
	close(fd);
	errno = err;
	return -1;
}

void
spool_set_not_before(const struct spool *s, time_t t)
{
	struct file_new f = { .fd = -1 };
	char path[4096], text[32];
	int n = snprintf(text, sizeof text, "%lld\n", (long long)t);

	if (join(path, s, ".not-before", "", "") == 0 &&
	    file_new(&f, path, FILE_MODE) == 0 &&
	    file_write_all(f.fd, text, (size_t)n) == 0 &&
	    file_new_commit(&f) == 0)
		return;
	file_new_abort(&f);
}

time_t
spool_not_before(const struct spool *s, time_t now)
{
	struct buf b = { 0 };
	uint64_t t = 0;

	if (file_read_at(s->dirfd, ".not-before", &b, 32) != 0 || b.len == 0 ||
	    !parse_digits(b.s, strcspn(b.s, "\n"), &t))
		t = 0;
	buf_free(&b);
	return t <= (uint64_t)now + SPOOL_NOT_BEFORE_MAX ? (time_t)t : 0;
}
