#include "process.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/hash.h"
#include "proc/container.h"
#include "stream/frame.h"
#include "stream/record.h"
#include "targets.h"
#include "unwind/unwind.h"

/* Ask /proc again about an address that no mapping holds, at most so often. */
#define MAPS_AGAIN_NS 1000000000ull

/* The tick of /proc/PID/stat's start time, which is 100 Hz everywhere. */
#define TICK_NS 10000000ull

/* Largest user address; beyond are the kernel's. */
#define USER_ADDR_MAX (1ull << 62)

struct process *
process_find(const struct process_table *t, uint32_t pid)
{
	struct process *p;

	if (t->nbucket == 0)
		return NULL;
	p = t->bucket[hash_u64(pid, 0) & (t->nbucket - 1)];
	while (p && p->pid != pid)
		p = p->next;
	return p;
}

static void
grow(struct process_table *t)
{
	uint32_t n = t->nbucket ? t->nbucket * 2 : 256;
	struct process **bucket = calloc(n, sizeof *bucket), *p, *next;
	size_t h;

	if (!bucket)
		die_nomem();
	for (uint32_t i = 0; i < t->nbucket; i++) {
		for (p = t->bucket[i]; p; p = next) {
			next = p->next;
			h = hash_u64(p->pid, 0) & (n - 1);
			p->next = bucket[h];
			bucket[h] = p;
		}
	}
	free(t->bucket);
	t->bucket = bucket;
	t->nbucket = n;
}

struct process *
process_get(struct process_table *t, uint32_t pid)
{
	struct process *p = process_find(t, pid), **bucket;

	if (p)
		return p;
	if (t->n >= t->nbucket)
		grow(t);
	p = calloc(1, sizeof *p);
	if (!p)
		die_nomem();
	p->pid = pid;
	p->place = INTERN_NONE;
	bucket = &t->bucket[hash_u64(pid, 0) & (t->nbucket - 1)];
	p->next = *bucket;
	*bucket = p;
	t->n++;
	return p;
}

static void
write_records(struct process_table *t)
{
	if (t->records.len)
		stream_write_record(t->out, &t->records);
}

/* The line of the stack that ends at node. */
static void
write_stack(struct process_table *t, struct process *p, uint32_t node)
{
	const struct stacktab_node *n = p->stacks.node;
	uint32_t depth = stacktab_depth(&p->stacks, node), i = depth;
	static uint64_t frame[SAMPLER_FRAMES + 2];
	uint64_t count = n[node].count;

	/* Its first frame is the thread, or 0. */
	for (; node; node = n[node].parent)
		frame[--i] = n[node].frame;
	buf_reset(&t->text);
	frame_put_root(&t->text, p->comm, p->pid, (uint32_t)frame[0]);
	for (i = 1; i < depth; i++) {
		buf_addc(&t->text, ';');
		modules_put_frame(&t->modules, frame[i], p->pid, &t->text);
	}
	stream_write_sample(t->out, t->text.s, t->text.len, count);
}

/* Write what p has counted, and start again. */
static void
write_process(struct process_table *t, struct process *p)
{
	if (p->stacks.n == 0)
		return;
	write_records(t);
	for (uint32_t i = 1; i < p->stacks.n; i++)
		if (p->stacks.node[i].count)
			write_stack(t, p, i);
	t->nodes -= p->stacks.n;
	stacktab_free(&p->stacks);
}

/* From here on the pid stands for something new. */
static void
begin_anew(struct process_table *t, struct process *p)
{
	write_process(t, p);
	p->announced = p->has_jit = false;
}

static void
forget_maps(struct process_table *t, struct process *p)
{
	space_clear(&p->space, t->sampler);
	interps_forget(&p->interps, t->sampler);
	p->maps_read = 0;
}

/* -- what /proc says of it ------------------------------------------------ */

/* Remember where a process runs: its cgroup, and the container that means. */
static uint32_t
read_place(struct process_table *t, const struct proc *proc)
{
	struct buf b = { 0 };
	struct container c;
	uint32_t place = INTERN_NONE;

	if (proc_read_file(proc, "cgroup", &b) == PROC_OK) {
		container_parse(&c, b.s, b.len);
		if (c.engine == CONTAINER_NONE)
			container_find_by_state(&c, "");
		buf_reset(&b);
		buf_add(&b, c.cgroup, strlen(c.cgroup) + 1);
		buf_adds(&b, container_engine_name(c.engine));
		buf_addc(&b, '\0');
		buf_adds(&b, c.id);
		place = intern_add(&t->places, b.s, b.len);
	}
	buf_free(&b);
	return place;
}

/* The process has ended: it was where its parent is. */
static uint32_t
parents_place(struct process_table *t, const struct process *p)
{
	struct process *parent = process_find(t, p->ppid);
	uint32_t place = INTERN_NONE;
	struct proc proc;

	if (parent && parent->place != INTERN_NONE)
		return parent->place;
	if (p->ppid && proc_open(&proc, NULL, p->ppid) == PROC_OK) {
		place = read_place(t, &proc);
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

/* Its exe as far as mappings tell, for a process that has ended. */
static const char *
exe_of_maps(const struct process_table *t, const struct process *p)
{
	return p->space.n ?
	    t->modules.module[p->space.map[0].module].key.path : NULL;
}

/* Write the #process record. proc is closed if it has ended. */
static void
announce(struct process_table *t, struct process *p, const struct proc *proc,
    const struct proc_stat *st)
{
	struct proc_status status;
	struct buf exe = { 0 };

	p->announced = true;
	if (proc->dir >= 0) {
		p->ppid = st->ppid;
		/* The perf engine's samples do not bring these. */
		if (p->start_time == 0)
			p->start_time = st->start * TICK_NS;
		if (p->comm[0] == '\0')
			memcpy(p->comm, st->comm, sizeof p->comm);
	}
	if (p->place == INTERN_NONE)
		p->place = proc->dir >= 0 ? read_place(t, proc) :
		    parents_place(t, p);
	record_begin(&t->records, "process");
	record_put_u64(&t->records, "pid", p->pid);
	record_put_u64(&t->records, "start", p->start_time / TICK_NS);
	record_put(&t->records, "comm", p->comm);
	if (p->ppid)
		record_put_u64(&t->records, "ppid", p->ppid);
	if (proc->dir >= 0 && proc_read_status(proc, &status) == PROC_OK)
		record_put_u64(&t->records, "uid", status.uid);
	if (t->targets)
		record_put(&t->records, "runtime", targets_runtime(t->targets,
		    p->pid, p->start_time / TICK_NS));
	put_place(t, p->place);
	if (proc->dir >= 0 && proc_read_exe(proc, &exe, NULL) == PROC_OK)
		record_put(&t->records, "exe", exe.s);
	else
		record_put(&t->records, "exe", exe_of_maps(t, p));
	record_end(&t->records);
	buf_free(&exe);
}

/*
 * Open the process of a sample, if it still lives.
 *
 * st is filled in. proc stays closed if the pid is free or somebody else's by
 * now: start times tell.
 */
static void
open_process(const struct process *p, struct proc *proc, struct proc_stat *st)
{
	uint64_t start = p->start_time / TICK_NS;

	if (proc_open(proc, NULL, p->pid) != PROC_OK)
		return;
	if (proc_read_stat(proc, st) != PROC_OK ||
	    (p->start_time && (st->start > start + 1 ||
	    st->start + 1 < start))) {
		proc_done(proc);
		return;
	}
	if (proc_has_lost_leader(st) && proc_follow_thread(proc) != PROC_OK)
		proc_done(proc);
}

/* -- samples -------------------------------------------------------------- */

/* A process under work: what is known, and its /proc while it is needed. */
struct visit {
	struct process_table *t;
	struct process *p;
	struct proc proc;
	struct proc_stat st;
	uint64_t time;
	int mem;    /* /proc/PID/mem, or -1 */
	bool tried; /* to open proc */
	bool mem_tried;
};

static void
visit_open(struct visit *v)
{
	if (!v->tried)
		open_process(v->p, &v->proc, &v->st);
	v->tried = true;
}

/* Through /proc rather than by pid: the pid may be another's by now. */
static bool
visit_open_memory(struct visit *v)
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

/* For struct interp_memory. */
static bool
read_memory(void *arg, uint64_t addr, void *dst, size_t len)
{
	const struct visit *v = arg;

	return addr < USER_ADDR_MAX &&
	    pread(v->mem, dst, len, (off_t)addr) == (ssize_t)len;
}

/* A child that is gone has the code that its parent has, unless it exec'd, and
 * then its mappings are known. */
static void
borrow_maps(struct visit *v)
{
	struct process *parent = process_find(v->t, v->p->ppid);
	struct proc proc;

	if (parent && parent->space.known) {
		space_copy(&v->p->space, v->t->sampler, &parent->space);
	} else if (v->p->ppid &&
	    proc_open(&proc, NULL, v->p->ppid) == PROC_OK) {
		space_read(&v->p->space, v->t->sampler, &v->t->modules,
		    &proc);
		proc_done(&proc);
	}
}

/* The mapping of a user address; /proc is asked when none is known. */
static const struct mapping *
find_mapping(struct visit *v, uint64_t addr)
{
	struct process *p = v->p;
	const struct mapping *m = space_find(&p->space, addr);

	if (m || addr >= USER_ADDR_MAX || (p->maps_read &&
	    v->time < p->maps_read + MAPS_AGAIN_NS))
		return m;
	visit_open(v);
	p->maps_read = v->time;
	if (v->proc.dir >= 0)
		space_read(&p->space, v->t->sampler, &v->t->modules, &v->proc);
	else if (!p->space.known && !p->execed)
		borrow_maps(v);
	return space_find(&p->space, addr);
}

static uint64_t
user_frame(struct visit *v, uint64_t addr)
{
	const struct mapping *m = find_mapping(v, addr);
	uint64_t frame;

	if (!m)
		return modules_name_frame(MODULE_NAME_UNKNOWN);
	if (v->t->modules.module[m->module].state == MODULE_NEW) {
		visit_open(v);
		v->proc.pid = v->p->pid;
	}
	frame = modules_frame(&v->t->modules, m->module, &v->proc, m->start,
	    m->end, m->pgoff, addr, &v->t->records);
	if (!v->p->has_jit && modules_is_jit_frame(frame)) {
		/* Its names are best fetched while it lives. */
		v->p->has_jit = true;
		record_begin(&v->t->records, "jit");
		record_put_u64(&v->t->records, "pid", v->p->pid);
		record_end(&v->t->records);
	}
	return frame;
}

/* A frame that an interpreter keeps. */
static uint64_t
interp_frame(struct visit *v, uint64_t word)
{
	struct process *p = v->p, *parent = NULL;
	struct interp_memory mem = { read_memory, v };
	bool readable = !interps_knows(&p->interps, word, v->time) &&
	    visit_open_memory(v);

	if (!p->execed)
		parent = process_find(v->t, p->ppid);
	return interps_frame(&v->t->interps, &p->interps,
	    parent ? &parent->interps : NULL, readable ? &mem : NULL,
	    &v->t->modules, word, v->time);
}

/* -- walks that the sampler could not finish ------------------------------ */

static void
load_tables(struct visit *v, const struct mapping *m)
{
	struct elffile f;

	visit_open(v);
	if (modules_open(&v->t->modules, m->module, &v->proc, m->start, m->end,
	    &f) != ELFFILE_OK) {
		tables_load(&v->t->tables, m->module, NULL);
		return;
	}
	tables_load(&v->t->tables, m->module, &f);
	if (f.fd >= 0)
		close(f.fd);
}

/* The rule of a frame, for unwind_walk(). */
static int
find_rule(void *arg, const struct unwind_state *s, uint32_t *rule)
{
	uint64_t pc = unwind_lookup_pc(s);
	struct visit *v = arg;
	const struct mapping *m = find_mapping(v, pc);
	uint64_t off;

	if (!m)
		return UNWIND_NO_MAP;
	off = pc - m->start + m->pgoff;
	if (!tables_have(&v->t->tables, m->module, off))
		load_tables(v, m);
	*rule = tables_rule(&v->t->tables, m->module, off);
	return UNWIND_OK;
}

/* The user part of a stack, innermost frame first. */
struct user_stack {
	uint64_t frame[SAMPLER_USER_MAX];
	uint32_t n;
	uint32_t end; /* enum unwind_end or enum sample_status */
};

/*
 * Where code was replaced after the sampler last heard of it, the walk used the
 * rows of what was there before: what it found beyond is not believed.
 */
static bool
cut_misled(struct visit *v, struct user_stack *u)
{
	const struct mapping *m;

	for (uint32_t i = 0; i < u->n; i++) {
		m = space_find(&v->p->space, u->frame[i]);
		if (!m || m->since <= v->time)
			continue;
		u->n = i + 1;
		u->end = UNWIND_NO_ROWS;
		return true;
	}
	return false;
}

/*
 * A walk that came to an address where no code is did not come to a frame. If
 * it was the first one, the thread is in the kernel between two programs, in
 * exec or exit, and has no user stack.
 */
static void
drop_nonsense(struct visit *v, const struct sample *s, struct user_stack *u)
{
	if (u->end != UNWIND_NO_MAP || !v->p->space.known)
		return;
	if (u->n > 1) {
		u->n--;
	} else if (s->nkernel) {
		u->n = 0;
		u->end = SAMPLE_NO_USER;
	}
}

/*
 * The first sample of a process, or of a library, comes before its tables are
 * loaded: load them, and go on from where the sampler stopped.
 */
static void
finish_walk(struct visit *v, const struct sample_rescue *r, size_t len,
    struct user_stack *u)
{
	struct unwind_state state = {
		.pc = r->pc, .exact = r->exact != 0,
		.has_rbx = r->has_rbx != 0,
	};
	struct unwind_stack stack = { r + 1, len, r->reg[UNWIND_RSP] };
	struct unwind_finder finder = { find_rule, v };
	size_t more = 0;

	v->t->rescued++;
	memcpy(state.reg, r->reg, sizeof state.reg);
	u->end = (uint32_t)unwind_walk(&state, &stack, &finder,
	    u->frame + u->n, SAMPLER_USER_MAX - u->n, &more);
	u->n += (uint32_t)more;
}

static void
take_user_stack(struct visit *v, const struct sample *s, struct user_stack *u)
{
	const struct sample_rescue *r = sample_rescue(s);
	uint32_t from;

	u->n = s->nuser < SAMPLER_USER_MAX ? s->nuser : SAMPLER_USER_MAX;
	u->end = s->status;
	memcpy(u->frame, sample_frames(s) + s->nkernel,
	    u->n * sizeof *u->frame);
	if (cut_misled(v, u) || !r)
		return;
	from = u->n;
	finish_walk(v, r, s->nrescue, u);
	drop_nonsense(v, s, u);
	if (from < u->n)
		u->n = interps_weave(&v->p->interps, u->frame, from, u->n,
		    SAMPLER_USER_MAX, sample_frames(s) + s->nkernel + s->nuser,
		    s->nlater);
	/* From now on the sampler can do it. */
	space_install(&v->p->space, v->t->sampler, s->image);
}

/* Push the user part of a stack below node. */
static uint32_t
push_user(struct visit *v, struct user_stack *u, uint32_t node)
{
	const struct interps_process *ip = &v->p->interps;
	bool keep = v->t->interps.keep_evals, aligned = false;
	struct stacktab *tab = &v->p->stacks;

	if (u->end == UNWIND_END)
		aligned = interps_align(ip, u->frame, u->n);
	for (uint32_t i = u->n; i-- > 0;) {
		uint64_t word = u->frame[i], frame;

		if (interps_is_word(word))
			frame = interp_frame(v, word);
		else if (!keep && (interps_has_run(u->frame, u->n, i) ||
		    (aligned && interp_is_eval(&ip->interp, word))))
			continue;
		else
			frame = user_frame(v, word);
		node = stacktab_push(tab, node, frame);
	}
	return node;
}

/* The sampler can walk an interpreter's frames once it is told of it. */
static void
look_for_interps(struct visit *v, uint32_t image)
{
	struct process *p = v->p;

	if (!sampler_walks_interps(v->t->sampler) || !p->space.installed ||
	    !interps_is_due(&p->interps, &p->space, image))
		return;
	visit_open(v);
	interps_look(&v->t->interps, &p->interps, v->t->sampler,
	    &v->t->modules, &p->space, &v->proc, image);
}

static uint32_t
push_stack(struct visit *v, const struct sample *s)
{
	const uint64_t *kernel = sample_frames(s);
	struct stacktab *tab = &v->p->stacks;
	static struct user_stack u;
	uint32_t node;

	take_user_stack(v, s, &u);
	if (u.end < UNWIND_ENDS)
		v->t->ends[u.end]++;
	v->t->compat += u.end == SAMPLE_COMPAT;
	node = stacktab_push(tab, 0, v->t->per_thread ? s->tid : 0);
	if (u.end != UNWIND_END && u.end != SAMPLE_NO_USER) {
		v->t->truncated++;
		node = stacktab_push(tab, node,
		    modules_name_frame(MODULE_NAME_TRUNCATED));
	}
	node = push_user(v, &u, node);
	/* Return addresses: the call is the instruction before. */
	for (uint32_t i = s->nkernel; i-- > 0;)
		node = stacktab_push(tab, node,
		    modules_kernel_frame(kernel[i] - (i ? 1 : 0)));
	return node;
}

/* Is the table's idea of the pid still the process that was sampled? */
static void
check_identity(struct process_table *t, struct process *p,
    const struct sample *s)
{
	if (p->start_time && s->start_time &&
	    p->start_time != s->start_time) {
		begin_anew(t, p);
		forget_maps(t, p);
		p->place = INTERN_NONE;
		p->ppid = 0;
		p->comm[0] = '\0';
		p->execed = false;
		p->ended = 0;
	}
	/* Changes are applied in order of time: another comm means that one was
	 * missed, an exec perhaps, on a CPU that had just come online. */
	if (p->comm[0] && s->comm[0] && strncmp(p->comm, s->comm, sizeof s->comm) != 0) {
		begin_anew(t, p);
		forget_maps(t, p);
		p->comm[0] = '\0';
	}
	if (s->start_time)
		p->start_time = s->start_time;
	if (p->comm[0] == '\0')
		memcpy(p->comm, s->comm, sizeof s->comm);
}

void
process_sample(struct process_table *t, const struct sample *s)
{
	struct visit v = {
		.t = t, .p = process_get(t, s->pid), .time = s->time,
		.proc = { .dir = -1 }, .mem = -1,
	};
	uint32_t node, before;

	check_identity(t, v.p, s);
	if (!v.p->announced) {
		visit_open(&v);
		announce(t, v.p, &v.proc, &v.st);
	}
	before = v.p->stacks.n;
	node = push_stack(&v, s);
	look_for_interps(&v, s->image);
	stacktab_count(&v.p->stacks, node, 1);
	t->nodes += v.p->stacks.n - before;
	t->received++;
	if (v.mem >= 0)
		close(v.mem);
	if (v.tried)
		proc_done(&v.proc);
	write_records(t);
}

/* -- changes -------------------------------------------------------------- */

static void
on_fork(struct process_table *t, const struct change *c)
{
	struct process *parent = process_find(t, c->ppid);
	struct process *p = process_get(t, c->pid);

	/* The pid was another process's, if anybody's. */
	begin_anew(t, p);
	forget_maps(t, p);
	p->start_time = 0;
	p->ended = 0;
	p->ppid = c->ppid;
	p->place = INTERN_NONE;
	p->wanted = parent && parent->wanted;
	p->comm[0] = '\0';
	p->execed = false;
	if (!parent)
		return;
	/* A name of its own or its code comes with exec. */
	memcpy(p->comm, parent->comm, sizeof p->comm);
	p->place = parent->place;
	if (parent->space.known)
		space_copy(&p->space, t->sampler, &parent->space);
}

static void
on_comm(struct process_table *t, const struct change *c)
{
	struct process *p = process_find(t, c->pid);

	/* The names of threads are their own matter. */
	if (c->pid != c->tid && !c->exec)
		return;
	if (!p && !c->exec)
		return;
	if (!p)
		p = process_get(t, c->pid);
	if (c->exec || strcmp(p->comm, c->text) != 0) {
		begin_anew(t, p);
		memset(p->comm, 0, sizeof p->comm);
		strncpy(p->comm, c->text, sizeof p->comm - 1);
	}
	if (c->exec) {
		forget_maps(t, p);
		p->space.known = p->execed = true;
	}
}

static void
on_mmap(struct process_table *t, const struct change *c)
{
	struct process *p = process_find(t, c->pid);
	struct mapping m = {
		.start = c->start, .end = c->end, .pgoff = c->pgoff,
	};
	struct module_key key = {
		.path = c->text, .dev_major = c->dev_major,
		.dev_minor = c->dev_minor, .ino = c->ino,
	};

	/* Mappings of one that is not known yet are asked from /proc. */
	if (!p || !p->space.known)
		return;
	key.build_id.len = c->build_id_len;
	memcpy(key.build_id.b, c->build_id, c->build_id_len);
	m.module = modules_find(&t->modules, &key);
	space_add(&p->space, t->sampler, &m);
}

void
process_change(struct process_table *t, const struct change *c)
{
	struct process *p;

	switch (c->kind) {
	case CHANGE_FORK:
		on_fork(t, c);
		break;
	case CHANGE_COMM:
		on_comm(t, c);
		break;
	case CHANGE_MMAP:
		on_mmap(t, c);
		break;
	case CHANGE_EXIT:
		/* Every thread's exit moves the time on; the last one counts,
		 * and until the sweep comes, late samples find their names. */
		p = process_find(t, c->pid);
		if (p && (c->pid == c->tid || p->ended))
			p->ended = c->time;
		break;
	}
}

void
process_distrust(struct process_table *t)
{
	for (uint32_t i = 0; i < t->nbucket; i++)
		for (struct process *p = t->bucket[i]; p; p = p->next)
			forget_maps(t, p);
}

static void
free_process(struct process_table *t, struct process *p)
{
	write_process(t, p);
	interps_forget(&p->interps, t->sampler);
	space_free(&p->space, t->sampler);
	free(p);
	t->n--;
}

void
process_sweep(struct process_table *t, uint64_t time)
{
	for (uint32_t i = 0; i < t->nbucket; i++) {
		struct process **link = &t->bucket[i], *p;

		while ((p = *link)) {
			if (p->ended == 0 || p->ended > time) {
				link = &p->next;
				continue;
			}
			*link = p->next;
			free_process(t, p);
		}
	}
}

static int
by_pid(const void *a, const void *b)
{
	const struct process *const *x = a, *const *y = b;

	return ((*x)->pid > (*y)->pid) - ((*x)->pid < (*y)->pid);
}

void
process_flush(struct process_table *t)
{
	struct process **all = calloc(t->n ? t->n : 1, sizeof *all);
	uint32_t n = 0;

	if (!all)
		die_nomem();
	for (uint32_t i = 0; i < t->nbucket; i++)
		for (struct process *p = t->bucket[i]; p; p = p->next)
			all[n++] = p;
	qsort(all, n, sizeof *all, by_pid);
	for (uint32_t i = 0; i < n; i++)
		write_process(t, all[i]);
	free(all);
}

void
process_free(struct process_table *t)
{
	process_sweep(t, UINT64_MAX);
	for (uint32_t i = 0; i < t->nbucket; i++) {
		struct process *p, *next;

		for (p = t->bucket[i]; p; p = next) {
			next = p->next;
			free_process(t, p);
		}
	}
	free(t->bucket);
	tables_free(&t->tables);
	interps_free(&t->interps);
	modules_free(&t->modules);
	intern_free(&t->places);
	buf_free(&t->records);
	buf_free(&t->text);
}
