#include "keep.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "ship/stamp.h"

enum { CHUNK = 65536 };

#define SUFFIX ".folded"
#define PATTERN "YMDTHms.iZ"

void
keep_path(char *path, size_t size, const char *dir)
{
	const char *env = getenv("STATE_DIRECTORY"), *home;

	if (dir)
		snprintf(path, size, "%s/unsent", dir);
	else if (env && env[0] == '/' && !strchr(env, ':'))
		snprintf(path, size, "%s/unsent", env);
	else if (geteuid() == 0)
		snprintf(path, size, "/var/lib/gp/unsent");
	else if ((env = getenv("XDG_STATE_HOME")) != NULL && env[0] == '/')
		snprintf(path, size, "%s/gp/unsent", env);
	else
		snprintf(path, size, "%s/.local/state/gp/unsent",
		    (home = getenv("HOME")) != NULL && home[0] ? home : ".");
}

static bool
is_kept(const char *name)
{
	size_t len = strlen(name), n = strlen(SUFFIX);

	return len > n && len < KEEP_NAME_MAX && name[0] != '.' &&
	    strcmp(name + len - n, SUFFIX) == 0;
}

/* The first name behind after, and how many files there are. */
static size_t
look(const char *path, const char *after, char name[KEEP_NAME_MAX])
{
	struct dirent *e;
	size_t n = 0;
	DIR *d;

	name[0] = '\0';
	d = opendir(path);
	if (!d)
		return 0;
	while ((e = readdir(d)) != NULL) {
		if (!is_kept(e->d_name))
			continue;
		n++;
		if (strcmp(e->d_name, after) > 0 &&
		    (!name[0] || strcmp(e->d_name, name) < 0))
			memcpy(name, e->d_name, strlen(e->d_name) + 1);
	}
	closedir(d);
	return n;
}

int
keep_copy(int out, int in)
{
	char chunk[CHUNK];
	off_t at = 0;
	ssize_t n;

	while ((n = file_pread(in, chunk, sizeof chunk, at)) > 0) {
		if (file_write_all(out, chunk, (size_t)n) < 0)
			return -1;
		at += n;
	}
	return n < 0 ? -1 : 0;
}

bool
keep_time(const char *name, struct timespec *done)
{
	if (stamp_match(name, PATTERN "-") == 0)
		return false;
	*done = stamp_read(name, PATTERN);
	return true;
}

int
keep_add(const char *path, int fd, struct timespec done, size_t *removed)
{
	char full[4096], name[KEEP_NAME_MAX], time[STAMP_MAX];
	struct file_new f;

	*removed = 0;
	if (file_mkdirs(path, 0700) < 0)
		return -1;
	while (look(path, "", name) >= KEEP_FILES_MAX) {
		if (snprintf(full, sizeof full, "%s/%s", path, name) >=
		    (int)sizeof full || unlink(full) < 0)
			return -1;
		++*removed;
	}
	stamp_format(time, PATTERN, done);
	snprintf(name, sizeof name, "%.20s-%d" SUFFIX, time, (int)getpid());
	if (snprintf(full, sizeof full, "%s/%s", path, name) >=
	    (int)sizeof full) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (file_new(&f, full, 0600) == 0 && keep_copy(f.fd, fd) == 0 &&
	    file_new_commit(&f) == 0)
		return 0;
	file_new_abort(&f);
	return -1;
}

int
keep_open(const char *path, const char *after, char name[KEEP_NAME_MAX])
{
	char full[4096];

	look(path, after, name);
	if (!name[0] || snprintf(full, sizeof full, "%s/%s", path, name) >=
	    (int)sizeof full)
		return -1;
	return open(full, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
}

void
keep_remove(const char *path, const char *name)
{
	char full[4096];

	if (snprintf(full, sizeof full, "%s/%s", path, name) <
	    (int)sizeof full)
		unlink(full);
	rmdir(path); /* fails while others are in it */
}
