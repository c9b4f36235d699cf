/*
 * sampler.bpf.c - one sample: who, where in the kernel, where in user space.
 *
 * A program of type perf_event, run by each overflow of the sampled event. It
 * holds no policy: what it counts as wanted is a map, how deep it goes is a
 * limit of the record, and every sample that it cannot deliver is counted.
 *
 * One iteration of the loop is one frame. All state lives in a per-CPU map
 * value, so that the verifier sees unknown scalars and prunes: two thousand
 * instructions instead of half a million, and room for interpreters in the same
 * loop, without tail calls.
 *
 * Two objects come from this source: with bpf_loop() for kernels from 5.17 on,
 * and with a bounded loop (SAMPLER_LEGACY) for 5.8 to 5.16.
 */
#include <linux/bpf.h>
#include <linux/bpf_perf_event.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#define UNWIND_READ(mem, dst, len, addr) \
	bpf_probe_read_user(dst, len, (void *)(addr))
#include "unwind/step.h"

#include "sampler.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Just the members that are read; CO-RE finds them in the running kernel. */
struct thread_struct {
	unsigned long fsbase;
} __attribute__((preserve_access_index));

struct mm_struct {
	unsigned long start_code, end_code, start_stack;
} __attribute__((preserve_access_index));

struct task_struct {
	unsigned int flags;
	int tgid;
	void *stack;
	struct mm_struct *mm;
	__u64 start_boottime;
	char comm[SAMPLER_COMM_LEN];
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	unsigned int in_execve : 1;
	struct thread_struct thread;
} __attribute__((preserve_access_index));

/* PF_KTHREAD of linux/sched.h; its value never changed. */
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

/* The pool of rows. User space maps it, so that filling it is a memcpy. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct unwind_row);
} rows SEC(".maps");

/* For each slot of the pool, the second in which it was last used. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} slots SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, SAMPLER_BLOCKS_MAX);
	__type(key, __u32);
	__type(value, struct sampler_block);
} blocks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SAMPLER_MODULES_MAX);
	__type(key, __u32);
	__type(value, struct sampler_module);
} modules SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1024 * 1024);
	__type(key, struct sampler_key);
	__type(value, struct sampler_mapping);
} mappings SEC(".maps");

/* The interpreters of images that have one. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, SAMPLER_INTERPS_MAX);
	__type(key, __u32);
	__type(value, struct interp);
} interps SEC(".maps");

/* Code objects that user space has been woken for: sets of two, the newer one in
 * the low half, each by half of its hash. */
#define SEEN_SETS 16384

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SEEN_SETS);
	__type(key, __u32);
	__type(value, __u64);
} seen SEC(".maps");

#define RESCUE_WORDS (sizeof(struct sample_rescue) / 8)
#define STATE_WORDS (SAMPLER_FRAMES + RESCUE_WORDS + SAMPLER_RESCUE_BYTES / 8)

/* Where the walk is with the run of the eval frame that it has come to. */
enum run {
	RUN_NONE,    /* not begun, or no eval frame */
	RUN_INSIDE,
	RUN_OVER,
	RUN_NOTHING, /* over: the interpreter has no more frames */
};

/* The record under construction, and the registers of the walk. */
struct state {
	struct unwind_state u;
	struct pt_regs regs;
	struct sampler_mapping map; /* the last one found; end 0: none */
	struct sampler_module module;
	struct interp interp; /* its language is INTERP_NONE: none */
	union {
#define INTERP(ID, name, suffix) struct name##_state name;
#include "runtime/interp.def"
	} lang; /* zeroed when the walk begins */
	__u64 self; /* fs: what pthread_self() is */
	__u64 eval_sp, eval_cfa; /* the eval frame is between; cfa 0: unknown */
	__u32 run;   /* enum run */
	__u32 run_n; /* n when it began */
	int native;  /* the enum unwind_end behind it */
	__u32 news; /* a code object that was not seen before */
	__u32 n;     /* words behind s so far */
	struct sample s;
	__u64 word[STATE_WORDS]; /* right behind s */
};

/* One for each CPU; user space says how many. No per-CPU map: the values of those
 * are 32 KB at most. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct state);
} states SEC(".maps");

static __always_inline struct state *
this_state(void)
{
	__u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&states, &cpu);
}

/* UNWIND_TOO_DEEP if there is no room. */
static __always_inline int
push(struct state *st, __u64 word)
{
	__u32 n = st->n;

	if (n >= SAMPLER_FRAMES || n >= st->s.nkernel + SAMPLER_USER_MAX)
		return UNWIND_TOO_DEEP;
	st->word[n] = word;
	st->n = n + 1;
	return UNWIND_OK;
}

/* The bits that make a word an interpreter's are never an address's. */
static __always_inline int
push_native(struct state *st)
{
	return push(st, unwind_lookup_pc(&st->u) & ~(3ull << 62));
}

/*
 * Two binary searches, as global functions of plain numbers: each is verified
 * once, by itself.
 *
 * The slot of the block that covers pc, among blocks [first, first + count): 0
 * and up, or one of
 */
#define SLOT_NONE -1 /* not loaded */
#define SLOT_GAP -2  /* below the first block */

__attribute__((noinline)) int
find_slot(__u32 first, __u32 count, __u32 pc)
{
	__u32 lo = first, hi = first + count, mid;
	struct sampler_block *b;

	for (int i = 0; i < 18 && lo < hi; i++) {
		mid = lo + ((hi - lo) >> 1);
		b = bpf_map_lookup_elem(&blocks, &mid);
		if (!b)
			return SLOT_GAP;
		if (b->pc <= pc)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == first)
		return SLOT_GAP;
	mid = lo - 1;
	b = bpf_map_lookup_elem(&blocks, &mid);
	if (!b || b->slot == SAMPLER_NO_SLOT)
		return SLOT_NONE;
	return (int)(b->slot & 0x7fffffff);
}

/* The rule that covers pc in the block of a slot. */
__attribute__((noinline)) __u32
find_rule(__u32 slot, __u32 pc)
{
	__u32 first = slot << SAMPLER_BLOCK_BITS, lo = first, mid;
	__u32 hi = first + SAMPLER_BLOCK_ROWS;
	struct unwind_row *r;

	for (int i = 0; i <= SAMPLER_BLOCK_BITS && lo < hi; i++) {
		mid = lo + ((hi - lo) >> 1);
		r = bpf_map_lookup_elem(&rows, &mid);
		if (!r)
			return UNWIND_RULE_GAP;
		if (r->pc <= pc)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == first)
		return UNWIND_RULE_GAP;
	mid = lo - 1;
	r = bpf_map_lookup_elem(&rows, &mid);
	return r ? r->rule : UNWIND_RULE_GAP;
}

/* Look up the rule at an offset of st's module; UNWIND_OK or UNWIND_NO_ROWS. */
static __always_inline int
module_rule(struct state *st, __u32 off, __u32 *rule)
{
	int slot = find_slot(st->module.first, st->module.count, off);
	__u64 *used, now;
	__u32 key;

	*rule = UNWIND_RULE_GAP;
	if (slot == SLOT_NONE)
		return UNWIND_NO_ROWS;
	if (slot < 0)
		return UNWIND_OK;
	key = (__u32)slot;
	used = bpf_map_lookup_elem(&slots, &key);
	now = st->s.time >> 30;
	if (used && *used != now)
		*used = now;
	*rule = find_rule(key, off);
	return UNWIND_OK;
}

/* Find what is mapped at pc, unless it is what was found last. */
static __always_inline int
find_module(struct state *st, __u64 pc)
{
	struct sampler_key key = { .prefixlen = 96 };
	struct sampler_mapping *map;
	struct sampler_module *mod;
	__u32 module;

	if (pc >= st->map.start && pc < st->map.end)
		return UNWIND_OK;
	key.image = st->s.image;
	key.addr_be = __builtin_bswap64(pc);
	map = bpf_map_lookup_elem(&mappings, &key);
	if (!map)
		return UNWIND_NO_MAP;
	st->map = *map;
	module = st->map.module;
	mod = bpf_map_lookup_elem(&modules, &module);
	if (mod)
		st->module = *mod;
	else
		st->module.kind = SAMPLER_FP;
	return UNWIND_OK;
}

/* musl's and Go's return from a signal handler has no row. */
static __always_inline __u32
gap_rule(struct state *st)
{
	__u64 bytes;

	if (bpf_probe_read_user(&bytes, sizeof bytes, (void *)st->u.pc))
		return UNWIND_RULE_GAP;
	return unwind_is_sigreturn(bytes) ? UNWIND_RULE_SIGNAL :
	    UNWIND_RULE_GAP;
}

/* In code that keeps frame pointers, interrupted: is the frame there? Without
 * the code it would be a guess. */
static __always_inline __u32
leaf_rule(struct state *st)
{
	__u64 bytes;

	if (bpf_probe_read_user(&bytes, sizeof bytes,
	    (void *)(st->u.pc - 1))) {
		/* A function at the beginning of what is mapped. */
		if (bpf_probe_read_user(&bytes, sizeof bytes,
		    (void *)st->u.pc))
			return UNWIND_RULE_GAP;
		bytes <<= 8;
	}
	return unwind_fp_leaf_rule(bytes);
}

/* An interpreter's frame. The name of a code object can be read only while the
 * process lives, so user space has to hear of a new one at once: then 1. */
static __always_inline int
push_interp(struct state *st, __u32 language, __u64 code, __u32 at)
{
	__u64 word = sampler_interp_word(language, code, at), hash, *set;
	__u32 key;

	push(st, word);
	hash = (word >> 16 ^ (__u64)st->s.image << 32) * 0x9e3779b97f4a7c15ull;
	hash ^= hash >> 29;
	key = (__u32)(hash >> 32) & (SEEN_SETS - 1);
	set = bpf_map_lookup_elem(&seen, &key);
	if (!set || (__u32)*set == (__u32)hash || *set >> 32 == (__u32)hash)
		return 0;
	*set = *set << 32 | (__u32)hash;
	st->news = 1;
	return 1;
}

#define INTERP_BPF
#include "runtime/interp.def"
#undef INTERP_BPF

/* One frame of the run, by whoever knows the language. */
static __always_inline void
run_step(struct state *st)
{
	int run = RUN_OVER;

	switch (st->interp.language) {
#define INTERP(ID, name, suffix) case INTERP_##ID: run = name##_frame(); break;
#include "runtime/interp.def"
	}
	st->run = (__u32)run;
}

/* Unwind one native frame; an enum unwind_end. */
static __always_inline int
unwind_native(struct state *st, __u64 pc)
{
	__u32 rule = UNWIND_RULE_FP;
	int end;

	end = find_module(st, pc);
	if (end != UNWIND_OK)
		return end;
	if (st->module.kind == SAMPLER_UNKNOWN)
		return UNWIND_NO_ROWS;
	if (st->module.kind == SAMPLER_ROWS) {
		end = module_rule(st, (__u32)(pc - st->map.start +
		    st->map.pgoff), &rule);
		if (end != UNWIND_OK)
			return end;
		if (rule == UNWIND_RULE_GAP)
			rule = gap_rule(st);
	}
	if (rule == UNWIND_RULE_FP && st->u.exact)
		rule = leaf_rule(st);
	return unwind_step(&st->u, rule, 0);
}

/* The walk is at an eval frame, and native, the end of unwinding it: its run comes
 * before its caller. Where user space is to unwind it, the run comes with those
 * that come later. */
static __always_inline int
begin_run(struct state *st, __u64 sp, int native)
{
	if (native == UNWIND_NO_MAP || native == UNWIND_NO_ROWS)
		return native;
	st->run = RUN_INSIDE;
	st->run_n = st->n;
	st->native = native;
	st->eval_sp = sp;
	st->eval_cfa = native == UNWIND_OK ? st->u.reg[UNWIND_RSP] : 0;
	return UNWIND_OK;
}

/*
 * One frame further out; an enum unwind_end.
 *
 * Global, so that the verifier looks at it once and not with every turn of the
 * loop; its state it finds by itself.
 */
__attribute__((noinline)) int
step(void)
{
	struct state *st = this_state();
	int end, is_eval;
	__u64 pc, sp;

	if (!st)
		return UNWIND_LOST;
	if (st->n >= st->s.nkernel + SAMPLER_USER_MAX)
		return UNWIND_TOO_DEEP;
	if (st->run == RUN_NONE) {
		pc = unwind_lookup_pc(&st->u);
		is_eval = st->interp.language &&
		    interp_is_eval(&st->interp, pc);
		sp = st->u.reg[UNWIND_RSP];
		end = unwind_native(st, pc);
		if (is_eval)
			return begin_run(st, sp, end);
	} else {
		run_step(st);
		if (st->run == RUN_INSIDE)
			return UNWIND_OK;
		st->run = RUN_NONE;
		end = st->native;
	}
	return end == UNWIND_OK ? push_native(st) : end;
}

#ifndef SAMPLER_LEGACY
static long
loop_step(__u32 i, int *end)
{
	(void)i;
	*end = step();
	return *end != UNWIND_OK;
}
#endif

/* Turns of the loop: a frame each, and one for the end of each run. */
#define TURNS_MAX (SAMPLER_USER_MAX + SAMPLER_USER_MAX / 2)

static __always_inline int
walk(void)
{
	int end = UNWIND_OK;

#ifndef SAMPLER_LEGACY
	bpf_loop(TURNS_MAX, loop_step, &end, 0);
#else
	for (int i = 0; i < TURNS_MAX; i++) {
		end = step();
		if (end != UNWIND_OK)
			break;
	}
#endif
	return end == UNWIND_OK ? UNWIND_TOO_DEEP : end;
}

/* The interpreter's frames beyond the frame that the walk has come to. */
__attribute__((noinline)) int
later_step(void)
{
	struct state *st = this_state();
	int end;

	if (!st)
		return UNWIND_LOST;
	if (st->n >= st->s.nkernel + SAMPLER_USER_MAX)
		return UNWIND_TOO_DEEP;
	run_step(st);
	if (st->run == RUN_NOTHING)
		return UNWIND_END;
	if (st->run == RUN_OVER) {
		end = push(st, SAMPLER_RUN_END);
		st->run_n = st->n;
		return end;
	}
	return UNWIND_OK;
}

#ifndef SAMPLER_LEGACY
static long
loop_later(__u32 i, int *end)
{
	(void)i;
	*end = later_step();
	return *end != UNWIND_OK;
}
#endif

static __always_inline void
take_later(struct state *st)
{
	__u32 before = st->n;
	int end = UNWIND_OK;

	if (st->interp.language == INTERP_NONE)
		return;
	st->run_n = before;
	st->eval_cfa = 0;
#ifndef SAMPLER_LEGACY
	bpf_loop(SAMPLER_USER_MAX, loop_later, &end, 0);
#else
	for (int i = 0; i < SAMPLER_USER_MAX; i++) {
		end = later_step();
		if (end != UNWIND_OK)
			break;
	}
#endif
	st->s.nlater = (__u16)(st->n - before);
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
	return (r->cs & 3) != 0;
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

/* How much of a stack a rescue may take: the fuller the ring, the less. Better a
 * stack cut short than samples lost, and most stacks are small. */
static __always_inline __u32
rescue_pieces(void)
{
	__u64 size = bpf_ringbuf_query(&samples, BPF_RB_RING_SIZE);
	__u64 used = bpf_ringbuf_query(&samples, BPF_RB_AVAIL_DATA);

	if (used < size / 4)
		return SAMPLER_RESCUE_BYTES / SAMPLER_RESCUE_PIECE;
	return used < size / 2 ? 16 : used < size / 4 * 3 ? 4 : 0;
}

/* Take along what user space needs to go on with the walk. */
static __always_inline void
take_rescue(struct state *st)
{
	__u64 sp = st->u.reg[UNWIND_RSP];
	__u32 at = st->n, left, pieces = rescue_pieces();

	if (at > SAMPLER_FRAMES)
		return;
	for (int i = 0; i < 16; i++)
		st->word[at + i] = st->u.reg[i];
	st->word[at + 16] = st->u.pc;
	st->word[at + 17] = st->u.exact | (__u64)st->u.has_rbx << 32;
	at += RESCUE_WORDS;
	st->n = at;
	for (__u32 i = 0; i < SAMPLER_RESCUE_BYTES / SAMPLER_RESCUE_PIECE; i++) {
		if (i >= pieces)
			return;
		if (bpf_probe_read_user(&st->word[at], SAMPLER_RESCUE_PIECE,
		    (void *)sp))
			break;
		at += SAMPLER_RESCUE_PIECE / 8;
		sp += SAMPLER_RESCUE_PIECE;
		st->s.nrescue += SAMPLER_RESCUE_PIECE;
		st->n = at;
	}
	/* The end of a stack is the end of a page. */
	left = 4096 - (sp & 4095);
	if (left < SAMPLER_RESCUE_PIECE &&
	    at <= STATE_WORDS - SAMPLER_RESCUE_PIECE / 8 &&
	    !bpf_probe_read_user(&st->word[at], left, (void *)sp)) {
		at += left / 8;
		st->s.nrescue += left & ~7u;
	}
	st->n = at;
}

/* In exec, a task's memory is the new program's while its registers are still the
 * old one's: it has no user stack. */
static __always_inline int
is_between_programs(struct state *st, struct task_struct *task)
{
	if (!bpf_core_field_exists(task->in_execve) ||
	    !BPF_CORE_READ_BITFIELD_PROBED(task, in_execve))
		return 0;
	return bpf_probe_read_user(st->u.word, 8,
	    (void *)st->u.reg[UNWIND_RSP]) != 0;
}

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
	st->run = RUN_NONE;
	if (interp)
		__builtin_memset(&st->lang, 0, sizeof st->lang);
	st->self = BPF_CORE_READ(task, thread.fsbase);
	st->s.status = (__u16)walk();
	st->s.nuser = (__u16)(st->n - st->s.nkernel);
	if (st->s.status == UNWIND_NO_MAP || st->s.status == UNWIND_NO_ROWS) {
		take_later(st);
		take_rescue(st);
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
	struct mm_struct *mm;
	struct state *st;
	__u32 zero = 0, words;

	c = bpf_map_lookup_elem(&counters, &zero);
	st = this_state();
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
	mm = BPF_CORE_READ(task, mm);
	st->s.image = sampler_image(st->s.pid, BPF_CORE_READ(mm, start_code),
	    BPF_CORE_READ(mm, end_code), BPF_CORE_READ(mm, start_stack));
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
