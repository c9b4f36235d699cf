#include "journal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/parse.h"
#include "ship/spool.h"
#include "ship/stamp.h"

#define PATTERN "YMDTHms.iZ-"
#define RECORDING "recording"
#define UNSENT "unsent"
#define OVERLAPS "overlaps"

/* Of recordings; as they are looked for. */
static const char *const suffixes[] = {
	[JOURNAL_DIED] = ".raw",
	[JOURNAL_LEFT] = ".left",
	[JOURNAL_TRIED] = ".again",
};
static const char *const folded[] = { ".folded" };

enum { CHUNK = 65536, FOLDER_MODE = 0700, FILE_MODE = 0600, DIGITS = 20 };

/* -- names ----------------------------------------------------------------- */

static int
join(char out[JOURNAL_PATH_MAX], const char *state, const char *folder,
    const char *stem, const char *suffix)
{
	int n = snprintf(out, JOURNAL_PATH_MAX, "%s/%s%s%s%s", state, folder,
	    stem[0] ? "/" : "", stem, suffix);

	if (n >= 0 && n < JOURNAL_PATH_MAX)
		return 0;
	errno = ENAMETOOLONG;
	return -1;
}

void
journal_time(const char *stem, char time[JOURNAL_TIME_MAX])
{
	snprintf(time, JOURNAL_TIME_MAX, "%.4s-%.2s-%.5s:%.2s:%.7s", stem,
	    stem + 4, stem + 6, stem + 11, stem + 13);
}

static void
make_stem(char stem[JOURNAL_STEM_MAX], struct timespec time, const char *id)
{
	char text[STAMP_MAX];

	stamp_format(text, PATTERN, time);
	snprintf(stem, JOURNAL_STEM_MAX, "%.28s%.32s", text, id);
}

void
journal_stem(char stem[JOURNAL_STEM_MAX])
{
	char id[SPOOL_ID_MAX];
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	spool_new_id(id);
	make_stem(stem, now, id);
}

void
journal_finish(char stem[JOURNAL_STEM_MAX], const char *recording,
    struct timespec end)
{
	make_stem(stem, end, recording + stamp_match(recording, PATTERN));
}

/* Take the stem of a name with this suffix. False if it is no name of ours. */
static bool
parse_name(const char *name, const char *suffix, char stem[JOURNAL_STEM_MAX])
{
	size_t n = stamp_match(name, PATTERN);

	if (n == 0 || strspn(name + n, "0123456789abcdef") != SPOOL_ID_MAX - 1)
		return false;
	n += SPOOL_ID_MAX - 1;
	if (strcmp(name + n, suffix) != 0 || n >= JOURNAL_STEM_MAX)
		return false;
	memcpy(stem, name, n);
	stem[n] = '\0';
	return true;
}

static bool
parse_any(const char *name, const char *const *suffix, size_t nsuffixes,
    char stem[JOURNAL_STEM_MAX])
{
	for (size_t i = 0; i < nsuffixes; i++)
		if (parse_name(name, suffix[i], stem))
			return true;
	return false;
}

/* The first stem behind after among the names with one of the suffixes. Returns how
 * many such names there are, wherever. */
static size_t
look(const char *state, const char *folder, const char *const *suffix,
    size_t nsuffixes, const char *after, char stem[JOURNAL_STEM_MAX])
{
	char path[JOURNAL_PATH_MAX], s[JOURNAL_STEM_MAX];
	struct dirent *e;
	size_t n = 0;
	DIR *d;

	stem[0] = '\0';
	d = join(path, state, folder, "", "") == 0 ? opendir(path) : NULL;
	if (!d)
		return 0;
	while ((e = readdir(d)) != NULL) {
		if (!parse_any(e->d_name, suffix, nsuffixes, s))
			continue;
		n++;
		if (strcmp(s, after) > 0 && (!stem[0] || strcmp(s, stem) < 0))
			memcpy(stem, s, sizeof s);
	}
	closedir(d);
	return n;
}

static size_t
look_recording(const char *state, const char *after,
    char stem[JOURNAL_STEM_MAX])
{
	return look(state, RECORDING, suffixes, GP_COUNT(suffixes), after,
	    stem);
}

static size_t
look_unsent(const char *state, const char *after, char stem[JOURNAL_STEM_MAX])
{
	return look(state, UNSENT, folded, GP_COUNT(folded), after, stem);
}

/* -- recordings ------------------------------------------------------------ */

int
journal_record(const char *state, char stem[JOURNAL_STEM_MAX])
{
	char path[JOURNAL_PATH_MAX];
	int fd, err;

	journal_stem(stem);
	if (join(path, state, RECORDING, "", "") != 0 ||
	    file_mkdirs(path, FOLDER_MODE) != 0 ||
	    join(path, state, RECORDING, stem, suffixes[JOURNAL_DIED]) != 0)
		return -1;
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	    FILE_MODE);
	if (fd < 0)
		return -1;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	err = errno;
	close(fd);
	unlink(path);
	errno = err;
	return -1;
}

void
journal_forget(const char *state, const char *stem)
{
	char path[JOURNAL_PATH_MAX];

	for (size_t i = 0; i < GP_COUNT(suffixes); i++)
		if (join(path, state, RECORDING, stem, suffixes[i]) == 0)
			unlink(path);
}

/* Give a recording another suffix. */
static int
move(const char *state, const char *stem, enum journal_past from,
    enum journal_past to)
{
	char path[JOURNAL_PATH_MAX], moved[JOURNAL_PATH_MAX];

	if (join(path, state, RECORDING, stem, suffixes[from]) != 0 ||
	    join(moved, state, RECORDING, stem, suffixes[to]) != 0)
		return -1;
	return rename(path, moved);
}

void
journal_leave(const char *state, const char *stem)
{
	if (move(state, stem, JOURNAL_DIED, JOURNAL_LEFT) != 0)
		(void)move(state, stem, JOURNAL_TRIED, JOURNAL_LEFT);
}

/* Open a recording, whatever its suffix, and lock it. Returns -1 if it is gone, or
 * its maker lives. */
static int
open_recording(const char *state, const char *stem, enum journal_past *past)
{
	char path[JOURNAL_PATH_MAX];
	int fd = -1;

	for (size_t i = GP_COUNT(suffixes); fd < 0 && i-- > 0;) {
		if (join(path, state, RECORDING, stem, suffixes[i]) != 0)
			return -1;
		*past = (enum journal_past)i;
		fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	}
	if (fd < 0)
		return -1;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0 &&
	    (*past == JOURNAL_TRIED ||
	    move(state, stem, *past, JOURNAL_TRIED) == 0))
		return fd;
	close(fd);
	return -1;
}

int
journal_next(const char *state, const char *after,
    char stem[JOURNAL_STEM_MAX], enum journal_past *past)
{
	char from[JOURNAL_STEM_MAX];
	int fd = -1;

	snprintf(from, sizeof from, "%s", after);
	while (fd < 0) {
		look_recording(state, from, stem);
		if (!stem[0])
			return -1;
		fd = open_recording(state, stem, past);
		memcpy(from, stem, sizeof from);
	}
	return fd;
}

/* Whether the profile of a recording is kept. */
static bool
has_profile(const char *state, const char *recording)
{
	const char *id = recording + stamp_match(recording, PATTERN);
	char stem[JOURNAL_STEM_MAX] = "", after[JOURNAL_STEM_MAX];

	do {
		memcpy(after, stem, sizeof after);
		look_unsent(state, after, stem);
	} while (stem[0] && strcmp(stem + stamp_match(stem, PATTERN), id) != 0);
	return stem[0];
}

size_t
journal_tidy(const char *state)
{
	char stem[JOURNAL_STEM_MAX] = "", after[JOURNAL_STEM_MAX];
	enum journal_past past;
	size_t n = 0;
	int fd;

	for (;;) {
		memcpy(after, stem, sizeof after);
		look_recording(state, after, stem);
		if (!stem[0])
			return n;
		if (!has_profile(state, stem))
			continue;
		fd = open_recording(state, stem, &past);
		if (fd < 0)
			continue;
		journal_forget(state, stem);
		close(fd);
		n++;
	}
}

size_t
journal_recordings(const char *state)
{
	char stem[JOURNAL_STEM_MAX];

	return look_recording(state, "", stem);
}

/* -- profiles -------------------------------------------------------------- */

int
journal_copy(int out, int in)
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

size_t
journal_trim(const char *state)
{
	char path[JOURNAL_PATH_MAX], stem[JOURNAL_STEM_MAX];
	size_t removed = 0;

	while (look_unsent(state, "", stem) >
	    JOURNAL_UNSENT_MAX) {
		if (join(path, state, UNSENT, stem, folded[0]) != 0 ||
		    unlink(path) < 0)
			break;
		removed++;
	}
	return removed;
}

int
journal_keep(const char *state, const char *stem, int fd)
{
	char path[JOURNAL_PATH_MAX];
	struct file_new f = { .fd = -1 };
	int rc = -1;

	if (join(path, state, UNSENT, "", "") != 0 ||
	    file_mkdirs(path, FOLDER_MODE) != 0 ||
	    join(path, state, UNSENT, stem, folded[0]) != 0)
		return -1;
	/* Nameless until it is whole: the name is new. */
	if (file_new(&f, path, FILE_MODE) == 0 && journal_copy(f.fd, fd) == 0 &&
	    (file_new_commit_as(&f, path) == 0 || errno == EEXIST))
		rc = 0;
	file_new_abort(&f);
	return rc;
}

int
journal_open(const char *state, const char *after, char stem[JOURNAL_STEM_MAX])
{
	char path[JOURNAL_PATH_MAX], from[JOURNAL_STEM_MAX];
	int fd = -1;

	snprintf(from, sizeof from, "%s", after);
	while (fd < 0) {
		look_unsent(state, from, stem);
		if (!stem[0] || join(path, state, UNSENT, stem, folded[0]) != 0)
			return -1;
		fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
		memcpy(from, stem, sizeof from);
	}
	return fd;
}

void
journal_delivered(const char *state, const char *stem)
{
	char path[JOURNAL_PATH_MAX];

	if (join(path, state, UNSENT, stem, folded[0]) == 0)
		unlink(path);
}

size_t
journal_unsent(const char *state)
{
	char stem[JOURNAL_STEM_MAX];

	return look_unsent(state, "", stem);
}

/* -- overlaps -------------------------------------------------------------- */

static uint64_t
read_number(int fd)
{
	char text[DIGITS + 1];
	uint64_t v;
	ssize_t n = file_pread(fd, text, sizeof text, 0);

	return n == DIGITS + 1 && text[DIGITS] == '\n' &&
	    parse_digits(text, DIGITS, &v) ? v : 0;
}

int
journal_count_overlap(const char *state)
{
	char path[JOURNAL_PATH_MAX], text[DIGITS + 2];
	int fd, rc = -1;

	if (join(path, state, OVERLAPS, "", "") != 0 ||
	    file_mkdirs(state, FOLDER_MODE) != 0)
		return -1;
	fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
	if (fd < 0)
		return -1;
	/* Always as many bytes, in one write: never half a number. */
	if (flock(fd, LOCK_EX) == 0) {
		unsigned long long so_far = read_number(fd);

		snprintf(text, sizeof text, "%0*llu\n", DIGITS, so_far + 1);
		rc = pwrite(fd, text, DIGITS + 1, 0) == DIGITS + 1 ? 0 : -1;
	}
	close(fd);
	return rc;
}

uint64_t
journal_overlaps(const char *state)
{
	char path[JOURNAL_PATH_MAX];
	uint64_t n;
	int fd;

	if (join(path, state, OVERLAPS, "", "") != 0)
		return 0;
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = read_number(fd);
	close(fd);
	return n;
}
