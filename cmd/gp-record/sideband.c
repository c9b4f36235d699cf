#include "sideband.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/grow.h"

#ifndef PERF_RECORD_MISC_MMAP_BUILD_ID
#define PERF_RECORD_MISC_MMAP_BUILD_ID (1 << 14)
#endif

/* PERF_SAMPLE_TID | PERF_SAMPLE_TIME behind every record (sample_id_all). */
struct trailer {
	uint32_t pid, tid;
	uint64_t time;
};

struct record_task { /* FORK and EXIT */
	uint32_t pid, ppid, tid, ptid;
	uint64_t time;
};

struct record_mmap2 {
	uint32_t pid, tid;
	uint64_t start, len, pgoff;
	union {
		struct {
			uint32_t maj, min;
			uint64_t ino, ino_generation;
		} file;
		struct {
			uint8_t size, unused[3];
			uint8_t id[20];
		} build;
	} u;
	uint32_t prot, flags;
	/* the path follows */
};

struct record_ksymbol {
	uint64_t addr;
	uint32_t len;
	uint16_t type, flags; /* BPF or not; whether it goes: all the same here */
	/* the name follows */
};

void
sideband_init(struct sideband *s, int cpus, size_t ring_bytes, int pid)
{
	*s = (struct sideband){
		.cpus = cpus, .pid = pid, .ring_bytes = ring_bytes,
	};
	s->ring = calloc((size_t)cpus, sizeof *s->ring);
	if (!s->ring)
		die_nomem();
	for (int i = 0; i < cpus; i++)
		s->ring[i].fd = -1;
	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (s->epoll < 0)
		die(EX_OSERR, "epoll_create1:");
}

static int
open_dummy(const struct sideband *s, int cpu, bool build_id, bool ksymbol)
{
	struct perf_event_attr attr = {
		.size = sizeof attr,
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_DUMMY,
		.mmap = 1,
		.mmap2 = 1,
		.comm = 1,
		.comm_exec = 1,
		.task = 1,
		.build_id = build_id,
		.ksymbol = ksymbol,
		.sample_id_all = 1,
		.sample_type = PERF_SAMPLE_TID | PERF_SAMPLE_TIME,
		.watermark = 1,
		.wakeup_watermark = 1,
		.use_clockid = 1,
		.clockid = CLOCK_MONOTONIC,
	};

	/* Of one process and its children, also without privilege. */
	if (s->pid > 0)
		attr.inherit = attr.exclude_kernel = attr.exclude_hv = 1;
	return (int)syscall(SYS_perf_event_open, &attr, s->pid, cpu, -1,
	    PERF_FLAG_FD_CLOEXEC);
}

int
sideband_attach(struct sideband *s, int cpu)
{
	struct ring *r = &s->ring[cpu];
	int fd;

	ring_close(r);
	fd = open_dummy(s, cpu, true, true);
	/* Build ids in mmap2 records: since 5.12; ksymbol: since 5.1. */
	if (fd < 0 && errno == EINVAL)
		fd = open_dummy(s, cpu, false, true);
	if (fd < 0 && errno == EINVAL)
		fd = open_dummy(s, cpu, false, false);
	if (fd < 0)
		return -1;
	return ring_open(r, fd, s->ring_bytes, s->ring_bytes, s->epoll);
}

static struct change *
add(struct sideband *s, enum change_kind kind, uint64_t time)
{
	struct change *c;

	s->change = grow_for(s->change, s->n, &s->cap, sizeof *s->change);
	c = &s->change[s->n++];
	*c = (struct change){ .kind = kind, .time = time };
	return c;
}

/* A NUL-terminated text within the first len bytes of p. */
static const char *
keep_text(struct sideband *s, const char *p, size_t len)
{
	return arena_strndup(&s->arena[s->which], p, strnlen(p, len));
}

static void
on_task(struct sideband *s, enum change_kind kind, const char *p, size_t len)
{
	struct record_task r;
	struct change *c;

	if (len < sizeof r)
		return;
	memcpy(&r, p, sizeof r);
	/* The birth of a thread changes nothing here; who is outside of our PID
	 * name space has the number 0. */
	if ((kind == CHANGE_FORK && r.pid == r.ppid) || r.pid == 0)
		return;
	c = add(s, kind, r.time);
	c->pid = r.pid;
	c->tid = r.tid;
	c->ppid = r.ppid;
}

static void
on_comm(struct sideband *s, uint16_t misc, const char *p, size_t len,
    uint64_t time)
{
	uint32_t id[2];
	struct change *c;

	if (len < sizeof id)
		return;
	memcpy(id, p, sizeof id);
	if (id[0] == 0)
		return;
	c = add(s, CHANGE_COMM, time);
	c->pid = id[0];
	c->tid = id[1];
	c->exec = misc & PERF_RECORD_MISC_COMM_EXEC;
	c->text = keep_text(s, p + sizeof id, len - sizeof id);
}

static void
on_mmap2(struct sideband *s, uint16_t misc, const char *p, size_t len,
    uint64_t time)
{
	struct record_mmap2 r;
	struct change *c;

	if (len < sizeof r)
		return;
	memcpy(&r, p, sizeof r);
	if (r.pid == 0 || r.len == 0 || r.start + r.len < r.start)
		return;
	c = add(s, CHANGE_MMAP, time);
	c->pid = r.pid;
	c->tid = r.tid;
	c->start = r.start;
	c->end = r.start + r.len;
	c->pgoff = r.pgoff;
	if (misc & PERF_RECORD_MISC_MMAP_BUILD_ID) {
		c->build_id_len = r.u.build.size;
		if (c->build_id_len > sizeof c->build_id)
			c->build_id_len = 0;
		memcpy(c->build_id, r.u.build.id, c->build_id_len);
	} else {
		c->dev_major = r.u.file.maj;
		c->dev_minor = r.u.file.min;
		c->ino = r.u.file.ino;
	}
	c->text = keep_text(s, p + sizeof r, len - sizeof r);
}

static void
on_ksymbol(struct sideband *s, const char *p, size_t len, uint64_t time)
{
	struct record_ksymbol r;
	struct change *c;

	if (len < sizeof r)
		return;
	memcpy(&r, p, sizeof r);
	if (r.len == 0 || r.addr + r.len < r.addr)
		return;
	c = add(s, CHANGE_KERNEL, time);
	c->start = r.addr;
	c->end = r.addr + r.len;
	c->text = keep_text(s, p + sizeof r, len - sizeof r);
}

static void
on_record(struct sideband *s, const struct perf_event_header *h, const char *p,
    size_t len)
{
	struct trailer t;
	uint64_t lost[2];

	if (len < sizeof t)
		return;
	len -= sizeof t;
	memcpy(&t, p + len, sizeof t);
	switch (h->type) {
	case PERF_RECORD_FORK:
		on_task(s, CHANGE_FORK, p, len);
		break;
	case PERF_RECORD_EXIT:
		on_task(s, CHANGE_EXIT, p, len);
		break;
	case PERF_RECORD_COMM:
		on_comm(s, h->misc, p, len, t.time);
		break;
	case PERF_RECORD_MMAP2:
		on_mmap2(s, h->misc, p, len, t.time);
		break;
	case PERF_RECORD_KSYMBOL:
		on_ksymbol(s, p, len, t.time);
		break;
	case PERF_RECORD_LOST:
		if (len >= sizeof lost) {
			memcpy(lost, p, sizeof lost);
			s->lost += lost[1];
		}
		break;
	}
}

static int
by_time(const void *a, const void *b)
{
	const struct change *x = a, *y = b;

	return (x->time > y->time) - (x->time < y->time);
}

/* What the caller left moves to the front, its texts to the other arena. */
static void
keep_unused(struct sideband *s)
{
	s->which = !s->which;
	arena_reset(&s->arena[s->which]);
	if (s->n == 0)
		return;
	s->n -= s->used;
	memmove(s->change, s->change + s->used, s->n * sizeof *s->change);
	s->used = 0;
	for (size_t i = 0; i < s->n; i++) {
		const char *text = s->change[i].text;

		if (text)
			s->change[i].text = keep_text(s, text, strlen(text));
	}
}

void
sideband_append(struct sideband *s)
{
	struct perf_event_header h;
	const char *body;
	size_t len;

	for (int i = 0; i < s->cpus; i++) {
		while (ring_next(&s->ring[i], &h, &body, &len))
			on_record(s, &h, body, len);
		if (s->ring[i].was_full)
			s->gaps++;
		s->ring[i].was_full = false;
	}
}

void
sideband_read(struct sideband *s)
{
	keep_unused(s);
	sideband_append(s);
	/* glibc's qsort is a merge sort: equal times keep their order. */
	if (s->n > 1)
		qsort(s->change, s->n, sizeof *s->change, by_time);
}

void
sideband_free(struct sideband *s)
{
	for (int i = 0; i < s->cpus; i++)
		ring_close(&s->ring[i]);
	close(s->epoll);
	free(s->ring);
	free(s->change);
	arena_free(&s->arena[0]);
	arena_free(&s->arena[1]);
	*s = (struct sideband){ 0 };
}
