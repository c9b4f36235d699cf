/*
 * sampler.bpf.c - one sample: who, where in the kernel, where in user space.
 *
 * A program of type perf_event, run by each overflow of the sampled event. It
 * holds no policy: what it counts as wanted is a map, how deep it goes is a
 * limit of the record, and every sample that it cannot deliver is counted.
 *
 * One iteration of the loop is one frame. All state lives in a map value, so that
 * the verifier sees unknown scalars and prunes: some thousand instructions
 * instead of half a million, and room for interpreters in the same loop, without
 * tail calls. What the verifier looks at is time of every start: what a loop
 * turns around is a global function, which is looked at once.
 *
 * Two objects come from this source: with bpf_loop() for kernels from 5.17 on,
 * and with bounded loops (SAMPLER_LEGACY) for 5.8 to 5.16.
 */
#include <linux/bpf.h>
#include <linux/bpf_perf_event.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#define UNWIND_READ(mem, dst, len, addr) \
	bpf_probe_read_user(dst, len, (void *)(addr))
#include "unwind/step.h"
#include "unwind/stepcode.h"

#include "sampler.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Maps of 1 entry, or of a page, are as large as user space says. */

/* The only read-only global: user space sets it as the whole of .rodata,
 * whichever of the two objects it loads. */
const volatile struct sampler_config config;

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} samples SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct sampler_counters);
} counters SEC(".maps");

/* The parts, each built on those before it. */
#include "state.bpf.h"
#include "task.bpf.h"
#include "tables.bpf.h"
#include "walk.bpf.h"
#include "rescue.bpf.h"

static __always_inline void
take_stacks(struct state *st, struct bpf_perf_event_data *ctx,
    struct task_struct *task)
{
	struct interp *interp;
	long bytes;
	__u32 image;

	bytes = bpf_get_stack(ctx, st->word, SAMPLER_KERNEL_MAX * 8, 0);
	st->n = bytes > 0 ? ((__u32)bytes >> 3) & 127 : 0;
	st->s.nkernel = (__u16)st->n;
	st->s.nuser = 0;
	st->s.nlater = 0;
	st->s.nrescue = 0;
	st->s.language = INTERP_NONE;
	st->s.status = SAMPLE_NO_USER;
	st->news = 0;
	/* A task that exits gives back its memory long before it is gone. */
	if (BPF_CORE_READ(task, flags) & TASK_KTHREAD ||
	    !BPF_CORE_READ(task, mm))
		return;
	if (!user_regs(st, ctx, task) || is_between_programs(st, task))
		return;
	push_native(st);
	st->s.nuser = 1;
	st->s.status = SAMPLE_COMPAT;
	if (st->regs.cs == USER_CS_COMPAT)
		return;
	st->map.start = st->map.end = 0;
	image = st->s.image;
	interp = bpf_map_lookup_elem(&interps, &image);
	if (interp)
		st->interp = *interp;
	else
		st->interp.language = INTERP_NONE;
	st->s.language = st->interp.language;
	st->run = RUN_NONE;
	if (interp)
		__builtin_memset(&st->lang, 0, sizeof st->lang);
	st->self = st->u.tls = BPF_CORE_READ(task, thread.fsbase);
	st->s.status = (__u16)walk();
	st->s.nuser = (__u16)(st->n - st->s.nkernel);
	if (st->s.status == UNWIND_NO_MAP || st->s.status == UNWIND_NO_ROWS) {
		take_later(st);
		take_rescue();
	}
}

/* A rescue wants tables before the next sample comes, a new code object a name, and
 * the process may be gone soon; all others can wait for the next poll. */
static __always_inline int
is_urgent(const struct state *st)
{
	return st->news || st->n > st->s.nkernel + st->s.nuser + st->s.nlater;
}

SEC("perf_event")
int
on_sample(struct bpf_perf_event_data *ctx)
{
	__u64 id = bpf_get_current_pid_tgid();
	struct task_struct *task, *leader;
	struct sampler_counters *c;
	struct state *st;
	__u32 zero = 0, words, pid = (__u32)(id >> 32), tid = (__u32)id;

	c = bpf_map_lookup_elem(&counters, &zero);
	st = this_state();
	if (!c || !st)
		return 0;
	if (pid == 0) {
		c->idle++;
		return 0;
	}
#ifndef SAMPLER_LEGACY
	task = bpf_get_current_task_btf(); /* what bpf_task_pt_regs() takes */
#else
	task = (struct task_struct *)bpf_get_current_task();
#endif
	if (config.pidns) {
		pid = pid_of(task);
		tid = own_number((__u64)BPF_CORE_READ(task, thread_pid));
	}
	if (!is_wanted(task, pid)) {
		c->other++;
		return 0;
	}
	c->fired++;
	leader = BPF_CORE_READ(task, group_leader);
	st->s.time = bpf_ktime_get_ns();
	st->s.start_time = BPF_CORE_READ(leader, start_boottime);
	st->s.pid = pid;
	st->s.tid = tid;
	take_image(st, task, pid);
	BPF_CORE_READ_STR_INTO(&st->s.comm, leader, comm);
	take_stacks(st, ctx, task);
	words = st->n;
	if (words > STATE_WORDS)
		words = STATE_WORDS;
	if (bpf_ringbuf_output(&samples, &st->s, sizeof st->s + words * 8,
	    is_urgent(st) ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP))
		c->ring_full++;
	return 0;
}
