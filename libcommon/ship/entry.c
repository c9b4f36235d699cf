#include "ship/entry.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/parse.h"
#include "ship/spec.h"
#include "ship/spool.h"

#define GONE ".gone-"

enum { FILE_MODE = 0640, PROGRESS_LEN = 21 };

static bool
is_mark(const char *name)
{
	return strncmp(name, SPOOL_MARK, strlen(SPOOL_MARK)) == 0 &&
	    spec_is_name(name + strlen(SPOOL_MARK));
}

static bool
is_any(const char *name)
{
	return strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static const struct bound_shape marks = { .is_file = is_mark };
static const struct bound_shape anything = { .is_file = is_any };

/* "ENTRY/for-TARGET" */
static void
mark_path(char out[SPOOL_NAME_MAX + SPOOL_MARK_MAX], const char *entry,
    const char *target)
{
	snprintf(out, SPOOL_NAME_MAX + SPOOL_MARK_MAX, "%.63s/" SPOOL_MARK
	    "%.48s", entry, target);
}

static int
open_folder(int spool, const char *name)
{
	return openat(spool, name,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

int
entry_marks(int spool, const char *entry, struct bound_names *out)
{
	int fd = open_folder(spool, entry), rc, err;

	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	rc = bound_list(fd, &marks, 0, out);
	err = errno;
	close(fd);
	for (size_t i = 0; i < out->n; i++)
		memmove(out->name[i], out->name[i] + strlen(SPOOL_MARK),
		    strlen(out->name[i] + strlen(SPOOL_MARK)) + 1);
	errno = err;
	return rc;
}

bool
entry_has_mark(int spool, const char *entry, const char *target,
    uint64_t *progress)
{
	char path[SPOOL_NAME_MAX + SPOOL_MARK_MAX];
	struct buf b = { 0 };
	uint64_t v = 0;

	mark_path(path, entry, target);
	if (!progress)
		return faccessat(spool, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
	if (file_read_at(spool, path, &b, PROGRESS_LEN) != 0) {
		buf_free(&b);
		return errno != ENOENT;
	}
	/* Half a number is none: the pieces are sent again. */
	if (b.len != PROGRESS_LEN || !parse_digits(b.s, PROGRESS_LEN - 1, &v))
		v = 0;
	buf_free(&b);
	*progress = v;
	return true;
}

int
entry_add_mark(int folder, const char *target)
{
	char name[SPOOL_MARK_MAX];
	int fd;

	snprintf(name, sizeof name, SPOOL_MARK "%.48s", target);
	fd = openat(folder, name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
	    FILE_MODE);
	return fd < 0 ? -1 : close(fd);
}

int
entry_set_progress(int spool, const char *entry, const char *target,
    uint64_t progress)
{
	char path[SPOOL_NAME_MAX + SPOOL_MARK_MAX], text[PROGRESS_LEN + 1];
	int fd, rc, err;

	mark_path(path, entry, target);
	/* Not made anew: it may have been dropped meanwhile. */
	fd = openat(spool, path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	snprintf(text, sizeof text, "%020llu\n", (unsigned long long)progress);
	rc = pwrite(fd, text, PROGRESS_LEN, 0) == PROGRESS_LEN ? 0 : -1;
	err = errno;
	close(fd);
	errno = err;
	return rc;
}

bool
entry_drop_mark(int spool, const char *entry, const char *target)
{
	char path[SPOOL_NAME_MAX + SPOOL_MARK_MAX];

	mark_path(path, entry, target);
	return unlinkat(spool, path, 0) == 0;
}

void
entry_clear(int spool, const char *folder)
{
	struct bound_names l = { 0 };
	int fd = open_folder(spool, folder);

	if (fd >= 0 && bound_list(fd, &anything, 0, &l) == 0)
		for (size_t i = 0; i < l.n; i++)
			unlinkat(fd, l.name[i], 0);
	bound_names_free(&l);
	if (fd >= 0)
		close(fd);
	unlinkat(spool, folder, AT_REMOVEDIR);
}

int
entry_remove(int spool, const char *entry)
{
	char gone[SPOOL_NAME_MAX + sizeof GONE];

	snprintf(gone, sizeof gone, GONE "%.63s", entry);
	if (renameat(spool, entry, spool, gone) != 0)
		return errno == ENOENT ? 0 : -1;
	entry_clear(spool, gone);
	return 0;
}
