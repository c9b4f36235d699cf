/*
 * The sampler without BPF: perf_event_open(2) copies registers and the top of the
 * user stack with each sample (perfsample.h), and the walk is left to user space.
 * Tables are plain memory; the trie of mappings is not needed, since the walk asks
 * the process table itself.
 *
 * Source: perf_event_open(2).
 */
#include "sampler_engine.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/diag.h"
#include "perfsample.h"
#include "ring.h"

/* Of each CPU's ring, where a user may lock no more than 516 KiB a CPU
 * (kernel.perf_event_mlock_kb), of which the side-band has its part. */
#define RING_BYTES_LOCKED ((size_t)256 * 1024)

/* Headers may be older than the kernel that runs. */
#define FORMAT_LOST (1u << 4) /* PERF_FORMAT_LOST */

struct perf_sampler {
	struct sampler base;
	struct sampler_options o;
	bool user_only;    /* all that perf_event_paranoid lets us see */
	struct ring *ring; /* by CPU */
	bool *pending;     /* by CPU: record below is one that waits */
	struct buf *record; /* by CPU: a struct sample and what follows */
	int cpus;
	int epoll;
	struct sampler_counters count;
	uint64_t lost_told; /* by records in the rings */
	uint64_t lost;      /* in all, once it has stopped; 0: not known */
	struct sampler_pool pool;
	struct unwind_row **slot;
};

/* -- reading -------------------------------------------------------------- */

static void
count_lost(struct perf_sampler *s, uint64_t n)
{
	s->lost_told += n;
	s->count.fired += n;
	s->count.ring_full += n;
}

/* Have the next sample of a CPU in record[cpu]. */
static bool
fetch(struct perf_sampler *s, int cpu)
{
	struct perf_event_header h;
	const char *body;
	uint64_t lost[2];
	size_t len;

	if (s->pending[cpu])
		return true;
	while (ring_next(&s->ring[cpu], &h, &body, &len)) {
		if (h.type == PERF_RECORD_LOST && len >= sizeof lost) {
			memcpy(lost, body, sizeof lost);
			count_lost(s, lost[1]);
		}
		if (h.type != PERF_RECORD_SAMPLE ||
		    !perfsample_make(body, len, &s->record[cpu]))
			continue;
		s->pending[cpu] = true;
		return true;
	}
	return false;
}

static void
perf_read(struct sampler *base, bool (*fn)(void *arg, const struct sample *),
    void *arg)
{
	struct perf_sampler *s = (void *)base;
	const struct sample *sample, *first;
	int next;

	/* In order of time over all CPUs. */
	for (;;) {
		first = NULL;
		next = -1;
		for (int i = 0; i < s->cpus; i++) {
			if (!fetch(s, i))
				continue;
			sample = (const void *)s->record[i].s;
			if (first && first->time <= sample->time)
				continue;
			first = sample;
			next = i;
		}
		if (!first)
			break;
		s->pending[next] = false;
		if (first->pid == 0 || first->pid == (uint32_t)getpid()) {
			s->count.other++;
			continue;
		}
		s->count.fired++;
		if (!fn(arg, first))
			return;
	}
	/* The kernel tells of what had no room with the next that has: of the last
	 * there is none. */
	if (s->lost > s->lost_told)
		count_lost(s, s->lost - s->lost_told);
}

/* -- events --------------------------------------------------------------- */

/* The size that a ring has at least. */
static size_t
least_ring(const struct perf_sampler *s)
{
	return s->o.cpu_ring_bytes < RING_BYTES_LOCKED ?
	    s->o.cpu_ring_bytes : RING_BYTES_LOCKED;
}

static int
open_event(const struct perf_sampler *s, int cpu)
{
	struct perf_event_attr attr = {
		.size = sizeof attr,
		.type = s->o.event.type,
		.config = s->o.event.config,
		.freq = s->o.freq != 0,
		.sample_period = s->o.freq ? s->o.freq : s->o.period,
		.sample_type = PERFSAMPLE_TYPE,
		.sample_regs_user = PERFSAMPLE_REGS,
		.sample_stack_user = PERFSAMPLE_STACK_BYTES,
		.read_format = FORMAT_LOST,
		.exclude_callchain_user = 1,
		.exclude_kernel = s->user_only || s->o.event.user_only,
		.exclude_user = s->o.event.kernel_only,
		.exclude_idle = 1,
		.exclude_hv = 1,
		.inherit = s->o.command != 0,
		.watermark = 1,
		.wakeup_watermark = (uint32_t)(least_ring(s) / 4),
		.use_clockid = 1,
		.clockid = CLOCK_MONOTONIC,
	};

	unsigned long flags = PERF_FLAG_FD_CLOEXEC;
	int pid = s->o.command ? (int)s->o.command : -1, fd;

	if (s->o.event.in_cgroup) {
		pid = s->o.event.cgroup;
		flags |= PERF_FLAG_PID_CGROUP;
	}
	fd = (int)syscall(SYS_perf_event_open, &attr, pid, cpu, -1, flags);
	if (fd >= 0 || errno != EINVAL)
		return fd;
	/* Before Linux 6.0. */
	attr.read_format = 0;
	return (int)syscall(SYS_perf_event_open, &attr, pid, cpu, -1, flags);
}

static int
perf_attach(struct sampler *base, int cpu)
{
	struct perf_sampler *s = (void *)base;
	int fd;

	if (cpu < 0 || cpu >= s->cpus) {
		errno = EINVAL;
		return -1;
	}
	ring_close(&s->ring[cpu]);
	fd = open_event(s, cpu);
	if (fd < 0)
		return -1;
	return ring_open(&s->ring[cpu], fd, s->o.cpu_ring_bytes, least_ring(s),
	    s->epoll);
}

static void
perf_stop(struct sampler *base)
{
	struct perf_sampler *s = (void *)base;
	uint64_t v[2]; /* how often it fired, and was lost */

	for (int i = 0; i < s->cpus; i++)
		if (s->ring[i].fd >= 0)
			ioctl(s->ring[i].fd, PERF_EVENT_IOC_DISABLE, 0);
	for (int i = 0; i < s->cpus; i++)
		if (s->ring[i].fd >= 0 &&
		    read(s->ring[i].fd, v, sizeof v) == sizeof v)
			s->lost += v[1];
}

/* -- tables: plain memory ------------------------------------------------- */

static int
perf_target(struct sampler *base, uint32_t pid, bool wanted)
{
	(void)base;
	(void)pid;
	(void)wanted;
	return 0;
}

static struct sampler_pool
perf_pool(const struct sampler *base)
{
	return ((const struct perf_sampler *)(const void *)base)->pool;
}

static struct unwind_row *
perf_map_slot(const struct sampler *base, uint32_t slot)
{
	const struct perf_sampler *s = (const void *)base;

	if (!s->slot[slot])
		s->slot[slot] = calloc(SAMPLER_BLOCK_ROWS,
		    sizeof *s->slot[slot]);
	return s->slot[slot];
}

static void
perf_unmap_slot(struct unwind_row *rows)
{
	(void)rows;
}

static int
perf_set_module(struct sampler *base, uint32_t module,
    const struct sampler_module *m)
{
	(void)base;
	(void)module;
	(void)m;
	return 0;
}

static int
perf_map(struct sampler *base, uint32_t image, const struct sampler_mapping *m)
{
	(void)base;
	(void)image;
	(void)m;
	return 0;
}

static void
perf_unmap(struct sampler *base, uint32_t image, uint64_t start, uint64_t end)
{
	(void)base;
	(void)image;
	(void)start;
	(void)end;
}

/* -- the rest ------------------------------------------------------------- */

static int
perf_fd(const struct sampler *base)
{
	return ((const struct perf_sampler *)(const void *)base)->epoll;
}

static void
perf_count(const struct sampler *base, struct sampler_counters *sum)
{
	*sum = ((const struct perf_sampler *)(const void *)base)->count;
}

static void
perf_free(struct sampler *base)
{
	struct perf_sampler *s = (void *)base;

	for (int i = 0; s->ring && i < s->cpus; i++) {
		ring_close(&s->ring[i]);
		buf_free(&s->record[i]);
	}
	for (uint32_t i = 0; s->slot && i < s->pool.slots; i++)
		free(s->slot[i]);
	if (s->epoll >= 0)
		close(s->epoll);
	free(s->slot);
	free(s->pool.block);
	free(s->pool.used);
	free(s->ring);
	free(s->pending);
	free(s->record);
	free(s);
}

static const struct sampler_ops perf_ops = {
	.attach = perf_attach,
	.stop = perf_stop,
	.target = perf_target,
	.pool = perf_pool,
	.map_slot = perf_map_slot,
	.unmap_slot = perf_unmap_slot,
	.set_module = perf_set_module,
	.map = perf_map,
	.unmap = perf_unmap,
	.read = perf_read,
	.fd = perf_fd,
	.count = perf_count,
	.free = perf_free,
};

static int
paranoid(void)
{
	FILE *f = fopen("/proc/sys/kernel/perf_event_paranoid", "re");
	int level = 2;

	if (f) {
		if (fscanf(f, "%d", &level) != 1)
			level = 2;
		fclose(f);
	}
	return level;
}

/* Try what will be opened on each CPU, and say why not. */
static int
try_event(struct perf_sampler *s, char *why, size_t why_size)
{
	int fd = open_event(s, s->o.command ? -1 : 0), err = errno;

	if (fd < 0 && (err == EACCES || err == EPERM) && s->o.command) {
		/* The kernel's part is for the privileged. */
		s->user_only = true;
		fd = open_event(s, -1);
		err = errno;
		if (fd >= 0)
			diag_verbose("user space only: "
			    "kernel.perf_event_paranoid is %d", paranoid());
	}
	if (fd >= 0) {
		close(fd);
		return EX_OK;
	}
	if (err != EACCES && err != EPERM) {
		snprintf(why, why_size, "cannot sample %s: %s",
		    s->o.event.name, strerror(err));
		return EX_UNAVAILABLE;
	}
	if (s->o.command)
		snprintf(why, why_size, "sampling a command needs "
		    "kernel.perf_event_paranoid at 2 or below, and it is %d "
		    "(or CAP_PERFMON)", paranoid());
	else
		snprintf(why, why_size, "sampling all processes needs CAP_BPF "
		    "and CAP_PERFMON, or kernel.perf_event_paranoid at 0, and "
		    "it is %d: run as root, or grant them; a command of your "
		    "own works: gp-record -- command", paranoid());
	return EX_NOPERM;
}

struct sampler *
sampler_open_perf(const struct sampler_options *o, int *status, char *why,
    size_t why_size)
{
	struct perf_sampler *s = calloc(1, sizeof *s);
	size_t n;

	if (!s)
		die_nomem();
	s->base.ops = &perf_ops;
	s->o = *o;
	s->epoll = -1;
	*status = try_event(s, why, why_size);
	if (*status != EX_OK) {
		perf_free(&s->base);
		return NULL;
	}
	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (s->epoll < 0)
		die(EX_OSERR, "epoll_create1:");
	s->cpus = (int)sysconf(_SC_NPROCESSORS_CONF);
	n = (size_t)s->cpus;
	s->ring = calloc(n, sizeof *s->ring);
	s->pending = calloc(n, sizeof *s->pending);
	s->record = calloc(n, sizeof *s->record);
	s->pool.slots = o->pool_slots;
	s->pool.block = calloc(SAMPLER_BLOCKS_MAX, sizeof *s->pool.block);
	s->pool.used = calloc(s->pool.slots, sizeof *s->pool.used);
	s->slot = calloc(s->pool.slots, sizeof *s->slot);
	if (!s->ring || !s->pending || !s->record || !s->pool.block ||
	    !s->pool.used || !s->slot)
		die_nomem();
	for (size_t i = 0; i < n; i++)
		s->ring[i].fd = -1;
	return &s->base;
}
