/*
 * stepcode.h - what the code at a frame tells, where no row does.
 *
 * Code without rows is that of JIT compilers, which keep frame pointers, and of C
 * libraries that describe none of their start code and no return from a signal
 * handler. A few bytes at pc, or before it, say in which of these a frame is:
 *
 *	stepcode_leaf_rule     interrupted; how much of its frame there is
 *	stepcode_is_sigreturn  where a signal handler returns to
 *	stepcode_hands_on      what called main(), or a thread's function,
 *	stepcode_is_start      if that was called from there: nobody called it
 *	stepcode_is_call       what is behind it may be a return address
 *
 * Bytes come as words, the one at the lowest address in bits 0 to 7. Who walks has
 * read them; anybody may have written them. As step.h, for BPF and user space.
 */
#ifndef GP_UNWIND_STEPCODE_H
#define GP_UNWIND_STEPCODE_H

#include <linux/types.h>

#include "unwind/step.h"

/*
 * Whether the 8 bytes at a pc without rule begin "mov $15,%rax; syscall", the
 * return from a signal handler. glibc describes its own by rows; musl and Go
 * do not. If so, the rule is UNWIND_RULE_SIGNAL. The bytes are those at pc
 * itself, which is where the handler returns to.
 */
static inline __attribute__((always_inline)) int
stepcode_is_sigreturn(__u64 bytes_at_pc)
{
	return bytes_at_pc == 0x0f0000000fc0c748ull;
}

/*
 * The rule of code that keeps frame pointers, interrupted at pc: there the
 * frame may not be set up yet, or be gone already, and UNWIND_RULE_FP would miss
 * a caller. The instruction at pc gives it away:
 *
 *	f3 0f 1e fa  endbr64        the frame comes after it
 *	55           push %rbp      the frame comes now
 *	48 89 e5     mov %rsp,%rbp  with 55 before it: half of it is there
 *	48 8b ec     (the other coding of the same)
 *	c3, c2       ret            the frame is gone
 *
 * Elsewhere there may be none yet, where V8's builtins begin with what needs none.
 * Then the word at rsp is the return address; so if it looks like one, nothing can
 * be said (the walkers see to that, for code in files: it is no JIT's habit).
 *
 * With 0 in rbp the code keeps none (musl's), and so does who called it: there
 * the 0 would be taken for the end of a chain.
 *
 * bytes: the 8 from pc - 1 on. rbp: as interrupted. Only for UNWIND_RULE_FP, and
 * states that are exact.
 */
static inline __attribute__((always_inline)) __u32
stepcode_leaf_rule(__u64 bytes, __u64 rbp)
{
	__u64 mov = bytes & 0xffffffff;
	__u32 at_pc = bytes >> 8 & 0xff;

	if (!rbp)
		return UNWIND_RULE_GAP;
	if (at_pc == 0x55 || at_pc == 0xc3 || at_pc == 0xc2 ||
	    (bytes >> 8 & 0xffffffff) == 0xfa1e0ff3)
		return UNWIND_RULE_ENTRY;
	if (mov == 0xe5894855 || mov == 0xec8b4855)
		return UNWIND_RULE_PUSHED;
	return UNWIND_RULE_FP;
}

/*
 * musl's start code has neither rows nor frame pointers, but nothing calls it, so
 * that a stack is whole with it. What called main() or a thread's function hands on
 * what that returns:
 *
 *	89 c7 e8      mov %eax,%edi; call exit
 *	48 89 c7 e8   mov %rax,%rdi; call __pthread_exit
 *	48 63 f8 e8   movslq %eax,%rdi; call __pthread_exit    (C11's threads)
 *
 * and within the few words that it keeps, its own return address is in _start or
 * in clone()'s child:
 *
 *	48 83 e4 f0 e8 ....        and $-16,%rsp; call         _start, before it
 *	89 c7 31 c0 b0 3c 0f 05    mov %eax,%edi; xor %eax,%eax; mov $60,%al; syscall
 *
 * Either alone may be anybody's. Only asked where rbp is no frame pointer: in
 * stepcode_is_unframed(s). Source: musl's src/env/__libc_start_main.c,
 * src/thread/pthread_create.c, arch/x86_64/crt_arch.h, src/thread/x86_64/clone.s.
 */
#define STEPCODE_START_WORDS 8

static inline __attribute__((always_inline)) int
stepcode_is_unframed(const struct unwind_state *s)
{
	return !s->exact && s->reg[UNWIND_RBP] < s->reg[UNWIND_RSP];
}

static inline __attribute__((always_inline)) int
stepcode_hands_on(__u64 bytes_at_pc)
{
	__u32 four = (__u32)bytes_at_pc;

	return (four & 0xffffff) == 0xe8c789 || four == 0xe8c78948 ||
	    four == 0xe8f86348;
}

/* before, at: the 8 bytes before what may be a return address, and those at it. */
static inline __attribute__((always_inline)) int
stepcode_is_start(__u64 before, __u64 at)
{
	return (__u32)before == 0xe8f0e483 || at == 0x050f3cb0c031c789ull;
}

/* Whether 8 bytes end with a call instruction, so that what is behind them may be
 * a return address: e8 and 4 bytes, or ff /2, whose length its ModRM byte says. */
static inline __attribute__((always_inline)) int
stepcode_is_call(__u64 bytes)
{
	if ((bytes >> 24 & 0xff) == 0xe8)
		return 1;
	for (int at = 1; at <= 6; at++) {
		__u32 b = (__u32)(bytes >> 8 * at), mod = b >> 14 & 3;
		__u32 rm = b >> 8 & 7, len = 2 + (mod == 1);

		if (mod != 3 && rm == 4)
			len++;
		if (mod == 2 || (mod == 0 && (rm == 5 ||
		    (rm == 4 && (b >> 16 & 7) == 5))))
			len += 4;
		if ((b & 0xff) == 0xff && (b >> 11 & 7) == 2 &&
		    (__u32)at + len == 8)
			return 1;
	}
	return 0;
}

#endif
