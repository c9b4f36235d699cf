#include "ship/bound.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/grow.h"

bool
bound_is_over(struct bound_sum have, struct bound_sum max)
{
	return (max.bytes && have.bytes > max.bytes) ||
	    (max.files && have.files > max.files);
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
add_name(struct bound_names *l, const char *name)
{
	l->name = grow_for(l->name, l->n, &l->cap, sizeof *l->name);
	l->name[l->n] = strdup(name);
	if (!l->name[l->n++])
		die_nomem();
}

void
bound_names_free(struct bound_names *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->name[i]);
	free(l->name);
	*l = (struct bound_names){ 0 };
}

/* Open a folder for listing; the caller's descriptor keeps its offset. */
static DIR *
open_list(int dir, const char *name)
{
	DIR *d;
	int fd, err;

	fd = openat(dir, name,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	d = fdopendir(fd);
	err = errno;
	if (!d)
		close(fd);
	errno = err;
	return d;
}

int
bound_list(int dir, const struct bound_shape *shape, int level,
    struct bound_names *out)
{
	DIR *d = open_list(dir, ".");
	struct dirent *e;
	int err;

	if (!d)
		return -1;
	while ((errno = 0, e = readdir(d)))
		if (level == shape->levels ? shape->is_file(e->d_name) :
		    shape->is_folder(e->d_name, level))
			add_name(out, e->d_name);
	err = errno;
	closedir(d);
	if (out->n)
		qsort(out->name, out->n, sizeof *out->name, by_name);
	errno = err;
	return err ? -1 : 0;
}

int
bound_add_file(int dir, const char *name, struct bound_sum *sum)
{
	struct stat st;
	uint64_t blocks;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? 0 : -1;
	if (!S_ISREG(st.st_mode))
		return 0;
	/* Small files may be stored without a block of their own. */
	blocks = (uint64_t)st.st_blocks * 512;
	sum->bytes += blocks > (uint64_t)st.st_size ? blocks :
	    (uint64_t)st.st_size;
	sum->files++;
	return 0;
}

/* Gone meanwhile, or not a folder: nothing that belongs to us. */
static bool
is_nothing(int err)
{
	return err == ENOENT || err == ENOTDIR || err == ELOOP;
}

static int
measure(int dir, const char *name, const struct bound_shape *shape, int level,
    struct bound_sum *sum)
{
	DIR *d = open_list(dir, name);
	struct dirent *e;
	int rc = 0, err;

	if (!d)
		return is_nothing(errno) ? 0 : -1;
	while (rc == 0 && (errno = 0, e = readdir(d))) {
		if (level == shape->levels && shape->is_file(e->d_name))
			rc = bound_add_file(dirfd(d), e->d_name, sum);
		else if (level < shape->levels &&
		    shape->is_folder(e->d_name, level))
			rc = measure(dirfd(d), e->d_name, shape, level + 1,
			    sum);
	}
	err = errno;
	closedir(d);
	errno = err;
	return rc == 0 && err ? -1 : rc;
}

static bool
is_temp(const char *name, const char *stem)
{
	return name[0] == '.' &&
	    strncmp(name + 1, stem, strlen(stem)) == 0 &&
	    strstr(name + 1, ".tmp.");
}

/* Whoever wrote them is gone, or hangs; it is no error if they stay. */
static void
sweep_temps(int dir, const char *stem)
{
	DIR *d = open_list(dir, ".");
	struct dirent *e;
	struct stat st;

	if (!d)
		return;
	while ((e = readdir(d)))
		if (is_temp(e->d_name, stem) &&
		    fstatat(dir, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode) &&
		    st.st_mtime < time(NULL) - BOUND_TEMP_AGE)
			unlinkat(dir, e->d_name, 0);
	closedir(d);
}

int
bound_measure(int dir, const struct bound_shape *shape, struct bound_sum *out)
{
	*out = (struct bound_sum){ 0 };
	sweep_temps(dir, shape->stem);
	return measure(dir, ".", shape, 0, out);
}

struct trim {
	const struct bound_shape *shape;
	struct bound_sum max, *have, *removed;
	uint64_t keep;
};

static bool
is_trimmed(const struct trim *t)
{
	return !bound_is_over(*t->have, t->max) || t->have->files <= t->keep;
}

static int
remove_file(struct trim *t, int dir, const char *name)
{
	struct bound_sum one = { 0 };

	if (bound_add_file(dir, name, &one) != 0)
		return -1;
	if (one.files == 0)
		return 0;
	if (unlinkat(dir, name, 0) != 0)
		return errno == ENOENT ? 0 : -1;
	t->removed->files++;
	t->removed->bytes += one.bytes;
	t->have->files -= t->have->files ? 1 : 0;
	t->have->bytes -= one.bytes < t->have->bytes ? one.bytes :
	    t->have->bytes;
	return 0;
}

static int
trim(struct trim *t, int dir, int level)
{
	struct bound_names l = { 0 };
	int rc = bound_list(dir, t->shape, level, &l), fd;

	for (size_t i = 0; rc == 0 && i < l.n && !is_trimmed(t); i++) {
		if (level == t->shape->levels) {
			rc = remove_file(t, dir, l.name[i]);
			continue;
		}
		fd = openat(dir, l.name[i],
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0) {
			rc = is_nothing(errno) ? 0 : -1;
			continue;
		}
		rc = trim(t, fd, level + 1);
		close(fd);
		/* Fails, rightly, while anything is in it. */
		unlinkat(dir, l.name[i], AT_REMOVEDIR);
	}
	bound_names_free(&l);
	return rc;
}

int
bound_trim(int dir, const struct bound_shape *shape, struct bound_sum max,
    uint64_t keep, struct bound_sum *have, struct bound_sum *removed)
{
	struct trim t = { .shape = shape, .max = max, .have = have,
		.removed = removed, .keep = keep };

	return is_trimmed(&t) ? 0 : trim(&t, dir, 0);
}
