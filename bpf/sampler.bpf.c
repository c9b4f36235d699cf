/*
 * sampler.bpf.c - one sample: who, where in the kernel, where in user space.
 *
 * A program of type perf_event, run by each overflow of the sampled event. It
 * holds no policy: what it counts as wanted is a map, how deep it goes is a
 * limit of the record, and every sample that it cannot deliver is counted.
 *
 * One iteration of the loop is one frame. All state lives in a per-CPU map
 * value, so that the verifier sees unknown scalars and prunes: two thousand
 * instructions instead of half a million, and room for unwind rows and
 * interpreters in the same loop, without tail calls.
 *
 * Two objects come from this source: with bpf_loop() for kernels from 5.17 on,
 * and with a bounded loop (SAMPLER_LEGACY) for 5.8 to 5.16.
 */
#include <linux/bpf.h>
#include <linux/bpf_perf_event.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "sampler.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Just the members that are read; CO-RE finds them in the running kernel. */
struct task_struct {
	unsigned int flags;
	int tgid;
	void *stack;
	__u64 start_boottime;
	char comm[SAMPLER_COMM_LEN];
	struct task_struct *real_parent;
	struct task_struct *group_leader;
} __attribute__((preserve_access_index));

/* PF_EXITING and PF_KTHREAD of linux/sched.h; their values never changed. */
#define TASK_EXITING 0x00000004
#define TASK_KTHREAD 0x00200000

/* __USER32_CS of arch/x86/include/asm/segment.h. */
#define USER_CS_COMPAT 0x23

/* The only read-only global: user space sets it as the whole of .rodata,
 * whichever of the two objects it loads. */
const volatile struct sampler_config config;

/* How far up a process's ancestors are looked for in targets. Children are also
 * added by user space as they are born, so this bridges some milliseconds. */
#define ANCESTORS_MAX 8

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, __u32);
	__type(value, __u8);
} targets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 512 * 1024);
} samples SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct sampler_counters);
} counters SEC(".maps");

/* The record under construction, and the registers of the walk. */
struct state {
	__u64 pc, sp, bp;
	__u32 n; /* frames so far, kernel's included */
	struct sample s;
	__u64 frame[SAMPLER_FRAMES]; /* right behind s */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct state);
} states SEC(".maps");

static __always_inline void
push(struct state *st, __u64 addr)
{
	st->frame[st->n & (SAMPLER_FRAMES - 1)] = addr;
	st->n++;
}

/* One frame further out. False when the walk has ended. */
static __always_inline int
step(struct state *st)
{
	__u64 word[2];

	/* The saved pair lies above everything that was popped. */
	if (st->bp < st->sp || (st->bp & 7))
		return 0;
	if (bpf_probe_read_user(word, sizeof word, (void *)st->bp))
		return 0;
	if (!word[1])
		return 0;
	st->sp = st->bp + sizeof word;
	st->bp = word[0];
	st->pc = word[1];
	push(st, st->pc);
	return 1;
}

#ifndef SAMPLER_LEGACY
/* A callback's context must lie on the BPF stack; the state does not fit. */
struct loop {
	struct state *st;
	__u32 going;
};

static long
loop_step(__u32 i, struct loop *l)
{
	(void)i;
	l->going = (__u32)step(l->st);
	return !l->going;
}
#endif

static __always_inline void
walk(struct state *st)
{
#ifndef SAMPLER_LEGACY
	struct loop l = { st, 1 };

	bpf_loop(SAMPLER_USER_MAX - 1, loop_step, &l, 0);
	if (l.going)
		st->s.status = SAMPLE_DEPTH;
#else
	for (int i = 0; i < SAMPLER_USER_MAX_LEGACY - 1; i++)
		if (!step(st))
			return;
	st->s.status = SAMPLE_DEPTH;
#endif
}

/* The registers with which the task left user space. */
static __always_inline int
user_regs(struct state *st, struct bpf_perf_event_data *ctx,
    struct task_struct *task, __u64 *cs)
{
	struct pt_regs *r;

	if (ctx->regs.cs & 3) {
		st->pc = ctx->regs.rip;
		st->sp = ctx->regs.rsp;
		st->bp = ctx->regs.rbp;
		*cs = ctx->regs.cs;
		return 1;
	}
#ifndef SAMPLER_LEGACY
	r = (struct pt_regs *)bpf_task_pt_regs(task);
#else
	/* THREAD_SIZE is 16 KiB on x86-64 without KASAN, and nothing is kept
	 * above the registers before FRED (6.9). */
	r = (struct pt_regs *)((__u64)BPF_CORE_READ(task, stack) + 16384 -
	    sizeof *r);
#endif
	if (bpf_probe_read_kernel(&st->pc, 8, &r->rip) ||
	    bpf_probe_read_kernel(&st->sp, 8, &r->rsp) ||
	    bpf_probe_read_kernel(&st->bp, 8, &r->rbp) ||
	    bpf_probe_read_kernel(cs, 8, &r->cs))
		return 0;
	return (*cs & 3) != 0;
}

static __always_inline int
is_wanted(struct task_struct *task, __u32 pid)
{
	if (pid == config.self)
		return 0;
	if (!config.filter)
		return 1;
	if (bpf_map_lookup_elem(&targets, &pid))
		return 1;
	for (int i = 0; i < ANCESTORS_MAX; i++) {
		task = BPF_CORE_READ(task, real_parent);
		pid = (__u32)BPF_CORE_READ(task, tgid);
		if (pid <= 1)
			return 0;
		if (bpf_map_lookup_elem(&targets, &pid))
			return 1;
	}
	return 0;
}

static __always_inline void
take_stacks(struct state *st, struct bpf_perf_event_data *ctx,
    struct task_struct *task)
{
	__u64 cs = 0;
	long bytes;

	bytes = bpf_get_stack(ctx, st->frame, SAMPLER_KERNEL_MAX * 8, 0);
	st->n = bytes > 0 ? ((__u32)bytes >> 3) & 127 : 0;
	st->s.nkernel = (__u16)st->n;
	st->s.status = SAMPLE_NO_USER;
	if (BPF_CORE_READ(task, flags) & TASK_KTHREAD)
		return;
	if (!user_regs(st, ctx, task, &cs))
		return;
	push(st, st->pc);
	st->s.status = SAMPLE_COMPAT;
	if (cs == USER_CS_COMPAT)
		return;
	st->s.status = SAMPLE_WHOLE;
	walk(st);
}

SEC("perf_event")
int
on_sample(struct bpf_perf_event_data *ctx)
{
	__u64 id = bpf_get_current_pid_tgid();
	struct task_struct *task, *leader;
	struct sampler_counters *c;
	struct state *st;
	__u32 zero = 0;

	c = bpf_map_lookup_elem(&counters, &zero);
	st = bpf_map_lookup_elem(&states, &zero);
	if (!c || !st)
		return 0;
	if (id >> 32 == 0) {
		c->idle++;
		return 0;
	}
#ifndef SAMPLER_LEGACY
	task = bpf_get_current_task_btf(); /* what bpf_task_pt_regs() takes */
#else
	task = (struct task_struct *)bpf_get_current_task();
#endif
	if (!is_wanted(task, (__u32)(id >> 32))) {
		c->other++;
		return 0;
	}
	c->fired++;
	leader = BPF_CORE_READ(task, group_leader);
	st->s.time = bpf_ktime_get_ns();
	st->s.start_time = BPF_CORE_READ(leader, start_boottime);
	st->s.pid = (__u32)(id >> 32);
	st->s.tid = (__u32)id;
	st->s.cpu = (__u16)bpf_get_smp_processor_id();
	BPF_CORE_READ_STR_INTO(&st->s.comm, leader, comm);
	take_stacks(st, ctx, task);
	st->s.nuser = (__u16)(st->n - st->s.nkernel);
	if (bpf_ringbuf_output(&samples, &st->s, sizeof st->s +
	    (st->n & (SAMPLER_FRAMES - 1)) * 8, BPF_RB_NO_WAKEUP))
		c->ring_full++;
	return 0;
}
