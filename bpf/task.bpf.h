/*
 * task.bpf.h - the task that was interrupted, a part of sampler.bpf.c: whether it
 * is wanted, and the registers that it left user space with.
 */

/* Just the members that are read; CO-RE finds them in the running kernel. */
struct thread_struct {
	unsigned long fsbase;
} __attribute__((preserve_access_index));

struct mm_struct {
	unsigned long start_code, end_code, start_stack;
} __attribute__((preserve_access_index));

struct ns_common {
	unsigned int inum;
} __attribute__((preserve_access_index));

struct pid_namespace {
	struct ns_common ns;
} __attribute__((preserve_access_index));

struct upid {
	int nr;
	struct pid_namespace *ns;
} __attribute__((preserve_access_index));

struct pid {
	unsigned int level;
	struct upid numbers[1];
} __attribute__((preserve_access_index));

struct task_struct {
	unsigned int flags;
	int tgid;
	struct pid *thread_pid;
	void *stack;
	struct mm_struct *mm;
	__u64 start_boottime;
	char comm[SAMPLER_COMM_LEN];
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	unsigned int in_execve : 1;
	__u64 self_exec_id;
	struct thread_struct thread;
} __attribute__((preserve_access_index));

/* PF_KTHREAD of linux/sched.h; its value never changed. */
#define TASK_KTHREAD 0x00200000

/* __USER32_CS of arch/x86/include/asm/segment.h. */
#define USER_CS_COMPAT 0x23

/* How far up a process's ancestors are looked for in targets. Children are also
 * added by user space as they are born, so this bridges some milliseconds. */
#define ANCESTORS_MAX 8

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u8);
} targets SEC(".maps");

/* PID name spaces in each other: MAX_PID_NS_LEVEL of linux/pid_namespace.h, and
 * the first. */
#define PIDNS_LEVELS 33

/* The number in gp-record's PID name space of what has a struct pid; 0: it has
 * none there. A global function takes no pointers: addr is where it is. */
__attribute__((noinline)) __u32
own_number(__u64 addr)
{
	struct pid *pid = (void *)addr;
	__u32 level = BPF_CORE_READ(pid, level);
	struct upid *at = (void *)&pid->numbers[0];

	for (__u32 i = 0; i < PIDNS_LEVELS && i <= level; i++) {
		if (BPF_CORE_READ(at, ns, ns.inum) == config.pidns)
			return (__u32)BPF_CORE_READ(at, nr);
		at = (void *)((char *)at + bpf_core_type_size(*at));
	}
	return 0;
}

/* The pid of the process that a task is of; 0: none that gp-record could see. */
static __always_inline __u32
pid_of(struct task_struct *task)
{
	if (!config.pidns)
		return (__u32)BPF_CORE_READ(task, tgid);
	return own_number((__u64)BPF_CORE_READ(task, group_leader,
	    thread_pid));
}

static __always_inline int
is_wanted(struct task_struct *task, __u32 pid)
{
	if (pid == config.self || pid == 0)
		return 0;
	if (!config.filter)
		return 1;
	for (int i = 0; i <= ANCESTORS_MAX; i++) {
		if (bpf_map_lookup_elem(&targets, &pid))
			return 1;
		if (pid <= 1)
			return 0;
		task = BPF_CORE_READ(task, real_parent);
		pid = pid_of(task);
	}
	return 0;
}

/* The registers with which the task left user space. */
static __always_inline int
user_regs(struct state *st, struct bpf_perf_event_data *ctx,
    struct task_struct *task)
{
	struct pt_regs *r = &st->regs;
	void *saved;

	if (ctx->regs.cs & 3) {
		*r = ctx->regs;
	} else {
#ifndef SAMPLER_LEGACY
		saved = (void *)bpf_task_pt_regs(task);
#else
		/* THREAD_SIZE is 16 KiB on x86-64 without KASAN, and nothing
		 * is kept above the registers before FRED (6.9). */
		saved = BPF_CORE_READ(task, stack) + 16384 - sizeof *r;
#endif
		if (bpf_probe_read_kernel(r, sizeof *r, saved))
			return 0;
	}
	st->u.reg[0] = r->rax;
	st->u.reg[1] = r->rdx;
	st->u.reg[2] = r->rcx;
	st->u.reg[3] = r->rbx;
	st->u.reg[4] = r->rsi;
	st->u.reg[5] = r->rdi;
	st->u.reg[6] = r->rbp;
	st->u.reg[7] = r->rsp;
	st->u.reg[8] = r->r8;
	st->u.reg[9] = r->r9;
	st->u.reg[10] = r->r10;
	st->u.reg[11] = r->r11;
	st->u.reg[12] = r->r12;
	st->u.reg[13] = r->r13;
	st->u.reg[14] = r->r14;
	st->u.reg[15] = r->r15;
	st->u.pc = r->rip;
	st->u.exact = 1;
	st->u.has_rbx = 0;
	st->u.chained = 0;
	return (r->cs & 3) != 0;
}

static __always_inline int
is_in_exec(struct task_struct *task)
{
	return bpf_core_field_exists(task->in_execve) &&
	    BPF_CORE_READ_BITFIELD_PROBED(task, in_execve);
}

/* How many execs led to the program that a task is in, if nothing else tells it from
 * the one before; else 0. */
static __always_inline __u32
execs_of(struct task_struct *task)
{
	if (BPF_CORE_READ(task, flags) & SAMPLER_RANDOMIZED ||
	    !bpf_core_field_exists(task->self_exec_id))
		return 0;
	return (__u32)BPF_CORE_READ(task, self_exec_id) + 1;
}

/* Which program the sample is of. None in exec and in exit, or where it is not whole
 * yet. */
static __always_inline void
take_image(struct state *st, struct task_struct *task, __u32 pid)
{
	struct mm_struct *mm = BPF_CORE_READ(task, mm);
	__u64 start = BPF_CORE_READ(mm, start_code);

	st->s.image = st->s.layout = 0;
	if (!start || is_in_exec(task))
		return;
	st->s.layout = sampler_layout(pid, start, BPF_CORE_READ(mm, end_code),
	    BPF_CORE_READ(mm, start_stack));
	st->s.image = sampler_image(st->s.layout, execs_of(task));
}

/* In exec, a task's memory is the new program's while its registers are still the
 * old one's: it has no user stack. */
static __always_inline int
is_between_programs(struct state *st, struct task_struct *task)
{
	return is_in_exec(task) && bpf_probe_read_user(st->u.word, 8,
	    (void *)st->u.reg[UNWIND_RSP]) != 0;
}
