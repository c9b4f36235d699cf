#include "ship/trim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/parse.h"
#include "ship/entry.h"
#include "ship/queue.h"
#include "ship/spec.h"

#define DROPPED "dropped"

enum { FILE_MODE = 0640, DROPPED_LEN = 21, PATH_ROOM = 256 };

/* A folder of rejected bundles, and how far its oldest are gone. */
struct aside {
	int fd;
	struct bound_names l;
	size_t next;
};

struct trim {
	const struct spool *s;
	struct bound_sum have, old; /* waiting, rejected */
	struct aside *aside;        /* the spool's own, and each queue's */
	size_t asides;
	void (*dropped)(void *ctx, const char *entry, const char *target);
	void *ctx;
};

static int
open_folder(int dirfd, const char *name)
{
	return openat(dirfd, name,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static void
add_entry(const struct spool *s, const char *name, struct bound_sum *sum)
{
	struct bound_sum one = { 0 };
	int fd = open_folder(s->dirfd, name);

	if (fd < 0)
		return;
	if (bound_add_file(fd, SPOOL_BUNDLE, &one) == 0)
		sum->bytes += one.bytes;
	sum->files++;
	close(fd);
}

static int
measure_entries(const struct spool *s, struct bound_sum *sum)
{
	struct bound_names l = { 0 };
	int rc = spool_list(s, &l);

	*sum = (struct bound_sum){ 0 };
	for (size_t i = 0; rc == 0 && i < l.n; i++)
		add_entry(s, l.name[i], sum);
	bound_names_free(&l);
	return rc;
}

/* -- what was rejected ------------------------------------------------------ */

static int
add_aside(struct trim *t, const char *path)
{
	struct aside a = { .fd = open_folder(t->s->dirfd, path) };

	if (a.fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -1;
	t->aside = reallocarray(t->aside, t->asides + 1, sizeof *t->aside);
	if (!t->aside)
		die_nomem();
	t->aside[t->asides++] = a;
	if (bound_list(a.fd, &queue_rejected, 0,
	    &t->aside[t->asides - 1].l) != 0)
		return -1;
	for (size_t i = 0; i < t->aside[t->asides - 1].l.n; i++)
		if (bound_add_file(a.fd, t->aside[t->asides - 1].l.name[i],
		    &t->old) != 0)
			return -1;
	return 0;
}

static const struct bound_shape queue_names = { .is_file = spec_is_name };

static int
open_asides(struct trim *t)
{
	struct bound_names l = { 0 };
	char path[PATH_ROOM];
	int fd, rc = add_aside(t, SPOOL_REJECTED);

	fd = rc == 0 ? open_folder(t->s->dirfd, SPOOL_QUEUES) : -1;
	if (fd < 0)
		return rc == 0 && errno == ENOENT ? 0 : -1;
	rc = bound_list(fd, &queue_names, 0, &l);
	for (size_t i = 0; rc == 0 && i < l.n; i++) {
		snprintf(path, sizeof path, SPOOL_QUEUES "/%.48s/"
		    SPOOL_REJECTED, l.name[i]);
		rc = add_aside(t, path);
	}
	bound_names_free(&l);
	close(fd);
	return rc;
}

static void
close_asides(struct trim *t)
{
	for (size_t i = 0; i < t->asides; i++) {
		close(t->aside[i].fd);
		bound_names_free(&t->aside[i].l);
	}
	free(t->aside);
	t->aside = NULL;
	t->asides = 0;
}

/* The folder with the oldest that is left, or NULL. */
static struct aside *
oldest_aside(struct trim *t)
{
	struct aside *best = NULL;

	for (size_t i = 0; i < t->asides; i++) {
		struct aside *a = &t->aside[i];

		if (a->next < a->l.n && (!best ||
		    strcmp(a->l.name[a->next], best->l.name[best->next]) < 0))
			best = a;
	}
	return best;
}

/* Both together over the bounds? */
static bool
is_over(const struct trim *t)
{
	struct bound_sum all = {
		.bytes = t->have.bytes + t->old.bytes,
		.files = t->have.files + t->old.files,
	};

	return bound_is_over(all, t->s->max);
}

static void
take_off(struct bound_sum *from, struct bound_sum one)
{
	from->bytes -= one.bytes < from->bytes ? one.bytes : from->bytes;
	from->files -= one.files < from->files ? one.files : from->files;
}

static int
trim_asides(struct trim *t)
{
	struct aside *a;

	while (is_over(t) && (a = oldest_aside(t))) {
		const char *name = a->l.name[a->next++];
		struct bound_sum one = { 0 };

		if (bound_add_file(a->fd, name, &one) != 0)
			return -1;
		if (unlinkat(a->fd, name, 0) != 0 && errno != ENOENT)
			return -1;
		take_off(&t->old, one);
	}
	return 0;
}

/* -- what waits ------------------------------------------------------------- */

uint64_t
trim_dropped(int dirfd)
{
	struct buf b = { 0 };
	uint64_t n = 0;

	if (file_read_at(dirfd, DROPPED, &b, DROPPED_LEN) != 0 ||
	    b.len != DROPPED_LEN || !parse_digits(b.s, DROPPED_LEN - 1, &n))
		n = 0;
	buf_free(&b);
	return n;
}

/* One more. Nobody else writes there: the spool's lock is ours. */
static void
count_dropped(const struct spool *s, const char *target)
{
	char path[PATH_ROOM], text[DROPPED_LEN + 1];
	int dir, fd;

	snprintf(path, sizeof path, SPOOL_QUEUES "/%.48s", target);
	dir = open_folder(s->dirfd, path);
	if (dir < 0)
		return;
	snprintf(text, sizeof text, "%020llu\n",
	    (unsigned long long)trim_dropped(dir) + 1);
	fd = openat(dir, DROPPED, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
	    FILE_MODE);
	if (fd >= 0 && pwrite(fd, text, DROPPED_LEN, 0) != DROPPED_LEN)
		unlinkat(dir, DROPPED, 0);
	if (fd >= 0)
		close(fd);
	close(dir);
}

static int
drop(struct trim *t, const char *name)
{
	struct bound_names marks = { 0 };
	struct bound_sum one = { 0 };
	int rc = entry_marks(t->s->dirfd, name, &marks);

	add_entry(t->s, name, &one);
	/* By the mark, so that one that arrives at this moment is not also
	 * called lost. */
	for (size_t i = 0; rc == 0 && i < marks.n; i++) {
		if (!entry_drop_mark(t->s->dirfd, name, marks.name[i]))
			continue;
		count_dropped(t->s, marks.name[i]);
		if (t->dropped)
			t->dropped(t->ctx, name, marks.name[i]);
	}
	if (rc == 0)
		rc = spool_drop(t->s, name);
	if (rc == 0)
		take_off(&t->have, one);
	bound_names_free(&marks);
	return rc;
}

static int
trim_entries(struct trim *t)
{
	struct bound_names l = { 0 };
	int rc = spool_list(t->s, &l);

	for (size_t i = 0; rc == 0 && i + 1 < l.n &&
	    bound_is_over(t->have, t->s->max); i++)
		rc = drop(t, l.name[i]);
	bound_names_free(&l);
	return rc;
}

static int
run(struct trim *t)
{
	if (measure_entries(t->s, &t->have) != 0 || open_asides(t) != 0 ||
	    trim_asides(t) != 0)
		return -1;
	return bound_is_over(t->have, t->s->max) ? trim_entries(t) : 0;
}

int
trim_spool(const struct spool *s,
    void (*dropped)(void *ctx, const char *entry, const char *target),
    void *ctx)
{
	struct trim t = { .s = s, .dropped = dropped, .ctx = ctx };
	int rc, err;

	if (spool_lock(s) != 0)
		return -1;
	rc = run(&t);
	err = errno;
	close_asides(&t);
	spool_unlock(s);
	errno = err;
	return rc;
}

int
trim_measure(const struct spool *s, struct bound_sum *waiting,
    struct bound_sum *rejected)
{
	struct trim t = { .s = s };
	int rc, err;

	rc = measure_entries(s, waiting) != 0 ? -1 : open_asides(&t);
	err = errno;
	*rejected = t.old;
	close_asides(&t);
	errno = err;
	return rc;
}
