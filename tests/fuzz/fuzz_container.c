/*
 * /proc/PID/cgroup: an id exactly where there is an engine, taken from the path
 * that is told; and that path alone, as version 2 writes it, tells the same.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "proc/container.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct container c, again;
	struct buf b = { 0 };

	container_parse(&c, (const char *)data, len);
	if ((c.engine == CONTAINER_NONE) != (c.id[0] == '\0') ||
	    (c.cgroup[0] && c.cgroup[0] != '/') ||
	    strlen(c.id) >= sizeof c.id || strlen(c.cgroup) >= sizeof c.cgroup)
		abort();
	/* A path that was cut may have lost it. */
	if (strlen(c.cgroup) == sizeof c.cgroup - 1)
		return 0;
	if (!strstr(c.cgroup, c.id))
		abort();
	buf_adds(&b, "0::");
	buf_adds(&b, c.cgroup);
	/* It would be cut off a second time. */
	if (b.len < 10 || memcmp(b.s + b.len - 10, " (deleted)", 10) != 0) {
		container_parse(&again, b.s, b.len);
		if (again.engine != c.engine || strcmp(again.id, c.id) != 0 ||
		    strcmp(again.cgroup, c.cgroup) != 0)
			abort();
	}
	buf_free(&b);
	return 0;
}
