/*
 * step.h - one step of unwinding on x86-64: from a frame to its caller.
 *
 * Compiled twice, for the BPF program and for user space, so that both find the
 * same callers and the unit tests run the lines that the kernel runs. No libc, no
 * signed division, no loops; memory is read only through the includer's
 *
 *	UNWIND_READ(mem, dst, len, addr)
 *
 * which copies len bytes (a constant, 8 to 136) from address addr of the
 * unwound process to dst and is 0 if it could. In BPF that is bpf_probe_read_user()
 * and mem is unused. An includer that only wants rows and rules does not define
 * it and gets no unwind_step().
 *
 * ROWS. A table is an array of struct unwind_row, sorted by pc, no two with the
 * same pc and no neighbours with the same rule. A row covers [its pc, the next
 * row's pc). A pc below the first row has no rule; the last row of every table
 * is a gap, so nothing above it has one either. A row's pc is the distance of
 * the ELF virtual address from the table's base, which is the p_vaddr of the
 * lowest executable PT_LOAD segment. For a mapping [start, end) of file offset
 * pgoff that means
 *
 *	row pc = address - bias
 *	bias   = start - pgoff + p_offset - p_vaddr + base
 *
 * with p_offset and p_vaddr of the PT_LOAD segment that holds pgoff (they differ
 * from segment to segment in files made by lld or gold).
 *
 * WHERE TO LOOK. A return address belongs to the instruction before it: a call
 * may be the last instruction of its function. So rows and symbols are looked
 * up with unwind_lookup_pc(), which is pc - 1 unless the frame was interrupted
 * right at pc (the innermost frame, and the one that a signal handler returns
 * to).
 *
 * A RULE says how the caller's registers follow from the frame's. The canonical
 * frame address (CFA) is the caller's rsp; the return address is the word below
 * it. Of the other registers rbp is followed, and rbx within the one file where
 * a CFA depends on it across calls: ld.so, whose lazy binding aligns its stack by
 * hand. Compilers base no CFA on another register across a call. One word:
 *
 *	bits 0-4    base: a DWARF register number 0-15, or enum unwind_base
 *	bits 5-6    enum unwind_rbp
 *	bits 24-31  when rbp is SAVED: rbp is at CFA - 8 * these
 *	otherwise   by base:
 *	  register  CFA = register + bits 7-31, or, when rbp is SAVED,
 *	            + 8 * bits 7-23
 *	  PLT       CFA = rsp + 8, + 8 more once (pc & 15) >= bits 7-10
 *	  DEREF_x   CFA = *(x + 8 * (bits 7-18 - 2048)) + 8 * bits 19-23
 *	  CGO       words at rsp + 8 * bits 7-10, a depth and g: CFA = *(g + 8) -
 *	            depth + 8, or, where g is 0, depth + 8
 *	  GO_G0     CFA = where a goroutine's stack was left + 8, which g says;
 *	            g is 8 * bits 7-10 below the thread's storage
 *	  RA_REG    CFA = rsp + 8 * bits 11-31; the return address is in the
 *	            register of number bits 7-10
 *	  x_RBX     CFA = x + 8 * bits 7-16; rbx is at CFA - 8 * bits 17-23, or,
 *	            where these are 0, still in rbx
 *	  others    0
 *
 * The widths are those that leave nothing out in the 28 million rows of 2,300
 * files: frames are up to 512 KB, rbp is among the first words, and the few
 * leaves that take 4 or 12 bytes of stack do not save it.
 *
 * Registers other than rsp and rbp are known in an interrupted frame only
 * (stack-probe loops, assembler, vfork), rbx also as long as every frame on the
 * way has a rule that says where it is, or none of its own yet
 * (UNWIND_RULE_ENTRY); elsewhere a rule that is based on one is UNWIND_LOST.
 *
 * Source: System V ABI for x86-64, figure 3.36 (register numbers) and 3.4 (CFA);
 * struct rt_sigframe and sigcontext of the kernel's uapi headers.
 */
#ifndef GP_UNWIND_STEP_H
#define GP_UNWIND_STEP_H

#include <linux/types.h>

struct unwind_row {
	__u32 pc;   /* distance from the table's base */
	__u32 rule;
};

/* DWARF's numbers of the registers that have a part of their own here. */
enum {
	UNWIND_RAX = 0,
	UNWIND_RBX = 3,
	UNWIND_RDI = 5,
	UNWIND_RBP = 6,
	UNWIND_RSP = 7
};

/* Where the CFA comes from, beside the 16 registers. */
enum unwind_base {
	UNWIND_GAP = 16,  /* no function here, or one that cannot be described */
	UNWIND_BOTTOM,    /* no caller: the return address is undefined */
	UNWIND_FP,        /* a frame pointer: rbp at CFA - 16, CFA = rbp + 16 */
	UNWIND_PLT,       /* lazy binding stub: pushes once, somewhere in 16 bytes */
	UNWIND_DEREF_RBP, /* CFA is in memory: functions that align their stack */
	UNWIND_DEREF_RSP,
	UNWIND_SIGNAL,    /* all registers are in a signal frame at rsp */
	UNWIND_RA_REG,    /* the return address is in a register: vfork */
	UNWIND_FP_SWITCH, /* as FP, from another stack: Go's g0 to a goroutine's */
	UNWIND_RSP_RBX,   /* as rsp and rbp, and where rbx is: around lazy */
	UNWIND_RBP_RBX,   /* binding */
	UNWIND_CLONE,     /* clone()'s system call: as at a function's entry in the
			   * parent; no caller in the child, where rax is 0 */
	UNWIND_CGO,       /* Go's runtime.asmcgocall while C runs on g0's stack:
			   * it left the way back on that */
	UNWIND_GO_G0      /* Go's runtime.systemstack before 1.21, while Go runs
			   * on g0's stack: the way back is in g only */
};

enum unwind_rbp {
	UNWIND_RBP_KEPT,  /* the caller's is still in rbp */
	UNWIND_RBP_SAVED, /* at CFA - offset */
	UNWIND_RBP_AT_RBP, /* at *rbp: functions that align their stack */
	UNWIND_RBP_LOST
};

/* Rules without arguments. */
#define UNWIND_RULE_GAP ((__u32)UNWIND_GAP)
#define UNWIND_RULE_BOTTOM ((__u32)UNWIND_BOTTOM)
#define UNWIND_RULE_FP ((__u32)UNWIND_FP)
#define UNWIND_RULE_SIGNAL ((__u32)UNWIND_SIGNAL)
#define UNWIND_RULE_FP_SWITCH ((__u32)UNWIND_FP_SWITCH)

/* CFA = rsp + 8, rbp kept: at a function's first instruction, and at its ret. */
#define UNWIND_RULE_ENTRY ((__u32)UNWIND_RSP | 8u << 7)
/* CFA = rsp + 16, rbp at CFA - 16: behind "push %rbp". */
#define UNWIND_RULE_PUSHED \
	((__u32)UNWIND_RSP | (__u32)UNWIND_RBP_SAVED << 5 | 2u << 7 | 2u << 24)

/* How a step, or a whole walk, ended. The walkers' own ends are numbered here
 * too, so that one counter array takes all. */
enum unwind_end {
	UNWIND_OK,          /* the state is the caller's now */
	UNWIND_END,         /* this was the outermost frame */
	UNWIND_NO_RULE,     /* a gap between functions */
	UNWIND_READ_FAILED, /* the stack could not be read */
	UNWIND_NO_PROGRESS, /* the caller's frame is not above this one */
	UNWIND_LOST,        /* the rule needs a register that is not known */
	UNWIND_NO_MAP,      /* walker: no mapping holds pc */
	UNWIND_NO_ROWS,     /* walker: the mapping's rows are not there (yet) */
	UNWIND_TOO_DEEP,    /* walker: no room for more frames */
	UNWIND_ENDS         /* how many there are */
};

/* A rule in pieces. What its base does not use is 0. */
struct unwind_rule {
	__u32 base;    /* 0-15 or enum unwind_base */
	__u32 rbp;     /* enum unwind_rbp */
	__s64 offset;  /* bytes, to the CFA or, DEREF, to the word with it */
	__u32 add;     /* bytes, DEREF: added to what is read */
	__u32 rbp_off; /* bytes, SAVED: how far below the CFA */
	__u32 rbx;     /* base is rsp or rbp, and where rbx is, is said: at */
	__u32 rbx_off; /* bytes below the CFA; 0: still in rbx */
	__u32 arg;     /* PLT: the threshold; RA_REG: the register; CGO: where;
			* GO_G0: words from tls down to g */
};

#define UNWIND_SIGNAL_WORDS 17 /* r8 to r15, rdi … rsp, rip of a sigcontext */

struct unwind_state {
	__u64 reg[16]; /* by DWARF number; rbp and rsp are always this frame's */
	__u64 pc;
	__u32 exact;   /* interrupted at pc, all reg known; 0: pc is where a call
			* returns to */
	__u32 has_rbx; /* not exact, but rbx is this frame's */
	__u32 chained; /* the last step went by a frame pointer */
	__u32 rule;    /* scratch of a step: as a word, */
	__u64 tls;     /* the thread's storage, where fs points to; 0: unknown */
	/* what was read last, the rule in pieces, and where that leads. */
	__u64 word[UNWIND_SIGNAL_WORDS];
	struct unwind_rule by;
	__u64 cfa;
};

/*
 * The parts of a step meet in memory, from which they read anew: the BPF verifier
 * does not know what is in a map's value, so that it goes through each part once, and
 * not once for every way through the parts before it.
 */
#define UNWIND_MEET() __asm__ volatile("" ::: "memory")

static inline __attribute__((always_inline)) struct unwind_rule
unwind_rule_decode(__u32 rule)
{
	struct unwind_rule r = { 0 };

	r.base = rule & 31;
	r.rbp = rule >> 5 & 3;
	if (r.rbp == UNWIND_RBP_SAVED)
		r.rbp_off = (rule >> 24) * 8;
	if (r.base < 16) {
		if (r.rbp == UNWIND_RBP_SAVED)
			r.offset = (__s64)(rule >> 7 & 0x1ffff) * 8;
		else
			r.offset = (__s64)(rule >> 7);
	} else if (r.base == UNWIND_PLT || r.base == UNWIND_CGO ||
	    r.base == UNWIND_GO_G0) {
		r.arg = rule >> 7 & 15;
	} else if (r.base == UNWIND_DEREF_RBP || r.base == UNWIND_DEREF_RSP) {
		r.offset = ((__s64)(rule >> 7 & 0xfff) - 2048) * 8;
		r.add = (rule >> 19 & 31) * 8;
	} else if (r.base == UNWIND_RA_REG) {
		r.arg = rule >> 7 & 15;
		r.offset = (__s64)(rule >> 11) * 8;
	} else if (r.base == UNWIND_RSP_RBX || r.base == UNWIND_RBP_RBX) {
		r.base = r.base == UNWIND_RSP_RBX ? UNWIND_RSP : UNWIND_RBP;
		r.offset = (__s64)(rule >> 7 & 0x3ff) * 8;
		r.rbx = 1;
		r.rbx_off = (rule >> 17 & 0x7f) * 8;
	}
	return r;
}

/* The word for a rule, or UNWIND_RULE_GAP if it has none: an offset that is too
 * far or no multiple of 8. decode(encode(r)) is r again, if r uses only what
 * its base has. */
static inline __u32
unwind_rule_encode(const struct unwind_rule *r)
{
	__u32 word = r->base | r->rbp << 5;
	__u64 off = (__u64)r->offset;

	if (r->rbp > UNWIND_RBP_LOST || r->arg > 15)
		return UNWIND_RULE_GAP;
	if (r->rbp == UNWIND_RBP_SAVED) {
		if (r->rbp_off & 7 || r->rbp_off >= 256 * 8)
			return UNWIND_RULE_GAP;
		word |= r->rbp_off / 8 << 24;
	}
	if (r->rbx) {
		if ((r->base != UNWIND_RSP && r->base != UNWIND_RBP) ||
		    r->rbx_off & 7 || r->rbx_off >= 128 * 8 || off & 7 ||
		    off >= 1024 * 8)
			return UNWIND_RULE_GAP;
		word ^= r->base ^ (r->base == UNWIND_RSP ? UNWIND_RSP_RBX :
							   UNWIND_RBP_RBX);
		return word | (__u32)off / 8 << 7 | r->rbx_off / 8 << 17;
	}
	if (r->base < 16) {
		if (r->rbp != UNWIND_RBP_SAVED)
			return off >> 25 ? UNWIND_RULE_GAP :
					   word | (__u32)off << 7;
		return off & 7 || off >= 131072 * 8 ? UNWIND_RULE_GAP :
						     word | (__u32)off / 8 << 7;
	}
	switch (r->base) {
	case UNWIND_BOTTOM:
	case UNWIND_FP:
	case UNWIND_SIGNAL:
	case UNWIND_FP_SWITCH:
	case UNWIND_CLONE:
		return r->base;
	case UNWIND_PLT:
	case UNWIND_CGO:
	case UNWIND_GO_G0:
		return word | r->arg << 7;
	case UNWIND_DEREF_RBP:
	case UNWIND_DEREF_RSP:
		off += 2048 * 8;
		if (off & 7 || off >= 4096 * 8 || r->add & 7 ||
		    r->add >= 32 * 8)
			return UNWIND_RULE_GAP;
		return word | (__u32)off / 8 << 7 | r->add / 8 << 19;
	case UNWIND_RA_REG:
		if (off & 7 || off >> 24 || r->rbp == UNWIND_RBP_SAVED)
			return UNWIND_RULE_GAP;
		return word | r->arg << 7 | (__u32)off / 8 << 11;
	}
	return UNWIND_RULE_GAP;
}

/* The address to look this frame's row and name up with. */
static inline __attribute__((always_inline)) __u64
unwind_lookup_pc(const struct unwind_state *s)
{
	return s->exact ? s->pc : s->pc - 1;
}

#ifdef UNWIND_READ

/* All registers out of the signal frame. The handler may have had a stack of its
 * own, so that nothing can be said about progress. */
static inline __attribute__((always_inline)) int
unwind_step_signal(struct unwind_state *s, void *mem)
{
	(void)mem;
	/* The ucontext begins at rsp, its registers 40 bytes into it. */
	if (UNWIND_READ(mem, s->word, sizeof s->word,
		s->reg[UNWIND_RSP] + 40))
		return UNWIND_READ_FAILED;
	s->reg[0] = s->word[13];
	s->reg[1] = s->word[12];
	s->reg[2] = s->word[14];
	s->reg[3] = s->word[11];
	s->reg[4] = s->word[9];
	s->reg[5] = s->word[8];
	s->reg[6] = s->word[10];
	s->reg[7] = s->word[15];
	s->reg[8] = s->word[0];
	s->reg[9] = s->word[1];
	s->reg[10] = s->word[2];
	s->reg[11] = s->word[3];
	s->reg[12] = s->word[4];
	s->reg[13] = s->word[5];
	s->reg[14] = s->word[6];
	s->reg[15] = s->word[7];
	s->pc = s->word[16];
	s->exact = 1;
	s->chained = 0;
	return UNWIND_OK;
}

/*
 * Where Go's runtime.systemstack left the goroutine's stack: the CFA from its rsp, and
 * rbp in word[6]. UNWIND_OK, or what ends the walk.
 *
 *	thread's storage → g;  g + 48 → m;  m + 0 → g0, m + 192 → curg;
 *	curg + 56: rsp pc g ctxt ret lr rbp
 *
 * g may be g0, or that of signals; g0 and curg have to have the same m.
 * Source: Go's runtime/runtime2.go, the structs g, gobuf and m, before 1.21.
 */
static inline __attribute__((always_inline)) int
unwind_go_g0(struct unwind_state *s, __u32 below, void *mem)
{
	__u64 m;

	(void)mem;
	if (!s->tls)
		return UNWIND_LOST;
	if (UNWIND_READ(mem, s->word, 8, s->tls - below * 8) ||
	    UNWIND_READ(mem, s->word, 8, s->word[0] + 48))
		return UNWIND_READ_FAILED;
	m = s->word[0];
	if (UNWIND_READ(mem, s->word, 8, m) ||
	    UNWIND_READ(mem, s->word, 8, s->word[0] + 48))
		return UNWIND_READ_FAILED;
	if (s->word[0] != m)
		return UNWIND_LOST;
	if (UNWIND_READ(mem, s->word, 8, m + 192) ||
	    UNWIND_READ(mem, s->word, 64, s->word[0] + 48))
		return UNWIND_READ_FAILED;
	if (s->word[0] != m || !s->word[1])
		return UNWIND_LOST;
	s->cfa = s->word[1] + 8;
	s->word[6] = s->word[7];
	return UNWIND_OK;
}

/* The CFA by s->by, to s->cfa; UNWIND_OK, or what ends the walk. */
static inline __attribute__((always_inline)) int
unwind_find_cfa(struct unwind_state *s, void *mem)
{
	struct unwind_rule *r = &s->by;
	__u64 sp = s->reg[UNWIND_RSP], bp = s->reg[UNWIND_RBP];
	__u64 depth;
	__u32 base = r->base;

	(void)mem;
	if (base < 16) {
		if (base != UNWIND_RSP && base != UNWIND_RBP && !s->exact &&
		    !(base == UNWIND_RBX && s->has_rbx))
			return UNWIND_LOST;
		s->cfa = s->reg[base & 15] + (__u64)r->offset;
		return UNWIND_OK;
	}
	switch (base) {
	case UNWIND_FP:
	case UNWIND_FP_SWITCH:
		/* The chain ends with the 0 that start-up code leaves. Where
		 * no chain led here, code that keeps frame pointers would have
		 * one, so this keeps none, and its callers are not known. */
		if (!bp)
			return s->chained ? UNWIND_END : UNWIND_NO_RULE;
		s->cfa = bp + 16;
		r->rbp = UNWIND_RBP_SAVED;
		r->rbp_off = 16;
		return UNWIND_OK;
	case UNWIND_PLT:
		s->cfa = sp + 8 + ((s->pc & 15) >= r->arg ? 8 : 0);
		return UNWIND_OK;
	case UNWIND_DEREF_RBP:
	case UNWIND_DEREF_RSP:
		if (UNWIND_READ(mem, s->word, 8,
		    (base == UNWIND_DEREF_RBP ? bp : sp) + (__u64)r->offset))
			return UNWIND_READ_FAILED;
		s->cfa = s->word[0] + r->add;
		return UNWIND_OK;
	case UNWIND_RA_REG:
		s->cfa = sp + (__u64)r->offset;
		return s->exact ? UNWIND_OK : UNWIND_LOST;
	case UNWIND_CLONE:
		if (!s->exact)
			return UNWIND_NO_RULE;
		s->cfa = sp + 8;
		return s->reg[UNWIND_RAX] ? UNWIND_OK : UNWIND_END;
	case UNWIND_CGO:
		/* How deep it was in the goroutine's stack, whose end g has; or
		 * without g where it was. */
		if (UNWIND_READ(mem, s->word, 16, sp + r->arg * 8))
			return UNWIND_READ_FAILED;
		depth = s->word[0];
		s->cfa = depth + 8;
		if (!s->word[1])
			return UNWIND_OK;
		if (UNWIND_READ(mem, s->word, 8, s->word[1] + 8))
			return UNWIND_READ_FAILED;
		s->cfa = s->word[0] - depth + 8;
		return UNWIND_OK;
	case UNWIND_GO_G0:
		return unwind_go_g0(s, r->arg, mem);
	case UNWIND_BOTTOM:
		return UNWIND_END;
	}
	return UNWIND_NO_RULE;
}

/* Whether the CFA cannot be a caller's: a leaf may have popped its return address
 * already. Where stacks switch, nothing can be said, and the walk's bound on frames
 * must do. */
static inline __attribute__((always_inline)) int
unwind_is_no_progress(const struct unwind_state *s)
{
	__u64 sp = s->reg[UNWIND_RSP], cfa = s->cfa;
	__u32 base = s->by.base;

	return cfa & 7 || (base != UNWIND_FP_SWITCH && base != UNWIND_CGO &&
	    base != UNWIND_GO_G0 && (cfa < sp || (cfa == sp && !s->exact)));
}

/* The caller's rbp and return address by s->by and s->cfa, to word[0] and word[1];
 * 0, or not if they cannot be read. */
static inline __attribute__((always_inline)) int
unwind_read_caller(struct unwind_state *s, void *mem)
{
	const struct unwind_rule *r = &s->by;
	__u64 bp = r->base == UNWIND_GO_G0 ? s->word[6] : s->reg[UNWIND_RBP];

	(void)mem;
	/* What "push %rbp" makes: both words with one read. */
	if (r->rbp == UNWIND_RBP_SAVED && r->rbp_off == 16 &&
	    r->base != UNWIND_RA_REG)
		return UNWIND_READ(mem, s->word, 16, s->cfa - 16) != 0;
	if (r->base == UNWIND_RA_REG)
		s->word[1] = s->reg[r->arg & 15];
	else if (UNWIND_READ(mem, &s->word[1], 8, s->cfa - 8))
		return 1;
	if (r->rbp == UNWIND_RBP_SAVED || r->rbp == UNWIND_RBP_AT_RBP)
		return UNWIND_READ(mem, s->word, 8, r->rbp == UNWIND_RBP_SAVED ?
		    s->cfa - r->rbp_off : bp) != 0;
	/* Lost: with 0, any rule based on it makes no progress. */
	s->word[0] = r->rbp == UNWIND_RBP_LOST ? 0 : bp;
	return 0;
}

/* Make the state the caller's, whose CFA is s->cfa; UNWIND_OK, or what ends the
 * walk. */
static inline __attribute__((always_inline)) int
unwind_to_caller(struct unwind_state *s, void *mem)
{
	const struct unwind_rule *r = &s->by;

	(void)mem;
	if (unwind_is_no_progress(s))
		return UNWIND_NO_PROGRESS;
	if (unwind_read_caller(s, mem) || (r->rbx_off &&
	    UNWIND_READ(mem, &s->word[2], 8, s->cfa - r->rbx_off)))
		return UNWIND_READ_FAILED;
	UNWIND_MEET();
	/* Thread and process start code puts a 0 where it has no caller. */
	if (!s->word[1])
		return UNWIND_END;
	s->reg[UNWIND_RSP] = s->cfa;
	s->reg[UNWIND_RBP] = s->word[0];
	s->pc = s->word[1];
	if (r->rbx_off)
		s->reg[UNWIND_RBX] = s->word[2];
	s->has_rbx = r->rbx_off || ((r->rbx || s->rule == UNWIND_RULE_ENTRY) &&
	    (s->exact || s->has_rbx));
	s->exact = 0;
	s->chained = r->base == UNWIND_FP || r->base == UNWIND_FP_SWITCH;
	return UNWIND_OK;
}

/*
 * Go from a frame to its caller.
 *
 * s: on UNWIND_OK the caller's registers and return address, exact as said
 * above; otherwise unchanged but for the scratch. rule: that of the row that covers
 * unwind_lookup_pc(s), or one of the UNWIND_RULE_x. mem: handed to UNWIND_READ.
 * Returns an enum unwind_end.
 */
static inline __attribute__((always_inline)) int
unwind_step(struct unwind_state *s, __u32 rule, void *mem)
{
	int end;

	if ((rule & 31) == UNWIND_SIGNAL)
		return unwind_step_signal(s, mem);
	s->rule = rule;
	s->by = unwind_rule_decode(rule);
	UNWIND_MEET();
	end = unwind_find_cfa(s, mem);
	UNWIND_MEET();
	return end == UNWIND_OK ? unwind_to_caller(s, mem) : end;
}

#endif
#endif
