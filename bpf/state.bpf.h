/*
 * state.bpf.h - the record under construction, a part of sampler.bpf.c.
 *
 * All state of a sample lives in a map value, so that the verifier sees unknown
 * scalars and prunes, and every global function finds it by itself.
 */

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
	__u64 run_mark; /* what of the run lies on the C stack, or 0 */
	__u32 run;   /* enum run */
	__u32 run_n; /* n when it began */
	int native;  /* the enum unwind_end behind it */
	__u64 rescue_holes;
	__u64 rescue_from; /* the address that its stack begins at */
	__u32 rescue_at;  /* the word that it is from on */
	__u32 rescue_off; /* bytes of stack behind it so far, and holes */
	__u32 rescue_left; /* pieces that it may have yet, beside the first */
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
