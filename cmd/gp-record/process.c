#include "process.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "announce.h"
#include "base/diag.h"
#include "base/grow.h"
#include "base/hash.h"
#include "proc/jitdump.h"
#include "samplestack.h"
#include "stream/record.h"

/* Whether a process has really ended is looked at so often. */
#define LOOK_AGAIN_NS 500000000ull

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

bool
process_is(const struct process *p, const struct proc_stat *st)
{
	uint64_t start = p->start_time / PROCESS_TICK_NS;

	return p->start_time == 0 ||
	    (st->start <= start + 1 && st->start + 1 >= start);
}

struct process *
process_parent(const struct process_table *t, const struct process *p)
{
	struct process *parent = p->ppid ? process_find(t, p->ppid) : NULL;

	return parent && parent->execed <= p->forked &&
	    parent->forked <= p->forked ? parent : NULL;
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

/* Say when what follows was sampled. */
static void
tell_time(struct process_table *t)
{
	if (!t->interval || t->slice_told)
		return;
	t->slice_told = true;
	record_begin(&t->records, "time");
	record_put_seconds(&t->records, "at", t->slice * t->interval);
	record_end(&t->records);
}

/* Write what p has counted, and start again. */
static void
write_process(struct process_table *t, struct process *p)
{
	if (p->stacks.n == 0)
		return;
	tell_time(t);
	kfunctions_tell(&t->kfunctions, &p->stacks, &t->records);
	write_records(t);
	stacklines_write(&t->lines, &p->stacks, &t->modules, p->comm, p->pid,
	    t->out);
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
	interps_forget(&t->interps, &p->interps);
	p->maps_read = 0;
}

/* -- samples -------------------------------------------------------------- */

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
		p->forked = p->execed = p->ended = p->image = 0;
	}
	/* Changes are applied in order of time: another comm, or another image,
	 * means that one was missed, an exec perhaps, on a CPU that had just
	 * come online. */
	if ((p->image && s->image && s->image != p->image) ||
	    (p->comm[0] && s->comm[0] &&
	    strncmp(p->comm, s->comm, sizeof s->comm) != 0)) {
		begin_anew(t, p);
		forget_maps(t, p);
		p->comm[0] = '\0';
	}
	if (s->image)
		p->image = s->image;
	if (s->start_time)
		p->start_time = s->start_time;
	if (p->comm[0] == '\0')
		memcpy(p->comm, s->comm, sizeof s->comm);
}

/* Samples of several CPUs may be a little out of order: it goes back, too. */
static void
choose_slice(struct process_table *t, uint64_t time)
{
	uint64_t slice = 0;

	if (!t->interval)
		return;
	if (time > t->begin)
		slice = (time - t->begin) / t->interval;
	if (slice == t->slice)
		return;
	process_flush(t);
	t->slice = slice;
	t->slice_told = false;
}

void
process_sample(struct process_table *t, const struct sample *s)
{
	struct process *p = process_get(t, s->pid);
	uint32_t node, before;
	struct visit v;

	choose_slice(t, s->time);
	visit_begin(&v, t, p, s->time);
	check_identity(t, p, s);
	early_look(t, p, s->image);
	if (!p->announced) {
		visit_open(&v);
		announce_process(t, p, &v.proc, &v.st);
	}
	before = p->stacks.n;
	node = samplestack_push(&v, s);
	stacktab_count(&p->stacks, node, 1);
	t->nodes += p->stacks.n - before;
	t->received++;
	visit_done(&v);
	write_records(t);
}

/* -- changes -------------------------------------------------------------- */

static void
on_fork(struct process_table *t, const struct change *c)
{
	struct process *parent = process_find(t, c->ppid);
	struct process *p = process_find(t, c->pid);

	if (!p) {
		if (t->only_wanted && !(parent && parent->wanted))
			return;
		p = process_get(t, c->pid);
	}
	/* The pid was another process's, if anybody's. */
	begin_anew(t, p);
	forget_maps(t, p);
	p->start_time = 0;
	p->ended = 0;
	p->ppid = c->ppid;
	p->place = INTERN_NONE;
	p->wanted = parent && parent->wanted;
	p->comm[0] = '\0';
	p->forked = c->time;
	p->execed = 0;
	p->image = 0;
	if (!parent)
		return;
	/* A name of its own or its code comes with exec. */
	memcpy(p->comm, parent->comm, sizeof p->comm);
	p->place = parent->place;
	if (parent->space.known)
		space_copy(&p->space, t->sampler, &parent->space);
	if (parent->interps.interp.language != INTERP_NONE)
		early_note(t, p);
}

static void
on_comm(struct process_table *t, const struct change *c)
{
	struct process *p = process_find(t, c->pid);

	/* The names of threads are their own matter. */
	if (c->pid != c->tid && !c->exec)
		return;
	if (!p && (!c->exec || t->only_wanted))
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
		/* Of before records were lost: there may have been another. */
		p->space.known = c->time >= t->distrusted;
		p->execed = c->time;
		p->image = 0;
		/* Of another thread: the first one's end was not the process's. */
		p->ended = 0;
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
	m.is_file = modules_is_file(&t->modules, m.module);
	/* With its next sample, the reader is to hear of it. */
	if (jitdump_is_path(c->text))
		p->has_jit = false;
	if (!space_has(&p->space, &t->modules, &m, c->time) &&
	    space_add(&p->space, t->sampler, &m))
		t->misled = c->time;
	early_note(t, p);
}

static void
add_end(struct process_table *t, uint32_t pid, uint64_t time)
{
	size_t first = t->first_end;

	if (t->nend == t->capend && first) {
		t->nend -= first;
		memmove(t->end, t->end + first, t->nend * sizeof *t->end);
		t->first_end = 0;
	}
	t->end = grow_for(t->end, t->nend, &t->capend, sizeof *t->end);
	t->end[t->nend++] = (struct process_end){ pid, time };
}

/* The first thread's exit may be the end: process_sweep() sees. Every other one's
 * moves the time on, and until the sweep comes, late samples find their names. */
static void
on_end(struct process_table *t, const struct change *c)
{
	struct process *p = process_find(t, c->pid);

	if (!p || (c->pid != c->tid && !p->ended))
		return;
	if (!p->ended)
		add_end(t, p->pid, c->time);
	p->ended = c->time;
}

void
process_change(struct process_table *t, const struct change *c)
{
	switch (c->kind) {
	case CHANGE_FORK:
		on_fork(t, c);
		break;
	case CHANGE_COMM:
		on_comm(t, c);
		break;
	case CHANGE_KERNEL: /* no process's */
		break;
	case CHANGE_MMAP:
		on_mmap(t, c);
		break;
	case CHANGE_EXIT:
		on_end(t, c);
		break;
	}
}

void
process_distrust(struct process_table *t, uint64_t now)
{
	t->distrusted = now;
	for (uint32_t i = 0; i < t->nbucket; i++) {
		for (struct process *p = t->bucket[i]; p; p = p->next) {
			forget_maps(t, p);
			if (p->ended || kill((pid_t)p->pid, 0) == 0 ||
			    errno != ESRCH)
				continue;
			p->ended = now;
			add_end(t, p->pid, now);
		}
	}
}

static void
free_process(struct process_table *t, struct process *p)
{
	write_process(t, p);
	interps_forget(&t->interps, &p->interps);
	space_free(&p->space, t->sampler);
	free(p);
	t->n--;
}

static void
drop(struct process_table *t, struct process *p)
{
	struct process **link;

	link = &t->bucket[hash_u64(p->pid, 0) & (t->nbucket - 1)];
	while (*link != p)
		link = &(*link)->next;
	*link = p->next;
	/* Whether or not it still was one. */
	if (p->wanted)
		(void)!sampler_target(t->sampler, p->pid, false);
	free_process(t, p);
}

/* Whether it goes on without its first thread. Of its last one's end nothing tells
 * apart. */
static bool
lives_on(const struct process *p)
{
	struct proc_stat st;
	struct proc proc;
	bool lives;

	lives = proc_open(&proc, NULL, p->pid) == PROC_OK &&
	    proc_read_stat(&proc, &st) == PROC_OK && !proc_is_zombie(&st) &&
	    process_is(p, &st);
	proc_done(&proc);
	return lives;
}

void
process_sweep(struct process_table *t, uint64_t time)
{
	struct process_end e;
	struct process *p;

	while (t->first_end < t->nend && t->end[t->first_end].time <= time) {
		e = t->end[t->first_end++];
		p = process_find(t, e.pid);
		/* Its pid may be in use again, or threads have outlived it. */
		if (!p || !p->ended)
			continue;
		if (p->ended <= time && !lives_on(p)) {
			drop(t, p);
			continue;
		}
		if (p->ended <= time)
			p->ended = time + LOOK_AGAIN_NS;
		add_end(t, p->pid, p->ended);
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
	for (uint32_t i = 0; i < t->nbucket; i++) {
		struct process *p, *next;

		for (p = t->bucket[i]; p; p = next) {
			next = p->next;
			free_process(t, p);
		}
	}
	free(t->bucket);
	free(t->end);
	tables_free(&t->tables);
	interps_free(&t->interps);
	early_free(&t->early);
	modules_free(&t->modules);
	intern_free(&t->places);
	kfunctions_free(&t->kfunctions);
	buf_free(&t->records);
	stacklines_free(&t->lines);
}
