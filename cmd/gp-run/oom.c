#include "oom.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/parse.h"

enum { BYTES_MAX = 65536 };

/* The number behind "key " at the start of a line. */
static uint64_t
read_key(const char *path, const char *key)
{
	size_t n = strlen(key);
	struct buf b = { 0 };
	uint64_t v = 0;

	if (file_read_at(AT_FDCWD, path, &b, BYTES_MAX) == 0) {
		const char *p = buf_str(&b);

		while (p && (strncmp(p, key, n) != 0 || p[n] != ' ')) {
			p = strchr(p, '\n');
			p = p ? p + 1 : NULL;
		}
		if (p && !parse_digits(p + n + 1,
		    strspn(p + n + 1, "0123456789"), &v))
			v = 0;
	}
	buf_free(&b);
	return v;
}

/* A line of /proc/self/cgroup, "N:controllers:path". */
static uint64_t
read_group(char *line)
{
	char path[4096], *list = strchr(line, ':'), *group;
	bool v2;

	group = list ? strchr(list + 1, ':') : NULL;
	if (!group)
		return 0;
	*list++ = *group++ = '\0';
	v2 = strcmp(line, "0") == 0;
	if (!v2 && strcmp(list, "memory") != 0)
		return 0;
	if (snprintf(path, sizeof path, "/sys/fs/cgroup%s%s/%s",
	    v2 ? "" : "/memory", group, v2 ? "memory.events" :
	    "memory.oom_control") >= (int)sizeof path)
		return 0;
	return read_key(path, "oom_kill");
}

uint64_t
oom_kills(void)
{
	struct buf b = { 0 };
	uint64_t n = 0;

	if (file_read_at(AT_FDCWD, "/proc/self/cgroup", &b, BYTES_MAX) == 0 &&
	    b.len) {
		char *save = NULL;

		for (char *l = strtok_r(b.s, "\n", &save); l;
		    l = strtok_r(NULL, "\n", &save))
			n += read_group(l);
	}
	buf_free(&b);
	return n;
}
