#include "visit.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "proc/jitdump.h"
#include "proc/proc.h"
#include "procmaps.h"
#include "stream/record.h"

/* Ask /proc again about an address that no mapping holds, at most so often. */
#define MAPS_AGAIN_NS 1000000000ull

/* Largest user address; beyond are the kernel's. */
#define USER_ADDR_MAX (1ull << 62)

/*
 * Open the process of a sample, if it still lives.
 *
 * st is filled in. proc stays closed if the pid is free or somebody else's by
 * now: start times tell.
 */
static void
open_process(const struct process *p, struct proc *proc, struct proc_stat *st)
{
	struct proc_stat thread;

	if (proc_open(proc, NULL, p->pid) != PROC_OK)
		return;
	if (proc_read_stat(proc, st) != PROC_OK || !process_is(p, st)) {
		proc_done(proc);
		return;
	}
	if (!proc_has_lost_leader(st))
		return;
	if (proc_follow_thread(proc) != PROC_OK ||
	    proc_read_stat(proc, &thread) != PROC_OK) {
		proc_done(proc);
		return;
	}
	/* The first thread has no program any more. */
	st->start_code = thread.start_code;
	st->end_code = thread.end_code;
	st->start_stack = thread.start_stack;
}

void
visit_begin(struct visit *v, struct process_table *t, struct process *p,
    uint64_t time)
{
	*v = (struct visit){
		.t = t, .p = p, .time = time, .proc = { .dir = -1 }, .mem = -1,
	};
}

void
visit_open(struct visit *v)
{
	if (!v->tried)
		open_process(v->p, &v->proc, &v->st);
	v->tried = true;
}

/* Through /proc rather than by pid: the pid may be another's by now. */
static bool
open_memory(struct visit *v)
{
	if (!v->mem_tried) {
		visit_open(v);
		if (v->proc.dir >= 0)
			v->mem = openat(v->proc.dir, "mem",
			    O_RDONLY | O_CLOEXEC);
	}
	v->mem_tried = true;
	return v->mem >= 0;
}

/* For struct interp_process. */
static bool
read_memory(void *arg, uint64_t addr, void *dst, size_t len)
{
	const struct visit *v = arg;

	return addr < USER_ADDR_MAX &&
	    pread(v->mem, dst, len, (off_t)addr) == (ssize_t)len;
}

bool
visit_read(struct visit *v, uint64_t addr, void *dst, size_t len)
{
	return open_memory(v) && read_memory(v, addr, dst, len);
}

static int
open_path(void *arg, const char *path, bool folder)
{
	const struct visit *v = arg;

	return folder ? proc_open_folder(&v->proc, path) :
	    proc_open_path(&v->proc, path);
}

/* Whether what st is of runs the program that was sampled. The process may be in
 * another one by now, and what it has mapped is that one's. */
static bool
is_same_program(const struct visit *v, const struct proc_stat *st)
{
	return v->image == v->p->pid || v->layout == sampler_layout(v->p->pid,
	    st->start_code, st->end_code, st->start_stack);
}

/*
 * A child that is gone has the code that its parent has, unless it exec'd, and
 * then its mappings are known; or unless the parent did, since, of which its
 * changes tell, or the image. Of a parent that is gone too, what is known of it
 * is the last that it had. Where no image tells, all changes since the fork must
 * have been seen.
 */
static void
borrow_maps(struct visit *v)
{
	struct process *parent = process_parent(v->t, v->p);
	bool seen = v->p->forked >= v->t->distrusted, lives;
	struct proc proc = { .dir = -1 };
	struct proc_stat st;

	if (!parent && process_find(v->t, v->p->ppid))
		return;
	lives = v->p->ppid && proc_open(&proc, NULL, v->p->ppid) == PROC_OK;
	if (lives && v->image != v->p->pid)
		seen = proc_read_stat(&proc, &st) == PROC_OK &&
		    is_same_program(v, &st);
	if (seen && parent && parent->space.known)
		space_copy(&v->p->space, v->t->sampler, &parent->space);
	else if (seen && lives)
		procmaps_read(v->t, &v->p->space, v->p->ppid, &proc);
	if (lives)
		proc_done(&proc);
}

/* Whether an exec may have been missed since, and what /proc has is of later: the
 * engine tells of no images, or the image of how many execs there were, /proc not. */
static bool
has_lost_track(const struct visit *v)
{
	return (v->image == v->p->pid || v->image != v->layout) &&
	    v->time < v->t->distrusted;
}

/* What was mapped at addr when the sample was taken, as far as is known. */
static const struct mapping *
known_mapping(struct visit *v, uint64_t addr)
{
	const struct mapping *m = space_find(&v->p->space, addr);

	return m && m->from <= v->time ? m : NULL;
}

const struct mapping *
visit_mapping(struct visit *v, uint64_t addr)
{
	struct process *p = v->p;

	if (has_lost_track(v))
		return NULL;
	if (space_find(&p->space, addr) || addr >= USER_ADDR_MAX ||
	    (p->maps_read && v->time < p->maps_read + MAPS_AGAIN_NS))
		return known_mapping(v, addr);
	visit_open(v);
	p->maps_read = v->time;
	if (v->proc.dir >= 0 && is_same_program(v, &v->st))
		procmaps_read(v->t, &p->space, p->pid, &v->proc);
	else if (!p->space.known && !p->execed)
		borrow_maps(v);
	return known_mapping(v, addr);
}

/*
 * The first page of a jitdump file, which a runtime that writes one maps; NULL if
 * there is none. After a fork the parent's is there as well.
 */
static const struct mapping *
find_jitdump(const struct visit *v)
{
	const struct space *s = &v->p->space;
	const struct mapping *found = NULL;
	char own[32];

	snprintf(own, sizeof own, "/jit-%u.dump", v->p->pid);
	for (uint32_t i = 0; i < s->n; i++) {
		const char *path = v->t->modules.module[
		    s->map[i].module].key.path;

		if (!jitdump_is_path(path))
			continue;
		if (!found || strcmp(strrchr(path, '/'), own) == 0)
			found = &s->map[i];
	}
	return found;
}

/* Its compiled code was sampled: the names are best fetched while it lives. */
static void
announce_jit(struct visit *v)
{
	const struct mapping *m = find_jitdump(v);
	struct buf *b = &v->t->records;
	char map[40];

	record_begin(b, "jit");
	record_put_u64(b, "pid", v->p->pid);
	if (m) {
		snprintf(map, sizeof map, "%llx-%llx",
		    (unsigned long long)m->start, (unsigned long long)m->end);
		record_put(b, "dump",
		    v->t->modules.module[m->module].key.path);
		record_put(b, "map", map);
	}
	record_end(b);
}

uint64_t
visit_frame(struct visit *v, uint64_t addr)
{
	const struct mapping *m = visit_mapping(v, addr);
	uint64_t frame;

	if (!m)
		return modules_name_frame(MODULE_NAME_UNKNOWN);
	if (modules_wants_file(&v->t->modules, m->module)) {
		visit_open(v);
		v->proc.pid = v->p->pid;
	}
	frame = modules_frame(&v->t->modules, m->module, &v->proc, m->start,
	    m->end, m->pgoff, addr, &v->t->records);
	if (!v->p->has_jit && modules_is_jit_frame(frame)) {
		v->p->has_jit = true;
		announce_jit(v);
	}
	return frame;
}

uint64_t
visit_interp_frame(struct visit *v, uint64_t word, uint64_t clue)
{
	struct process *p = v->p, *parent = NULL;
	struct interp_process asked = { read_memory, open_path, v };
	bool readable = !interps_knows(&p->interps, word, clue, v->time) &&
	    open_memory(v);

	if (!p->execed)
		parent = process_parent(v->t, p);
	return interps_frame(&v->t->interps, &p->interps,
	    parent ? &parent->interps : NULL, readable ? &asked : NULL,
	    &v->t->modules, word, clue, v->time);
}

void
visit_done(struct visit *v)
{
	if (v->mem >= 0)
		close(v->mem);
	if (v->tried)
		proc_done(&v->proc);
}
