/*
 * interp_step.h - an interpreter in a process, as the sampler has to know it.
 *
 * Compiled by BPF and user space. An interpreter runs its program in one C
 * function, the eval function. Where the native stack has a frame of it, the
 * interpreter's own frames belong; how to find them is a matter of the language,
 * whose struct is in the union. See interp.h and docs/adding-a-runtime.md.
 */
#ifndef GP_INTERP_STEP_H
#define GP_INTERP_STEP_H

#include <linux/types.h>

#define INTERP_STEPS
#include "runtime/interp.def"
#undef INTERP_STEPS

enum interp_language {
	INTERP_NONE,
#define INTERP(ID, name, suffix) INTERP_##ID,
#include "runtime/interp.def"
	INTERP_LANGUAGES /* how many there are; 8 at most: see bpf/sampler.h */
};

/* Parts of the eval function: the compiler puts what is rarely run elsewhere. */
#define INTERP_EVALS_MAX 3

struct interp_range {
	__u64 start, end; /* empty: none */
};

/* How it is told which eval frame has which run. */
enum interp_exact {
	INTERP_COUNTED, /* by order: a function that begins or ends has none, and
	                 * the others move */
	INTERP_EXACT,   /* by where they lie, whichever begin or end; but within the
	                 * function that begins */
	INTERP_STRICT,  /* the same, and where one that called something has none,
	                 * the runs are another stack's */
};

struct interp {
	__u32 language; /* enum interp_language */
	__u16 exact;    /* enum interp_exact */
	__u16 clues;    /* it sends a clue along with code objects that are new */
	struct interp_range eval[INTERP_EVALS_MAX];
	union {
#define INTERP(ID, name, suffix) struct name##_layout name;
#include "runtime/interp.def"
	} u;
};

static inline __attribute__((always_inline)) int
interp_is_eval(const struct interp *i, __u64 addr)
{
	if (addr - i->eval[0].start < i->eval[0].end - i->eval[0].start)
		return 1;
	if (addr - i->eval[1].start < i->eval[1].end - i->eval[1].start)
		return 1;
	return addr - i->eval[2].start < i->eval[2].end - i->eval[2].start;
}

#endif
