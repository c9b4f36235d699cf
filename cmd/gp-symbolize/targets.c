#include "targets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"

/* Living processes that are tried for one file of a dead one. */
enum { RELATIVES_MAX = 8, RELATIVES_LOOKED_AT = 4096 };

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

static void
drop_map(struct targets *t, struct target *v)
{
	if (v->map) {
		perfmap_free(v->map);
		free(v->map);
		v->map = NULL;
	}
	if (v->map_fd >= 0) {
		close(v->map_fd);
		v->map_fd = -1;
		t->maps_early--;
	}
}

/* Get hold of the map while the process lives; it is read when needed. */
static void
open_map(struct targets *t, uint32_t target)
{
	struct target *v = &t->v[target];
	struct proc_status st;
	char path[64];
	struct proc p;
	int fd;

	if (v->map_fd >= 0 || v->map || !targets_open(t, target, &p))
		return;
	if (proc_read_status(&p, &st) == PROC_OK) {
		snprintf(path, sizeof path, "/tmp/perf-%u.map", st.ns_pid);
		fd = proc_open_path_nofollow(&p, path);
		if (fd >= 0) {
			v->map_fd = fd;
			v->map_owner = st.uid;
			t->maps_early++;
		}
	}
	proc_done(&p);
}

bool
targets_add(struct targets *t, const struct record *r)
{
	struct target v = { .container = INTERN_NONE, .map_fd = -1 };
	const char *container = record_get(r, "container");
	uint32_t old;
	uint64_t pid;

	if (!record_get_u64(r, "pid", &pid) || pid == 0 || pid > UINT32_MAX)
		return false;
	v.pid = (uint32_t)pid;
	if (!record_get_u64(r, "start", &v.start))
		v.start = 0;
	if (container)
		v.container = intern_add(&t->containers, container,
		    strlen(container));
	old = targets_find(t, v.pid);
	if (old != TARGET_NONE)
		drop_map(t, &t->v[old]);
	if (t->n == t->cap) {
		t->cap = t->cap ? t->cap * 2 : 64;
		t->v = realloc(t->v, t->cap * sizeof *t->v);
		if (!t->v)
			die_nomem();
	}
	t->v[t->n] = v;
	pairmap_set(&t->by_pid, pid, 0, t->n);
	t->n++;
	/* Without a runtime that makes code there is hardly a map: it is looked
	 * for when a #jit record or an address asks for it. */
	if (record_get(r, "runtime") && t->maps_early < TARGETS_MAPS_EARLY)
		open_map(t, t->n - 1);
	return true;
}

void
targets_expect_jit(struct targets *t, uint32_t pid)
{
	uint32_t target = targets_find(t, pid);

	if (target != TARGET_NONE && t->maps_early < TARGETS_MAPS_EARLY)
		open_map(t, target);
}

/* Read a map that was opened; if it cannot be used it is as if there was none. */
static void
read_map(struct targets *t, uint32_t target)
{
	struct target *v = &t->v[target];
	enum perfmap_err err;
	char where[32];

	v->map_tried = true;
	open_map(t, target);
	if (v->map_fd < 0)
		return;
	snprintf(where, sizeof where, "process %u", v->pid);
	v->map = malloc(sizeof *v->map);
	if (!v->map)
		die_nomem();
	err = perfmap_open(v->map, v->map_fd, v->map_owner);
	v->map_fd = -1;
	t->maps_early--;
	if (err != PERFMAP_OK) {
		diag(DIAG_PERFMAP_REFUSED, where, 0, "%s",
		    perfmap_strerror(err));
		free(v->map);
		v->map = NULL;
		return;
	}
	if (v->map->cut)
		diag(DIAG_PERFMAP_CUT, where, 0, NULL);
	diag_verbose("%s: %u names of compiled code from its perf map, "
	    "%llu lines not understood", where, v->map->entries,
	    (unsigned long long)v->map->bad);
}

/* Drop the tables that were least used, but not keep's. */
static void
bound_memory(struct targets *t, uint32_t keep)
{
	for (;;) {
		size_t sum = 0;
		uint32_t victim = TARGET_NONE;

		for (uint32_t i = 0; i < t->n; i++) {
			if (!t->v[i].map)
				continue;
			sum += perfmap_memory(t->v[i].map);
			if (i != keep && (victim == TARGET_NONE ||
			    t->v[i].map_used < t->v[victim].map_used))
				victim = i;
		}
		if (sum <= TARGETS_MEMORY_MAX || victim == TARGET_NONE)
			return;
		drop_map(t, &t->v[victim]);
		/* It is read again if the process still lives. */
		t->v[victim].map_tried = false;
	}
}

bool
targets_find_jit(struct targets *t, uint32_t target, uint64_t addr,
    struct buf *b)
{
	struct target *v = &t->v[target];
	uint32_t reads;
	bool found;

	if (!v->map && !v->map_tried) {
		read_map(t, target);
		bound_memory(t, target);
	}
	if (!v->map)
		return false;
	v->map_used = ++t->clock;
	reads = v->map->reads;
	found = perfmap_find(v->map, addr, b);
	if (v->map->reads != reads)
		bound_memory(t, target);
	return found;
}

void
targets_reset(struct targets *t)
{
	for (uint32_t i = 0; i < t->n; i++)
		drop_map(t, &t->v[i]);
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
