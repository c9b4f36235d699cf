#include "announce.h"

#include <string.h>

#include "proc/container.h"
#include "stream/record.h"
#include "targets.h"

static uint32_t
add_place(struct process_table *t, struct container *c)
{
	struct buf b = { 0 };
	uint32_t place;

	if (c->engine == CONTAINER_NONE)
		container_find_by_state(c, "");
	buf_add(&b, c->cgroup, strlen(c->cgroup) + 1);
	buf_adds(&b, container_engine_name(c->engine));
	buf_addc(&b, '\0');
	buf_adds(&b, c->id);
	place = intern_add(&t->places, b.s, b.len);
	buf_free(&b);
	return place;
}

/* Whether a process that was in a place is there still. One that is exiting is in "/",
 * as version 1 has it. */
static bool
is_in_place(const struct process_table *t, uint32_t place, const char *cgroup)
{
	return place != INTERN_NONE && (strcmp(cgroup, "/") == 0 ||
	    strcmp(cgroup, intern_str(&t->places, place)) == 0);
}

/* Where a process runs: its cgroup, and the container that means. known: where it was
 * before, which is where its parent was: the first process of a container is moved
 * after it was made. */
static uint32_t
read_place(struct process_table *t, const struct proc *proc, uint32_t known)
{
	uint32_t place = known;
	struct buf b = { 0 };
	struct container c;

	if (proc_read_file(proc, "cgroup", &b) == PROC_OK) {
		container_parse(&c, b.s, b.len);
		if (!is_in_place(t, known, c.cgroup))
			place = add_place(t, &c);
	}
	buf_free(&b);
	return place;
}

/* Whether what has the pid of a process's parent was there before the process. */
static bool
may_be_parent(const struct proc *proc, const struct process *p)
{
	struct proc_stat st;

	return proc_read_stat(proc, &st) == PROC_OK && (p->start_time == 0 ||
	    st.start <= p->start_time / PROCESS_TICK_NS);
}

/* The process has ended: it was where its parent is, unless that has ended, too, and
 * its pid is another's. */
static uint32_t
parents_place(struct process_table *t, const struct process *p)
{
	struct process *parent = process_find(t, p->ppid);
	uint32_t place = INTERN_NONE;
	struct proc proc;

	if (parent && parent->forked > p->forked)
		return INTERN_NONE;
	if (parent && parent->place != INTERN_NONE)
		return parent->place;
	if (p->ppid && proc_open(&proc, NULL, p->ppid) == PROC_OK) {
		if (may_be_parent(&proc, p))
			place = read_place(t, &proc, INTERN_NONE);
		proc_done(&proc);
	}
	if (parent)
		parent->place = place;
	return place;
}

static void
put_place(struct process_table *t, uint32_t place)
{
	const char *s;

	if (place == INTERN_NONE)
		return;
	s = intern_str(&t->places, place);
	record_put(&t->records, "cgroup", s);
	s += strlen(s) + 1;
	record_put(&t->records, "engine", s);
	s += strlen(s) + 1;
	record_put(&t->records, "container", s);
}

/* Its exe as far as mappings tell, for a process that has ended. Code that was made may
 * lie below it. */
static const char *
exe_of_maps(const struct process_table *t, const struct process *p)
{
	const struct modules *m = &t->modules;
	uint32_t module;

	for (uint32_t i = 0; i < p->space.n; i++) {
		module = p->space.map[i].module;
		if (modules_is_file(m, module))
			return m->module[module].key.path;
	}
	return NULL;
}

void
announce_process(struct process_table *t, struct process *p, const struct proc *proc,
    const struct proc_stat *st)
{
	const struct target *told;
	struct proc_status status;
	struct buf exe = { 0 };

	p->announced = true;
	if (proc->dir >= 0) {
		p->ppid = st->ppid;
		/* The perf engine's samples do not bring these. */
		if (p->start_time == 0)
			p->start_time = st->start * PROCESS_TICK_NS;
		if (p->comm[0] == '\0')
			memcpy(p->comm, st->comm, sizeof p->comm);
	}
	if (proc->dir >= 0)
		p->place = read_place(t, proc, p->place);
	else if (p->place == INTERN_NONE)
		p->place = parents_place(t, p);
	record_begin(&t->records, "process");
	record_put_u64(&t->records, "pid", p->pid);
	record_put_u64(&t->records, "start", p->start_time / PROCESS_TICK_NS);
	record_put(&t->records, "comm", p->comm);
	if (p->ppid)
		record_put_u64(&t->records, "ppid", p->ppid);
	if (proc->dir >= 0 && proc_read_status(proc, &status) == PROC_OK) {
		record_put_u64(&t->records, "uid", status.uid);
		if (status.ns_pid != p->pid)
			record_put_u64(&t->records, "ns_pid", status.ns_pid);
	}
	told = t->targets ? targets_find(t->targets, p->pid,
	    p->start_time / PROCESS_TICK_NS) : NULL;
	for (int i = 0; told && i < TARGETS_KEYS; i++)
		if (i >= TARGETS_OF_PROGRAM || !p->execed)
			record_put(&t->records, targets_keys[i],
			    told->told[i]);
	put_place(t, p->place);
	if (proc->dir >= 0 && proc_read_exe(proc, &exe, NULL) == PROC_OK)
		record_put(&t->records, "exe", exe.s);
	else
		record_put(&t->records, "exe", exe_of_maps(t, p));
	record_end(&t->records);
	buf_free(&exe);
}
