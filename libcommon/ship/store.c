#include "ship/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

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

int
store_commit(struct store *s, const char *host, bool partial,
    struct timespec now)
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

int
store_trim(struct store *s, struct bound_sum *removed)
{
	struct bound_sum have;
	int rc, err;

	*removed = (struct bound_sum){ 0 };
	/* One at a time, or two would each remove for both. */
	if (flock(s->dirfd, LOCK_EX) != 0)
		return -1;
	rc = bound_measure(s->dirfd, &store_shape, &have);
	if (rc == 0)
		rc = bound_trim(s->dirfd, &store_shape, s->max, 1, &have,
		    removed);
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
