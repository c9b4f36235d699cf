#include "here.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "base/buf.h"
#include "base/file.h"
#include "elf/buildid.h"

/* A clock that is set while the machine runs moves the time of its start. */
enum { CLOCK_SLACK = 120 };

static bool
is_other_kernel(const char *hex)
{
	struct buildid theirs, ours;
	struct buf notes = { 0 };
	bool other;

	/* What cannot be compared says nothing. */
	other = buildid_parse(&theirs, hex) &&
	    file_read_at(AT_FDCWD, "/sys/kernel/notes", &notes, 1 << 20) == 0 &&
	    buildid_find(&ours, notes.s, notes.len, 4) &&
	    !buildid_equal(&theirs, &ours);
	buf_free(&notes);
	return other;
}

static bool
is_before_boot(const char *start)
{
	struct timespec now, up;
	struct tm tm = { 0 };
	const char *end = strptime(start, "%Y-%m-%dT%H:%M:%S", &tm);
	time_t then;

	if (!end || clock_gettime(CLOCK_REALTIME, &now) != 0 ||
	    clock_gettime(CLOCK_BOOTTIME, &up) != 0)
		return false;
	then = timegm(&tm);
	return then + CLOCK_SLACK < now.tv_sec - up.tv_sec;
}

enum here
here_check(const struct record *gp)
{
	const char *host = record_get(gp, "host");
	const char *kernel = record_get(gp, "kernel");
	const char *id = record_get(gp, "kernel_build_id");
	const char *start = record_get(gp, "start");
	struct utsname u;

	if (uname(&u) != 0)
		return HERE;
	if (host && strcmp(host, u.nodename) != 0)
		return HERE_HOST;
	if ((kernel && strcmp(kernel, u.release) != 0) ||
	    (id && is_other_kernel(id)))
		return HERE_KERNEL;
	if (start && is_before_boot(start))
		return HERE_BOOT;
	return HERE;
}

const char *
here_text(enum here h)
{
	switch (h) {
	case HERE:
		return "it was recorded here";
	case HERE_HOST:
		return "it was recorded on another machine";
	case HERE_KERNEL:
		return "it was recorded under another kernel";
	case HERE_BOOT:
		return "it was recorded before this machine was started";
	}
	return "";
}
