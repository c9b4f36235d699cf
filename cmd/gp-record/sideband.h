/*
 * sideband.h - processes as they change: fork, exec, comm, mappings, exit; and code
 * that comes into the kernel and goes: BPF programs, trampolines.
 *
 * A dummy event on each CPU, whose only purpose is the records that the kernel
 * writes about tasks: no tracepoint, no probe, some 600 bytes for a short
 * process. They come from a ring per CPU and are handed out in order of time.
 *
 * Source: perf_event_open(2), "MMAP layout" and the record layouts.
 */
#ifndef GP_RECORD_SIDEBAND_H
#define GP_RECORD_SIDEBAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "ring.h"

enum change_kind {
	CHANGE_FORK, /* a process, not a thread, was born: pid, ppid */
	CHANGE_EXIT, /* a thread ended: pid, tid */
	CHANGE_COMM, /* tid has a new name; exec says why */
	CHANGE_MMAP, /* code was mapped into pid */
	CHANGE_KERNEL, /* code has come into the kernel, or is about to go */
};

struct change {
	uint64_t time; /* CLOCK_MONOTONIC, ns */
	enum change_kind kind;
	uint32_t pid, tid, ppid;
	bool exec;
	/* CHANGE_MMAP, CHANGE_KERNEL */
	uint64_t start, end, pgoff;
	uint32_t dev_major, dev_minor; /* 0 where there is a build id */
	uint64_t ino;
	uint8_t build_id_len;
	uint8_t build_id[20];
	const char *text; /* the comm, the path, or the name; valid until the
			   * next sideband_read() */
};

struct sideband {
	struct ring *ring; /* by CPU */
	int cpus;
	int pid;           /* -1: all processes */
	int epoll;         /* readable when something has arrived */
	size_t ring_bytes; /* of data, a power of two */
	uint64_t lost;     /* records that the kernel had no room for, which it
			    * says with the next one that it has room for */
	uint64_t gaps;     /* how often a ring was so full that some may be lost */
	struct arena arena[2]; /* texts: of this reading, and of the last one */
	int which;
	struct change *change;
	size_t n, cap;
	size_t used; /* the caller has dealt with so many of them */
};

/* cpus: how many the machine can have. ring_bytes: of each CPU's data, a power of
 * two. pid: -1 for all processes, or one whose
 * children are followed too. */
void sideband_init(struct sideband *s, int cpus, size_t ring_bytes, int pid);

/* Listen on a CPU. 0, or -1 with errno. */
GP_MUSTUSE int sideband_attach(struct sideband *s, int cpu);

/* Take what has arrived: s->change[0 .. s->n) in order of time, beginning with
 * those from s->used on that the caller left last time. s->used is 0 again. */
void sideband_read(struct sideband *s);

/* Take what has arrived since, behind what is there, in no order: it is of after
 * the last sideband_read(). */
void sideband_append(struct sideband *s);

void sideband_free(struct sideband *s);

#endif
