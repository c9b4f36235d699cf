/*
 * walk.bpf.h - the user stack, a part of sampler.bpf.c: one turn of the loop is one
 * frame, native or an interpreter's.
 */

/* The interpreters of images that have one. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, SAMPLER_INTERPS_MAX);
	__type(key, __u32);
	__type(value, struct interp);
} interps SEC(".maps");

/* Code objects that user space was woken for; see sampler.h. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SAMPLER_SEEN_SETS);
	__type(key, __u32);
	__type(value, __u64);
} seen SEC(".maps");

/* An interpreter's frame. The name of a code object can be read only while the
 * process lives, so user space has to hear of a new one at once: then 1, and a clue
 * is to follow, if the language has any. */
static __always_inline int
push_interp(struct state *st, __u32 language, __u64 code, __u32 at)
{
	__u64 word = sampler_interp_word(language, code, at), hash, *set;
	__u32 key;

	push(st, word);
	hash = sampler_seen_hash(st->s.image, word);
	key = sampler_seen_set(hash);
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

/* The rule of a native frame, to st->u.rule: UNWIND_OK, or what ends the walk. */
__attribute__((noinline)) int
native_rule(void)
{
	struct state *st = this_state();
	__u32 rule;
	__u64 pc;
	int end;

	if (!st)
		return UNWIND_LOST;
	pc = unwind_lookup_pc(&st->u);
	end = find_module(st, pc);
	if (end != UNWIND_OK)
		return end;
	if (st->module.kind == SAMPLER_UNKNOWN)
		return UNWIND_NO_ROWS;
	st->u.rule = UNWIND_RULE_FP;
	if (st->module.kind == SAMPLER_ROWS) {
		end = module_rule(st, (__u32)(pc - st->map.start +
		    st->map.pgoff));
		if (end != UNWIND_OK)
			return end;
	}
	UNWIND_MEET();
	if (st->u.rule == UNWIND_RULE_FP && st->u.exact) {
		st->u.rule = leaf_rule();
	} else if (st->u.rule == UNWIND_RULE_FP ||
	    st->u.rule == UNWIND_RULE_GAP) {
		rule = gap_rule();
		if (rule != UNWIND_RULE_GAP)
			st->u.rule = rule;
	}
	return UNWIND_OK;
}

/* Unwind a native frame by st->u.rule; an enum unwind_end. */
__attribute__((noinline)) int
native_step(void)
{
	struct state *st = this_state();

	return st ? unwind_step(&st->u, st->u.rule, 0) : UNWIND_LOST;
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
	__u64 sp;

	if (!st)
		return UNWIND_LOST;
	if (st->n >= st->s.nkernel + SAMPLER_USER_MAX)
		return UNWIND_TOO_DEEP;
	if (st->run == RUN_NONE) {
		is_eval = st->interp.language && interp_is_eval(&st->interp,
		    unwind_lookup_pc(&st->u));
		sp = st->u.reg[UNWIND_RSP];
		end = native_rule();
		if (end == UNWIND_OK)
			end = native_step();
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

/* Turns of the loop: a frame each, and one for the end of each run. */
#define TURNS_MAX (SAMPLER_USER_MAX + SAMPLER_USER_MAX / 2)

#ifndef SAMPLER_LEGACY
static long
loop_step(__u32 i, int *end)
{
	(void)i;
	*end = step();
	return *end != UNWIND_OK;
}

static __always_inline int
walk_all(void)
{
	int end = UNWIND_OK;

	bpf_loop(TURNS_MAX, loop_step, &end, 0);
	return end;
}
#else
/* Loops in loops: the verifier goes through each turn of each one once. */
#define TURNS_ONCE 64

__attribute__((noinline)) int
some_steps(void)
{
	int end = UNWIND_OK;

	for (int i = 0; i < TURNS_ONCE && end == UNWIND_OK; i++)
		end = step();
	return end;
}

static __always_inline int
walk_all(void)
{
	int end = UNWIND_OK;

	for (int i = 0; i < TURNS_MAX / TURNS_ONCE && end == UNWIND_OK; i++)
		end = some_steps();
	return end;
}
#endif

static __always_inline int
walk(void)
{
	int end = walk_all();

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
		end = push(st, sampler_end_word(st->run_mark));
		st->run_mark = 0;
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

static __always_inline void
all_later(void)
{
	int end = UNWIND_OK;

	bpf_loop(SAMPLER_USER_MAX, loop_later, &end, 0);
}
#else
__attribute__((noinline)) int
some_later(void)
{
	int end = UNWIND_OK;

	for (int i = 0; i < TURNS_ONCE && end == UNWIND_OK; i++)
		end = later_step();
	return end;
}

static __always_inline void
all_later(void)
{
	int end = UNWIND_OK;

	for (int i = 0; i < SAMPLER_USER_MAX / TURNS_ONCE + 1 &&
	    end == UNWIND_OK; i++)
		end = some_later();
}
#endif

static __always_inline void
take_later(struct state *st)
{
	__u32 before = st->n;

	if (st->interp.language == INTERP_NONE)
		return;
	st->run_n = before;
	st->run_mark = 0;
	st->eval_cfa = 0;
	all_later();
	st->s.nlater = (__u16)(st->n - before);
}
