#include "ship/queue.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "ship/entry.h"

#define SUFFIX ".tar.gz"
#define STATE "state"

enum { FOLDER_MODE = 0750, FILE_MODE = 0640, PATH_ROOM = 256 };

/* "ENTRY.tar.gz" or "ENTRY.tar.gz.answer": the entry's name, or false. */
static bool
parse_rejected(const char *name, char entry[SPOOL_NAME_MAX], bool *answer)
{
	size_t len = strlen(name), tail = strlen(SPOOL_ANSWER);

	*answer = len > tail && strcmp(name + len - tail, SPOOL_ANSWER) == 0;
	if (*answer)
		len -= tail;
	tail = strlen(SUFFIX);
	if (len <= tail || len - tail >= SPOOL_NAME_MAX ||
	    strncmp(name + len - tail, SUFFIX, tail) != 0)
		return false;
	memcpy(entry, name, len - tail);
	entry[len - tail] = '\0';
	return spool_parse_name(entry, NULL, NULL);
}

static bool
is_rejected(const char *name)
{
	char entry[SPOOL_NAME_MAX];
	bool answer;

	return parse_rejected(name, entry, &answer);
}

const struct bound_shape queue_rejected = { .is_file = is_rejected };

int
queue_open(struct queue *q, struct spool *s, const char *name)
{
	char path[PATH_ROOM];

	*q = (struct queue){ .spool = s, .name = name, .dirfd = -1 };
	snprintf(path, sizeof path, SPOOL_QUEUES "/%.48s", name);
	if (mkdirat(s->dirfd, path, FOLDER_MODE) != 0 && errno != EEXIST)
		return -1;
	q->dirfd = openat(s->dirfd, path,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (q->dirfd < 0)
		return -1;
	if (mkdirat(q->dirfd, SPOOL_REJECTED, FOLDER_MODE) != 0 &&
	    errno != EEXIST)
		return -1;
	return 0;
}

void
queue_close(struct queue *q)
{
	int err = errno;

	if (q->dirfd >= 0)
		close(q->dirfd);
	q->dirfd = -1;
	q->locked = false;
	errno = err;
}

int
queue_lock(struct queue *q)
{
	if (flock(q->dirfd, LOCK_EX | LOCK_NB) != 0)
		return -1;
	q->locked = true;
	state_read(&q->state, q->dirfd, STATE);
	return 0;
}

void
queue_save(const struct queue *q)
{
	if (q->locked)
		(void)state_write(&q->state, q->dirfd, STATE);
}

bool
queue_has(const struct queue *q, const char *entry, uint64_t *progress)
{
	return entry_has_mark(q->spool->dirfd, entry, q->name, progress);
}

uint64_t
queue_count(const struct queue *q)
{
	struct bound_names l = { 0 };
	uint64_t n = 0;

	if (spool_list(q->spool, &l) == 0)
		for (size_t i = 0; i < l.n; i++)
			n += queue_has(q, l.name[i], NULL);
	bound_names_free(&l);
	return n;
}

int
queue_read(const struct queue *q, const char *entry, uint64_t *size)
{
	char path[PATH_ROOM];
	struct stat st;
	int fd;

	snprintf(path, sizeof path, "%.63s/" SPOOL_BUNDLE, entry);
	fd = openat(q->spool->dirfd, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
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
queue_progress(const struct queue *q, const char *entry, uint64_t progress)
{
	return entry_set_progress(q->spool->dirfd, entry, q->name, progress);
}

int
queue_done(const struct queue *q, const char *entry)
{
	if (!entry_drop_mark(q->spool->dirfd, entry, q->name) &&
	    errno != ENOENT)
		return -1;
	return spool_settle(q->spool, entry);
}

static int
write_answer(const struct queue *q, const char *path, const char *answer,
    size_t len)
{
	int fd, rc, err;

	fd = openat(q->dirfd, path, O_WRONLY | O_CREAT | O_TRUNC |
	    O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
	if (fd < 0)
		return -1;
	rc = file_write_all(fd, answer, len);
	err = errno;
	if (close(fd) != 0 && rc == 0)
		return -1;
	errno = err;
	return rc;
}

int
queue_reject(const struct queue *q, const char *entry, const char *answer,
    size_t len)
{
	char bundle[PATH_ROOM], aside[PATH_ROOM];

	snprintf(bundle, sizeof bundle, "%.63s/" SPOOL_BUNDLE, entry);
	snprintf(aside, sizeof aside, SPOOL_REJECTED "/%.63s" SUFFIX
	    SPOOL_ANSWER, entry);
	if (write_answer(q, aside, answer, len) != 0)
		return -1;
	aside[strlen(aside) - strlen(SPOOL_ANSWER)] = '\0';
	/* Other targets may wait for the bundle still. ENOENT: it was dropped
	 * meanwhile. */
	if (linkat(q->spool->dirfd, bundle, q->dirfd, aside, 0) != 0 &&
	    errno != EEXIST && errno != ENOENT)
		return -1;
	return queue_done(q, entry);
}

static int
put_back_one(const struct queue *q, int aside, const char *name,
    const char *entry)
{
	char answer[PATH_ROOM];

	if (spool_put_back(q->spool, entry, q->name, aside, name) != 0)
		return -1;
	snprintf(answer, sizeof answer, "%.128s" SPOOL_ANSWER, name);
	if (unlinkat(aside, name, 0) != 0)
		return -1;
	unlinkat(aside, answer, 0);
	return 0;
}

int
queue_put_back(const struct queue *q, uint64_t *n)
{
	struct bound_names l = { 0 };
	char entry[SPOOL_NAME_MAX];
	bool answer;
	int aside, rc, err;

	*n = 0;
	aside = openat(q->dirfd, SPOOL_REJECTED,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (aside < 0)
		return -1;
	rc = bound_list(aside, &queue_rejected, 0, &l);
	for (size_t i = 0; rc == 0 && i < l.n; i++) {
		if (!parse_rejected(l.name[i], entry, &answer) || answer)
			continue;
		rc = put_back_one(q, aside, l.name[i], entry);
		*n += rc == 0;
	}
	err = errno;
	bound_names_free(&l);
	close(aside);
	errno = err;
	return rc;
}
