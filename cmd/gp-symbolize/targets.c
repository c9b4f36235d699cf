#include "targets.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/diag.h"

/* Living processes that are tried for one file of a dead one. */
enum { RELATIVES_MAX = 8, RELATIVES_LOOKED_AT = 4096 };

/* Seconds by which a clock may have been set since a process started. */
enum { CLOCK_SLACK = 120 };

uint32_t
targets_find(const struct targets *t, uint32_t pid)
{
	return pairmap_get(&t->by_pid, pid, 0);
}

bool
targets_open(const struct targets *t, uint32_t target, struct proc *p)
{
	const struct target *v = &t->v[target];
	struct proc_stat st;

	if (t->foreign)
		return false;
	if (proc_open(p, NULL, v->pid) != PROC_OK ||
	    proc_read_stat(p, &st) != PROC_OK || proc_is_zombie(&st) ||
	    (v->start && st.start != v->start) ||
	    (proc_has_lost_leader(&st) && proc_follow_thread(p) != PROC_OK)) {
		proc_done(p);
		return false;
	}
	return true;
}

bool
targets_open_relative(const struct targets *t, uint32_t target, uint32_t *at,
    struct proc *p)
{
	uint32_t tries = 0, stop = 0;

	if (t->n > RELATIVES_LOOKED_AT)
		stop = t->n - RELATIVES_LOOKED_AT;
	while (*at > stop && tries < RELATIVES_MAX) {
		const struct target *v = &t->v[--*at];

		if (*at == target || v->container != t->v[target].container ||
		    targets_find(t, v->pid) != *at)
			continue;
		tries++;
		if (targets_open(t, *at, p))
			return true;
	}
	return false;
}

/* Seconds since 1970 when the machine was started. */
static int64_t
boot_time(void)
{
	struct timespec now, up;

	if (clock_gettime(CLOCK_REALTIME, &now) != 0 ||
	    clock_gettime(CLOCK_BOOTTIME, &up) != 0)
		return 0;
	return now.tv_sec - up.tv_sec;
}

bool
targets_is_older(const struct targets *t, uint32_t target, int64_t written)
{
	int64_t start = (int64_t)(t->v[target].start /
	    proc_ticks_per_second());

	return t->v[target].start &&
	    written + CLOCK_SLACK < boot_time() + start;
}

bool
targets_add(struct targets *t, const struct record *r)
{
	struct target v = { .container = INTERN_NONE,
		.uid = TARGET_NOBODY };
	const char *container = record_get(r, "container");
	uint64_t pid, n;

	if (!record_get_u64(r, "pid", &pid) || pid == 0 || pid > UINT32_MAX)
		return false;
	v.pid = (uint32_t)pid;
	if (!record_get_u64(r, "start", &v.start))
		v.start = 0;
	if (container)
		v.container = intern_add(&t->containers, container,
		    strlen(container));
	if (record_get_u64(r, "uid", &n) && n < TARGET_NOBODY)
		v.uid = (uint32_t)n;
	if (record_get_u64(r, "ns_pid", &n) && n <= UINT32_MAX)
		v.ns_pid = (uint32_t)n;
	if (t->n == t->cap) {
		t->cap = t->cap ? t->cap * 2 : 64;
		t->v = realloc(t->v, t->cap * sizeof *t->v);
		if (!t->v)
			die_nomem();
	}
	t->v[t->n] = v;
	pairmap_set(&t->by_pid, pid, 0, t->n);
	t->n++;
	return true;
}

void
targets_reset(struct targets *t)
{
	/* Numbers go on: cached names refer to them. */
	pairmap_reset(&t->by_pid);
}

void
targets_free(struct targets *t)
{
	targets_reset(t);
	free(t->v);
	pairmap_free(&t->by_pid);
	intern_free(&t->containers);
	*t = (struct targets){ 0 };
}
