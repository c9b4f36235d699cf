#include "cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proc/container.h"
#include "proc/proc.h"

/* Where perf's hierarchy is mounted; "" if it is not. True: version 1. */
static bool
find_mount(char *dir, size_t size)
{
	FILE *f = setmntent("/proc/self/mounts", "re");
	struct mntent *m;
	bool v1 = false;

	dir[0] = '\0';
	while (f && !v1 && (m = getmntent(f))) {
		v1 = strcmp(m->mnt_type, "cgroup") == 0 &&
		    hasmntopt(m, "perf_event");
		if (v1 || (strcmp(m->mnt_type, "cgroup2") == 0 && !dir[0]))
			snprintf(dir, size, "%s", m->mnt_dir);
	}
	if (f)
		endmntent(f);
	return v1;
}

int
cgroup_open(const char *path)
{
	char dir[512];
	struct buf b = { 0 };
	int fd;

	find_mount(dir, sizeof dir);
	if (!dir[0]) {
		errno = ENODEV;
		return -1;
	}
	if (strncmp(path, dir, strlen(dir)) != 0)
		buf_addf(&b, "%s/", dir);
	buf_adds(&b, path);
	fd = open(b.s, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	buf_free(&b);
	return fd;
}

/* Of the lines "id:controllers:path", the path of perf's hierarchy. */
static bool
path_of(char *text, bool v1, struct buf *path)
{
	char *line, *save, *colon, *name;

	for (line = strtok_r(text, "\n", &save); line;
	    line = strtok_r(NULL, "\n", &save)) {
		colon = strchr(line, ':');
		name = colon ? colon + 1 : line;
		colon = colon ? strchr(name, ':') : NULL;
		if (!colon)
			continue;
		*colon = '\0';
		if (v1 ? !strstr(name, "perf_event") : name[0] != '\0')
			continue;
		buf_adds(path, colon + 1);
		/* Everything is in "/", not one container. */
		return strcmp(colon + 1, "/") != 0;
	}
	return false;
}

static bool
is_in(struct buf *text, const char *id)
{
	struct container c;

	container_parse(&c, text->s, text->len);
	if (c.engine == CONTAINER_NONE)
		container_find_by_state(&c, "");
	return c.engine != CONTAINER_NONE &&
	    strncmp(c.id, id, strlen(id)) == 0;
}

bool
cgroup_of_container(const char *id, struct buf *path)
{
	struct buf text = { 0 };
	uint32_t *pids = NULL;
	bool found = false;
	struct proc proc;
	char dir[512];
	size_t n = 0;
	bool v1 = find_mount(dir, sizeof dir);

	if (proc_list(NULL, &pids, &n) != PROC_OK)
		n = 0;
	for (size_t i = 0; i < n && !found; i++) {
		buf_reset(&text);
		buf_reset(path);
		if (proc_open(&proc, NULL, pids[i]) == PROC_OK &&
		    proc_read_file(&proc, "cgroup", &text) == PROC_OK &&
		    text.len && is_in(&text, id))
			found = path_of(text.s, v1, path);
		proc_done(&proc);
	}
	free(pids);
	buf_free(&text);
	return found;
}
