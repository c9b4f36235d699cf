/*
 * perfname.h - names of functions as perf script prints them, made frames.
 *
 *	schedule_timeout+0x12 ([kernel.kallsyms])   schedule_timeout_[k]
 *	std::sort<int*>(int*, int*)+0x1f (/bin/a)   std::sort<int*>
 *	S::operator()(int) const (/bin/a)           S::operator()
 *	[unknown] (/usr/bin/svc (deleted))          [svc]
 *	Lorg/App;::run->Lorg/App;::step (/tmp/perf-7.map)
 *	                                            org/App::run_[j];org/App::step_[i]
 *	f+0x1 (inlined)                             f_[i]
 *
 * FlameGraph's stackcollapse-perf.pl writes much the same, and where it does not
 * it is wrong: an arrow makes two frames only where a JIT compiler wrote it, not
 * in operator->; parentheses are cut off only where they are arguments; [vdso]
 * and others in brackets are no kernel modules.
 */
#ifndef GP_PERFNAME_H
#define GP_PERFNAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* The parts of a line of a stack. */
struct perfname {
	const char *symbol; /* without "+0x12" */
	size_t symbol_len;
	const char *module; /* what is in the last parentheses; NULL: none */
	size_t module_len;
	uint64_t pc;
	bool inlined;
};

/* Split the text behind the program counter. */
void perfname_split(const char *s, size_t len, struct perfname *out);

/* Whether a program counter, or a module, is the kernel's. */
bool perfname_is_kernel(const struct perfname *n);

/* Whether a module is code that a JIT compiler made. */
bool perfname_is_jit(const char *module, size_t len);

/*
 * Add the frames that a line stands for, outermost first, each with a NUL behind
 * it; returns how many: 1, but for compiled Java with inlined methods. addrs: a
 * frame without a symbol has its program counter in its name.
 */
size_t perfname_put(struct buf *b, const struct perfname *n, bool addrs);

/* The length of a function's name without its arguments; what decltype has in
 * brackets is none of them. */
size_t perfname_cut_args(const char *s, size_t len);

#endif
