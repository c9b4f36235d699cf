#include "targets.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/diag.h"

/* Seconds by which a clock may have been set since a process started. */
enum { CLOCK_SLACK = 120 };

uint32_t
targets_find(const struct targets *t, uint32_t pid)
{
	return pairmap_get(&t->by_pid, pid, 0);
}

/* Open /proc/PID if it is still the target's. */
static int
open_same(const struct target *v, struct proc *p)
{
	struct proc_stat st;
	int err = proc_open(p, NULL, v->pid);

	if (err == PROC_OK)
		err = proc_read_stat(p, &st);
	if (err != PROC_OK)
		return err;
	if (proc_is_zombie(&st) || (v->start && st.start != v->start))
		return PROC_EGONE;
	/* Its threads come and go: that none was met need not be the end. */
	if (proc_has_lost_leader(&st) && proc_follow_thread(p) != PROC_OK)
		return PROC_ESYS;
	return PROC_OK;
}

bool
targets_open(struct targets *t, uint32_t target, struct proc *p)
{
	struct target *v = &t->v[target];
	int err;

	if (t->foreign || v->gone)
		return false;
	err = open_same(v, p);
	if (err == PROC_OK)
		return true;
	proc_done(p);
	v->gone = err == PROC_EGONE;
	return false;
}

/* True if a target sees the files of another one, as far as is told. */
static bool
is_relative(const struct targets *t, uint32_t of, uint32_t target)
{
	const struct target *v = &t->v[target];

	return target != of && !v->gone && v->container == t->v[of].container &&
	    targets_find(t, v->pid) == target;
}

bool
targets_open_relative(struct targets *t, uint32_t target,
    struct targets_search *r, struct proc *p)
{
	if (t->foreign)
		return false;
	while (r->seen < t->n && r->seen < TARGETS_LOOKED_AT_MAX &&
	    r->tried < TARGETS_RELATIVES_MAX) {
		r->last = t->n - ++r->seen;
		if (!is_relative(t, target, r->last) ||
		    !targets_open(t, r->last, p))
			continue;
		r->tried++;
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
