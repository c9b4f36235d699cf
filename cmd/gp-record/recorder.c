#include "recorder.h"

#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/grow.h"
#include "base/monotonic.h"
#include "proc/proc.h"
#include "recordhead.h"
#include "stream/record.h"
#include "targets.h"

/* How long after it happened a record may still be on its way into a ring. */
#define SETTLE_NS 2000000

/* What wakes us waits so long for company, if something else did shortly before;
 * and until it is SETTLE_NS old. */
#define BATCH_NS 5000000
#define ALONE_NS 100000000

/* Side-band records wake us, but no more often: where much is built, they never
 * end. */
#define SIDEBAND_NS 50000000

/* After code was replaced it will be again: side-band records are read so often,
 * for so long. */
#define HURRY_NS 2000000000ull
#define HURRY_MS 5

/* How often the list of CPUs is looked at. */
#define CPUS_NS 100000000u

/* How often a reader is told how far we are, with recorder_options.flush. */
#define TELL_NS 1000000000ull

/* A process that ended keeps its names so long, for what is late. */
#define LINGER_NS 500000000ull

/* Frames in all stack trees, before they are written and begun anew: the bound
 * of gp-record's memory, some 8 MB. */
#define NODES_MAX 200000

/* A 1024th of the memory for unwind rows, 4 to 32 MB: the files of an ordinary
 * machine's running programs have a million rows, 8 MB; two browsers and two
 * compilers have five. The kernel takes and clears all of it at the start. */
static uint32_t
pool_slots(const struct recorder_options *o)
{
	const uint64_t slot = SAMPLER_BLOCK_ROWS * sizeof(struct unwind_row);
	uint64_t slots = (uint64_t)sysconf(_SC_PHYS_PAGES) *
	    (uint64_t)sysconf(_SC_PAGESIZE) / 1024 / slot;

	if (o->rows_bytes)
		return (uint32_t)(o->rows_bytes / slot);
	return slots < 512 ? 512 : slots > 4096 ? 4096 : (uint32_t)slots;
}

/* -- starting ------------------------------------------------------------- */

void
recorder_add_target(struct recorder *r, uint32_t pid)
{
	process_get(&r->table, pid)->wanted = true;
	if (sampler_target(r->sampler, pid, true) != 0)
		diag(DIAG_RECORD_TARGETS, NULL, 0, "pid %" PRIu32 ": %s", pid,
		    strerror(errno));
}

/* Whether a pid of the list is still the process that it was. */
static bool
is_still(const struct target *t)
{
	struct proc_stat st;
	struct proc p;
	bool same;

	same = proc_open(&p, NULL, t->pid) == PROC_OK &&
	    proc_read_stat(&p, &st) == PROC_OK &&
	    (!t->start || st.start == t->start);
	proc_done(&p);
	return same;
}

static bool
is_target(const struct recorder *r, uint32_t pid)
{
	const struct process *p = process_find(&r->table, pid);

	return p && p->wanted;
}

/* Of what is older than the recording only /proc knows whose child it is, and that
 * only as long as the parent lives. */
static void
add_descendants(struct recorder *r)
{
	uint32_t *pid, *ppid;
	struct proc_stat st;
	struct proc p;
	bool more = true;
	size_t n;

	if (proc_list(NULL, &pid, &n) != PROC_OK)
		return;
	ppid = grow_zeroed(n, sizeof *ppid);
	for (size_t i = 0; i < n; i++) {
		if (proc_open(&p, NULL, pid[i]) == PROC_OK &&
		    proc_read_stat(&p, &st) == PROC_OK &&
		    pid[i] != (uint32_t)getpid())
			ppid[i] = st.ppid;
		proc_done(&p);
	}
	while (more) {
		more = false;
		for (size_t i = 0; i < n; i++) {
			if (!ppid[i] || !is_target(r, ppid[i]))
				continue;
			recorder_add_target(r, pid[i]);
			ppid[i] = 0;
			more = true;
		}
	}
	free(ppid);
	free(pid);
}

/* For cpus_follow(). */
static int
attach(void *arg, int cpu)
{
	struct recorder *r = arg;

	if (sideband_attach(&r->sideband, cpu) != 0)
		return -1;
	return sampler_attach(r->sampler, cpu);
}

void
recorder_start(struct recorder *r, const struct recorder_options *o)
{
	struct sampler_options so = {
		.event = o->event, .engine = o->engine, .command = o->command,
		.freq = o->freq, .period = o->period, .filter = o->filter,
	};
	struct rings_need need = {
		.freq = o->freq, .one_process = o->command != 0,
	};
	int status = EX_UNAVAILABLE;
	struct buf head = { 0 };
	struct rings rings;
	char why[512];

	/* On a machine with more to do than it can, who measures must not wait
	 * for its turn. Without the right to, it waits. */
	if (setpriority(PRIO_PROCESS, 0, -10) != 0)
		diag_verbose("cannot raise my priority:");
	/* What is large comes and goes: never from the heap, where it would
	 * leave holes. */
	mallopt(M_MMAP_THRESHOLD, 128 * 1024);
	*r = (struct recorder){
		.o = o,
		.writer.f = o->out,
		.flushed = monotonic_ns(),
	};
	r->table.out = &r->writer;
	r->table.per_thread = o->per_thread;
	r->table.interval = o->interval;
	r->table.only_wanted = o->filter;
	r->table.sideband = &r->sideband;
	r->table.targets = o->targets;
	r->table.interps.keep_evals = o->eval_frames;
	r->table.interps.wish = (struct interp_wish){
		.paths = o->paths, .lines = o->lines,
		.packages = o->packages ? &r->table.interps.packages : NULL,
	};
	memcpy(r->table.interps.no_natives, o->no_natives,
	    sizeof o->no_natives);
	cpus_init(&r->cpus);
	need.cpus = cpus_online(&r->cpus);
	rings = rings_plan(&need);
	so.ring_bytes = rings.samples;
	so.cpu_ring_bytes = rings.perf;
	so.pool_slots = pool_slots(o);
	r->sampler = sampler_open(&so, &status, why, sizeof why);
	if (!r->sampler)
		die(status, "%s", why);
	r->table.sampler = r->table.interps.sampler = r->sampler;
	if (sampler_filters(r->sampler)) {
		r->table.kfunctions.ask = kernelask;
		r->table.kfunctions.arg = &r->kernelask;
	}
	tables_init(&r->table.tables, r->sampler);
	sideband_init(&r->sideband, r->cpus.max, rings.sideband,
	    o->command ? (int)o->command : -1);
	if (o->command)
		recorder_add_target(r, o->command);
	for (size_t i = 0; i < o->npid; i++) {
		recorder_add_target(r, o->pid[i]);
		early_note(&r->table, process_get(&r->table, o->pid[i]));
	}
	for (size_t i = 0; o->targets && i < o->targets->n; i++) {
		const struct target *t = &o->targets->target[i];

		if (!is_still(t))
			continue;
		recorder_add_target(r, t->pid);
		if (t->told[TARGETS_RUNTIME])
			early_note(&r->table, process_get(&r->table, t->pid));
	}
	early_settle(&r->table);
	r->table.begin = monotonic_ns();
	load_begin(&r->load, "");
	cpus_follow(&r->cpus, attach, r);
	if (cpus_attached(&r->cpus) == 0)
		die(EX_UNAVAILABLE, "cannot sample %s on any CPU",
		    o->event.name);
	/* Of later ones we are told by now. */
	if (o->npid || o->targets)
		add_descendants(r);
	recordhead_put(&head, o, cpus_attached(&r->cpus), r->table.begin);
	stream_write_record(&r->writer, &head);
	buf_free(&head);
}

/* -- running -------------------------------------------------------------- */

/* A child of a wanted process is wanted, whoever its parent will be. */
static void
follow_target(struct recorder *r, const struct change *c)
{
	const struct process *p;

	if (!r->o->filter || c->kind != CHANGE_FORK)
		return;
	p = process_find(&r->table, c->pid);
	if (p && p->wanted)
		recorder_add_target(r, c->pid);
	/* The pid may have been a target's. */
	else if (p && sampler_target(r->sampler, c->pid, false) != 0)
		return; /* it was none */
}

/* "[bpf]", "[ftrace]", "[kprobes]": as /proc/kallsyms would have it. */
static const char *
kernel_module_of(const char *name)
{
	return strncmp(name, "ftrace_", 7) == 0 ? "ftrace" :
	    strncmp(name, "kprobe_", 7) == 0 ? "kprobes" : "bpf";
}

/* Code that comes and goes: by the time that it is asked for it may be gone from
 * /proc/kallsyms. */
static void
write_ksymbol(struct recorder *r, const struct change *c)
{
	struct buf b = { 0 };
	char addr[24];

	snprintf(addr, sizeof addr, "%" PRIx64, c->start);
	record_begin(&b, "ksymbol");
	record_put(&b, "addr", addr);
	record_put_u64(&b, "size", c->end - c->start);
	record_put(&b, "name", c->text);
	record_put(&b, "module", kernel_module_of(c->text));
	record_end(&b);
	stream_write_record(&r->writer, &b);
	buf_free(&b);
}

/* Apply the changes up to a moment. */
static void
apply_changes(struct recorder *r, uint64_t time)
{
	struct sideband *s = &r->sideband;

	while (s->used < s->n && s->change[s->used].time <= time) {
		const struct change *c = &s->change[s->used++];

		if (c->kind == CHANGE_KERNEL) {
			write_ksymbol(r, c);
			continue;
		}
		process_change(&r->table, c);
		follow_target(r, c);
	}
}

/* The sampler in the kernel goes by pids, and by ancestors: a child that is older
 * than the recording may not be known here. Of one that was born since, it is: a pid
 * that was a target's may be a stranger's. */
static bool
is_wanted(struct recorder *r, const struct sample *s)
{
	const struct process *p = process_find(&r->table, s->pid);

	return (p && p->wanted) ||
	    (sampler_filters(r->sampler) && !(p && p->forked));
}

static bool
on_sample(void *arg, const struct sample *s)
{
	struct recorder *r = arg;

	if (s->time > r->until) {
		/* The ring has let go of it. */
		buf_add(&r->held, s, sample_bytes(s));
		return false;
	}
	apply_changes(r, s->time);
	if (r->o->filter && !is_wanted(r, s)) {
		r->unwanted++;
		return true;
	}
	process_sample(&r->table, s);
	/* From now on it is one whoever its parent is, and its children are. */
	if (r->o->filter && !is_target(r, s->pid))
		recorder_add_target(r, s->pid);
	return true;
}

static void
take_samples(struct recorder *r)
{
	struct buf held = r->held;
	bool more = true;

	r->held = (struct buf){ 0 };
	if (held.len)
		more = on_sample(r, (const void *)held.s);
	buf_free(&held);
	if (more)
		sampler_read(r->sampler, on_sample, r);
}

static void
take(struct recorder *r, uint64_t until)
{
	r->until = until;
	sideband_read(&r->sideband);
	if (r->sideband.lost > r->sideband_lost) {
		diag(DIAG_RECORD_SIDEBAND, NULL, 0, "%" PRIu64,
		    r->sideband.lost - r->sideband_lost);
		r->sideband_lost = r->sideband.lost;
	}
	/* Not only when the kernel says so: it does with the next record. */
	if (r->sideband.gaps > r->sideband_gaps) {
		r->sideband_gaps = r->sideband.gaps;
		process_distrust(&r->table, monotonic_ns());
	}
	take_samples(r);
	apply_changes(r, until);
	early_settle(&r->table);
}

bool
recorder_wait(struct recorder *r, int ms, int fd)
{
	struct timespec batch = { .tv_nsec = BATCH_NS };
	uint64_t t = monotonic_ns();
	bool calm = t >= r->sideband_next;
	struct pollfd p[] = {
		{ .fd = sampler_fd(r->sampler), .events = POLLIN },
		{ .fd = calm ? r->sideband.epoll : -1, .events = POLLIN },
		{ .fd = fd, .events = POLLIN },
	};

	if (!calm && ms > (int)((r->sideband_next - t) / 1000000))
		ms = (int)((r->sideband_next - t) / 1000000) + 1;
	if (t < r->table.misled + HURRY_NS && ms > HURRY_MS)
		ms = HURRY_MS;
	if (poll(p, GP_COUNT(p), ms) > 0 && !p[2].revents) {
		t = monotonic_ns();
		if (t - r->woken > ALONE_NS)
			batch.tv_nsec = SETTLE_NS;
		r->woken = t;
		nanosleep(&batch, NULL);
	}
	if (p[1].revents)
		r->sideband_next = monotonic_ns() + SIDEBAND_NS;
	return p[2].revents != 0;
}

/* Write how many samples were taken so far: if we die, whoever reads can name as
 * lost what it has not got. */
static void
write_progress(struct recorder *r)
{
	struct sampler_counters c;
	struct buf b = { 0 };

	sampler_count(r->sampler, &c);
	record_begin(&b, "progress");
	record_put_u64(&b, "samples", c.fired - r->unwanted);
	record_end(&b);
	stream_write_record(&r->writer, &b);
	buf_free(&b);
}

static void
write_early(struct recorder *r, uint64_t t)
{
	if (t - r->flushed >= r->o->flush) {
		process_flush(&r->table);
		r->flushed = t;
	}
	if (t - r->told >= TELL_NS) {
		write_progress(r);
		r->told = t;
	}
}

void
recorder_poll(struct recorder *r)
{
	uint64_t t = monotonic_ns();

	if (t >= r->cpus_next) {
		cpus_follow(&r->cpus, attach, r);
		r->cpus_next = t + CPUS_NS;
	}
	take(r, t - SETTLE_NS);
	tables_poll(&r->table.tables, t);
	process_sweep(&r->table, t - LINGER_NS);
	if (r->table.nodes > NODES_MAX)
		process_flush(&r->table);
	if (r->o->flush)
		write_early(r, t);
}

bool
recorder_has_targets(const struct recorder *r)
{
	const struct process_table *t = &r->table;

	for (uint32_t i = 0; i < t->nbucket; i++)
		for (struct process *p = t->bucket[i]; p; p = p->next)
			/* It may be somebody else's, whom we may not kill. */
			if (p->wanted && (kill((pid_t)p->pid, 0) == 0 ||
			    errno == EPERM))
				return true;
	return false;
}

/* -- ending --------------------------------------------------------------- */

static void
write_lost(struct recorder *r, const char *reason, uint64_t count)
{
	struct buf b = { 0 };

	if (count == 0)
		return;
	record_begin(&b, "lost");
	record_put_u64(&b, "count", count);
	record_put(&b, "reason", reason);
	record_end(&b);
	stream_write_record(&r->writer, &b);
	buf_free(&b);
}

void
recorder_finish(struct recorder *r)
{
	struct sampler_counters c;
	struct buf extra = { 0 };
	uint64_t fired, full, missing;

	sampler_stop(r->sampler);
	load_put(&r->load, "", &extra);
	take(r, UINT64_MAX);
	process_flush(&r->table);
	if (extra.len)
		stream_write_record(&r->writer, &extra);
	buf_reset(&extra);
	sampler_count(r->sampler, &c);
	fired = c.fired;
	full = c.ring_full;
	write_lost(r, "ring-full", full);
	if (full)
		diag(DIAG_RECORD_RING, NULL, 0, "%" PRIu64, full);
	/* The program's count of what fired is the truth; anything that is in
	 * neither sum would be a mistake of ours, and is told all the same. */
	missing = fired - full - r->table.received - r->unwanted;
	write_lost(r, "unaccounted", missing);
	if (missing)
		diag(DIAG_RECORD_SUM, NULL, 0, "%" PRIu64 " fired, %" PRIu64
		    " received, %" PRIu64 " lost", fired, r->table.received, full);
	record_put_u64(&extra, "truncated", r->table.truncated);
	stream_write_end(&r->writer, full + missing, &extra);
	diag_verbose("%" PRIu64 " samples, %" PRIu64 " lost, %" PRIu64
	    " truncated, %" PRIu64 " of other processes, %" PRIu64 " idle",
	    r->table.received, full, r->table.truncated, (uint64_t)(r->unwanted + c.other),
	    (uint64_t)c.idle);
	diag_verbose("unwind rows: %" PRIu32 " blocks known, %" PRIu32
	    " of %" PRIu32 " slots free, %" PRIu64 " loaded, %" PRIu64
	    " evicted", r->table.tables.nblocks, r->table.tables.nfree,
	    r->table.tables.pool.slots, r->table.tables.loads,
	    r->table.tables.evictions);
	diag_verbose("%" PRIu64 " rescued; walks: %" PRIu64 " whole, %" PRIu64
	    " no rule, %" PRIu64 " unreadable (%" PRIu64 " as the ring filled "
	    "up), %" PRIu64 " no progress, %" PRIu64 " lost, %" PRIu64
	    " no map, %" PRIu64 " no rows, %" PRIu64 " too deep",
	    r->table.rescued, r->table.ends[UNWIND_END],
	    r->table.ends[UNWIND_NO_RULE], r->table.ends[UNWIND_READ_FAILED],
	    r->table.curtailed, r->table.ends[UNWIND_NO_PROGRESS],
	    r->table.ends[UNWIND_LOST],
	    r->table.ends[UNWIND_NO_MAP], r->table.ends[UNWIND_NO_ROWS],
	    r->table.ends[UNWIND_TOO_DEEP]);
	diag_verbose("interpreters: %" PRIu32 " names, %" PRIu64 " frames "
	    "without one, %" PRIu64 " samples before they were known",
	    r->table.interps.names, r->table.interps.unnamed,
	    r->table.interps.early);
	diag_verbose("kernel: %" PRIu32 " functions told of, %" PRIu64
	    " us of CPU", r->table.kfunctions.told,
	    r->table.kfunctions.ns / 1000);
	if (r->table.compat)
		diag_verbose("%" PRIu64 " of 32-bit processes: their innermost "
		    "frame only", r->table.compat);
	buf_free(&extra);
	process_free(&r->table);
	kernelask_free(&r->kernelask);
	sideband_free(&r->sideband);
	sampler_free(r->sampler);
	buf_free(&r->held);
	cpus_free(&r->cpus);
}
