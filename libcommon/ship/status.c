#include "ship/status.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "ship/entry.h"
#include "ship/queue.h"
#include "ship/spec.h"
#include "ship/trim.h"

static const struct bound_shape queue_names = { .is_file = spec_is_name };

static int
open_folder(int dirfd, const char *name)
{
	return openat(dirfd, name,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static uint64_t
count_rejected(int dirfd)
{
	struct bound_names l = { 0 };
	uint64_t n = 0;
	int fd = open_folder(dirfd, SPOOL_REJECTED);

	if (fd < 0)
		return 0;
	if (bound_list(fd, &queue_rejected, 0, &l) == 0)
		for (size_t i = 0; i < l.n; i++)
			n += strstr(l.name[i], SPOOL_ANSWER) == NULL;
	bound_names_free(&l);
	close(fd);
	return n;
}

static void
add_target(struct status *st, int queues, const char *name)
{
	struct status_target *t;
	int fd = open_folder(queues, name);

	if (fd < 0)
		return;
	st->target = reallocarray(st->target, st->targets + 1,
	    sizeof *st->target);
	if (!st->target)
		die_nomem();
	t = &st->target[st->targets++];
	*t = (struct status_target){ 0 };
	snprintf(t->name, sizeof t->name, "%s", name);
	state_read(&t->state, fd, "state");
	t->dropped = trim_dropped(fd);
	t->rejected_kept = count_rejected(fd);
	close(fd);
}

static int
read_targets(struct status *st, const struct spool *s)
{
	struct bound_names l = { 0 };
	int fd = open_folder(s->dirfd, SPOOL_QUEUES), rc;

	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	rc = bound_list(fd, &queue_names, 0, &l);
	for (size_t i = 0; rc == 0 && i < l.n; i++)
		add_target(st, fd, l.name[i]);
	bound_names_free(&l);
	close(fd);
	return rc;
}

static uint64_t
age(const char *entry, time_t now)
{
	struct timespec t;

	if (!spool_parse_name(entry, NULL, &t) || t.tv_sec >= now)
		return 0;
	return (uint64_t)(now - t.tv_sec);
}

/* One entry, which waits for some. Entries come oldest first. */
static void
add_entry(struct status *st, const struct spool *s, const char *entry,
    time_t now)
{
	struct bound_sum one = { 0 };
	char path[SPOOL_NAME_MAX + sizeof SPOOL_BUNDLE];

	snprintf(path, sizeof path, "%.63s/" SPOOL_BUNDLE, entry);
	if (bound_add_file(s->dirfd, path, &one) != 0 || one.files == 0)
		return;
	for (size_t i = 0; i < st->targets; i++) {
		struct status_target *t = &st->target[i];

		if (!entry_has_mark(s->dirfd, entry, t->name, NULL))
			continue;
		if (t->waiting++ == 0)
			t->oldest_s = age(entry, now);
		t->waiting_bytes += one.bytes;
	}
	if (st->oldest_s == 0)
		st->oldest_s = age(entry, now);
}

static int
read_all(struct status *st, const struct spool *s, time_t now)
{
	struct bound_names l = { 0 };
	int rc = read_targets(st, s);

	if (rc == 0)
		rc = trim_measure(s, &st->waiting, &st->rejected);
	st->incomplete = count_rejected(s->dirfd);
	if (rc == 0)
		rc = spool_list(s, &l);
	for (size_t i = 0; rc == 0 && i < l.n; i++)
		add_entry(st, s, l.name[i], now);
	bound_names_free(&l);
	return rc;
}

int
status_read(struct status *st, const char *path, time_t now)
{
	struct spool s = { .path = path, .newfd = -1, .fd = -1 };
	int rc, err;

	*st = (struct status){ 0 };
	s.dirfd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s.dirfd < 0)
		return errno == ENOENT ? 0 : -1;
	rc = read_all(st, &s, now);
	err = errno;
	close(s.dirfd);
	errno = err;
	return rc;
}

void
status_free(struct status *st)
{
	free(st->target);
	*st = (struct status){ 0 };
}
