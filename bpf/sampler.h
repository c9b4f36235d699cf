/*
 * sampler.h - what the BPF program and gp-record agree on.
 *
 * Compiled by both. A sample travels through the ring buffer as one struct
 * sample with its frames behind it, and nothing after the last one:
 *
 *	| struct sample | nkernel kernel frames | nuser user frames |
 *
 * each part innermost frame first, each frame a 64-bit address. The innermost
 * one of either part is where the CPU was; all others are return addresses, not
 * moved.
 */
#ifndef GP_SAMPLER_H
#define GP_SAMPLER_H

#include <linux/types.h>

/* kernel.perf_event_max_stack's default, which the kernel's own unwinder obeys
 * here too. */
#define SAMPLER_KERNEL_MAX 127
#define SAMPLER_USER_MAX 1024
/* The bounded loop of kernels without bpf_loop() (before 5.17). */
#define SAMPLER_USER_MAX_LEGACY 255
/* A power of two above the sum: it masks the index, for the verifier. */
#define SAMPLER_FRAMES 2048
#define SAMPLER_COMM_LEN 16

/* How the user part of a stack ended. */
enum sample_status {
	SAMPLE_WHOLE,   /* at the start of the thread */
	SAMPLE_NO_USER, /* a kernel thread, or a process that is exiting */
	SAMPLE_DEPTH,   /* more frames than fit */
	SAMPLE_COMPAT,  /* a 32-bit process: the innermost frame only */
};

struct sample {
	__u64 time;       /* CLOCK_MONOTONIC, ns */
	__u64 start_time; /* of the process, CLOCK_BOOTTIME, ns */
	__u32 pid;        /* the process (tgid) */
	__u32 tid;
	__u16 nkernel;
	__u16 nuser;
	__u16 status;     /* enum sample_status */
	__u16 cpu;
	char comm[SAMPLER_COMM_LEN]; /* the process's, NUL-padded */
	/* __u64 frames follow */
};

/* What the loader sets before the program is loaded. */
struct sampler_config {
	__u32 filter; /* only pids in the map targets, and their children */
	__u32 self;   /* never this pid: gp-record's own */
};

/* Per CPU; summed up by the reader. */
struct sampler_counters {
	__u64 fired;     /* samples of processes that were asked for */
	__u64 ring_full; /* of these: no room in the ring, lost */
	__u64 idle;      /* not samples: the CPU idled */
	__u64 other;     /* not samples: a process nobody asked for */
};

#endif
