#include "ship/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/parse.h"
#include "ship/stamp.h"

#define STEM "profile"
#define SUFFIX ".folded.gz"

/* Profiles hold the names of other people's code. */
enum { FOLDER_MODE = 0750, FILE_MODE = 0640 };

/* A folder can vanish under us, when another trims; and names can be taken. */
enum { TRIES = 1000 };

static bool
is_folder(const char *name, int level)
{
	size_t n = stamp_match(name, level == 0 ? "Y" : level == 1 ? "M" : "D");

	return n && name[n] == '\0';
}

static bool
is_file(const char *name)
{
	size_t n = stamp_match(name, "H-m-s.iZ-"), len = strlen(name);

	return n && len > n + strlen(SUFFIX) &&
	    strcmp(name + len - strlen(SUFFIX), SUFFIX) == 0;
}

const struct bound_shape store_shape = {
	.levels = 3,
	.is_folder = is_folder,
	.is_file = is_file,
	.stem = STEM,
};

int
store_open(struct store *s, const char *path, struct bound_sum max)
{
	*s = (struct store){ .path = path, .max = max, .dirfd = -1,
		.file.fd = -1 };
	if (file_mkdirs(path, FOLDER_MODE) != 0)
		return -1;
	s->dirfd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return s->dirfd < 0 ? -1 : 0;
}

int
store_begin(struct store *s)
{
	int n = snprintf(s->name, sizeof s->name, "%s/" STEM, s->path);

	if ((size_t)n >= sizeof s->name) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (file_new(&s->file, s->name, FILE_MODE) != 0)
		return -1;
	s->gz = gz_open(s->file.fd);
	if (s->gz)
		return 0;
	store_abort(s);
	return -1;
}

int
store_write(struct store *s, const void *p, size_t len)
{
	return gz_write(s->gz, p, len);
}

static int
sync_folder(int dirfd, const char *name)
{
	int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc, err;

	if (fd < 0)
		return -1;
	rc = fsync(fd);
	err = errno;
	close(fd);
	errno = err;
	return rc;
}

/* Make the folder of a day; one that is new is made durable in the one above. */
static int
make_day(const struct store *s, struct timespec now)
{
	static const char *const levels[] = { ".", "Y", "Y/M", "Y/M/D" };
	char above[STAMP_MAX], name[STAMP_MAX];

	for (size_t i = 1; i < GP_COUNT(levels); i++) {
		stamp_format(above, levels[i - 1], now);
		stamp_format(name, levels[i], now);
		if (mkdirat(s->dirfd, name, FOLDER_MODE) != 0) {
			if (errno != EEXIST)
				return -1;
		} else if (sync_folder(s->dirfd, above) != 0 &&
		    errno != ENOENT) {
			return -1;
		}
	}
	return 0;
}

static int
link_name(struct store *s, const char *host, bool partial, struct timespec now)
{
	char safe[STAMP_HOST_MAX], time[STAMP_MAX];
	int n;

	stamp_host(safe, host);
	stamp_format(time, "Y/M/D/H-m-s.iZ", now);
	n = snprintf(s->name, sizeof s->name, "%s/%s-%s%s" SUFFIX, s->path,
	    time, safe, partial ? ".partial" : "");
	if ((size_t)n >= sizeof s->name) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return file_new_commit_as(&s->file, s->name);
}

/* Whether the file of this name holds what we are about to store: equal profiles
 * make equal bytes. */
static bool
is_there(const struct store *s)
{
	char a[8192], b[sizeof a];
	int fd = open(s->name, O_RDONLY | O_CLOEXEC);
	off_t off = 0;
	ssize_t n, m;

	if (fd < 0)
		return false;
	do {
		n = file_pread(fd, a, sizeof a, off);
		m = file_pread(s->file.fd, b, sizeof b, off);
		off += n;
	} while (n > 0 && n == m && memcmp(a, b, (size_t)n) == 0);
	close(fd);
	return n == 0 && m == 0;
}

int
store_commit(struct store *s, const char *host, bool partial,
    struct timespec now, bool again)
{
	struct gz *gz = s->gz;

	s->gz = NULL;
	if (gz_close(gz) != 0)
		return -1;
	for (int i = 0; i < TRIES; i++) {
		if (make_day(s, now) != 0)
			return -1;
		if (link_name(s, host, partial, now) == 0)
			return 0;
		if (errno == EEXIST && again && is_there(s)) {
			store_abort(s);
			return 0;
		}
		if (errno == EEXIST)
			now = stamp_next(now);
		else if (errno != ENOENT)
			return -1;
	}
	return -1;
}

void
store_abort(struct store *s)
{
	int err = errno;

	if (s->gz && gz_close(s->gz) != 0)
		errno = err; /* whatever it was going to say: it goes */
	s->gz = NULL;
	if (s->file.fd >= 0 || s->file.tmp[0])
		file_new_abort(&s->file);
	errno = err;
}

/* The sums as of the last run. "bytes files time-of-counting", of fixed width, so
 * that it can be overwritten in place: half of one does not parse, or is too
 * small by a file, which lasts a day at most. */
#define USAGE ".usage"
enum { USAGE_LEN = 3 * 21, USAGE_AGE_MAX = 86400 };

static bool
read_usage(const struct store *s, struct bound_sum *have, time_t *counted)
{
	struct buf b = { 0 };
	uint64_t t = 0, now = (uint64_t)time(NULL);
	bool good;

	good = file_read_at(s->dirfd, USAGE, &b, USAGE_LEN) == 0 &&
	    b.len == USAGE_LEN && parse_digits(b.s, 20, &have->bytes) &&
	    parse_digits(b.s + 21, 20, &have->files) &&
	    parse_digits(b.s + 42, 20, &t) &&
	    t <= now && now - t < USAGE_AGE_MAX;
	buf_free(&b);
	*counted = (time_t)t;
	return good;
}

/* What cannot be written is counted anew next time. */
static void
write_usage(const struct store *s, struct bound_sum have, time_t counted)
{
	char text[USAGE_LEN + 1];
	int fd = openat(s->dirfd, USAGE, O_WRONLY | O_CREAT | O_NOFOLLOW |
	    O_CLOEXEC, FILE_MODE);

	if (fd < 0)
		return;
	snprintf(text, sizeof text, "%020llu %020llu %020lld\n",
	    (unsigned long long)have.bytes, (unsigned long long)have.files,
	    (long long)counted);
	if (pwrite(fd, text, USAGE_LEN, 0) != USAGE_LEN)
		unlinkat(s->dirfd, USAGE, 0);
	close(fd);
}

static int
trim(const struct store *s, struct bound_sum *removed)
{
	struct bound_sum have, max = s->max;
	time_t counted;

	if (read_usage(s, &have, &counted) &&
	    bound_add_file(AT_FDCWD, s->name, &have) == 0 &&
	    !bound_is_over(have, max)) {
		write_usage(s, have, counted);
		return 0;
	}
	counted = time(NULL);
	if (bound_measure(s->dirfd, &store_shape, &have) != 0)
		return -1;
	if (bound_is_over(have, max)) {
		max.bytes -= max.bytes / 50;
		max.files -= max.files / 50;
		if (bound_trim(s->dirfd, &store_shape, max, 1, &have,
		    removed) != 0)
			return -1;
	}
	write_usage(s, have, counted);
	return 0;
}

int
store_trim(struct store *s, struct bound_sum *removed)
{
	int rc, err;

	*removed = (struct bound_sum){ 0 };
	/* One at a time, or two would each remove for both. */
	if (flock(s->dirfd, LOCK_EX) != 0)
		return -1;
	rc = trim(s, removed);
	err = errno;
	flock(s->dirfd, LOCK_UN);
	errno = err;
	return rc;
}

void
store_close(struct store *s)
{
	store_abort(s);
	if (s->dirfd >= 0)
		close(s->dirfd);
	s->dirfd = -1;
}
