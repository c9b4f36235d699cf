#include "cpus.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/file.h"

enum { ATTACHED = 1, ONLINE = 2 };

static const char online_path[] = "/sys/devices/system/cpu/online";

void
cpus_init(struct cpus *c)
{
	*c = (struct cpus){
		.max = (int)sysconf(_SC_NPROCESSORS_CONF),
		.fd = open(online_path, O_RDONLY | O_CLOEXEC),
	};
	c->state = calloc((size_t)c->max, 1);
	if (!c->state)
		die_nomem();
}

/* Mark those of a list, "0-3,5", as online. */
static void
mark(struct cpus *c, const char *list)
{
	int lo, hi, used;

	while (sscanf(list, "%d%n", &lo, &used) == 1) {
		list += used;
		hi = lo;
		if (sscanf(list, "-%d%n", &hi, &used) == 1)
			list += used;
		for (; lo >= 0 && lo <= hi && lo < c->max; lo++)
			c->state[lo] |= ONLINE;
		if (*list++ != ',')
			return;
	}
}

unsigned
cpus_online(struct cpus *c)
{
	struct buf b = { 0 };
	unsigned n = 0;

	if (file_read_at(-1, online_path, &b, 65536) == 0)
		mark(c, buf_str(&b));
	buf_free(&b);
	for (int i = 0; i < c->max; i++) {
		n += (c->state[i] & ONLINE) != 0;
		c->state[i] &= ATTACHED;
	}
	return n ? n : (unsigned)c->max;
}

/* Whether the list of CPUs differs from the last one; b: the list. */
static bool
read_online(struct cpus *c, struct buf *b)
{
	char text[sizeof c->text];
	ssize_t n = pread(c->fd, text, sizeof text, 0);

	if (n == (ssize_t)sizeof text) {
		/* A machine of many islands: all of it, every time. */
		if (file_read_at(-1, online_path, b, 65536) == 0)
			return true;
	} else if (n > 0) {
		if (memcmp(text, c->text, (size_t)n) == 0 &&
		    c->text[n] == '\0')
			return false;
		memcpy(c->text, text, (size_t)n);
		c->text[n] = '\0';
		buf_add(b, text, (size_t)n);
		return true;
	}
	buf_reset(b);
	buf_addf(b, "0-%d", c->max - 1);
	return true;
}

void
cpus_follow(struct cpus *c, int (*attach)(void *arg, int cpu), void *arg)
{
	struct buf b = { 0 };
	bool changed = read_online(c, &b);

	if (changed)
		mark(c, buf_str(&b));
	buf_free(&b);
	for (int i = 0; changed && i < c->max; i++) {
		bool is = c->state[i] & ONLINE, was = c->state[i] & ATTACHED;

		c->state[i] = is ? ATTACHED : 0;
		if (!is || was)
			continue;
		if (attach(arg, i) != 0) {
			c->state[i] = 0;
			c->text[0] = '\0'; /* try again */
			diag(DIAG_RECORD_CPU, NULL, 0, "CPU %d: %s", i,
			    strerror(errno));
		}
	}
}

unsigned
cpus_attached(const struct cpus *c)
{
	unsigned n = 0;

	for (int i = 0; i < c->max; i++)
		n += c->state[i] & ATTACHED;
	return n;
}

void
cpus_free(struct cpus *c)
{
	free(c->state);
	if (c->fd >= 0)
		close(c->fd);
	*c = (struct cpus){ .fd = -1 };
}
