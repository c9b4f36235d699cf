/*
 * kfunction.h - what kfunction.bpf.c and gp-record share.
 */
#ifndef GP_BPF_KFUNCTION_H
#define GP_BPF_KFUNCTION_H

#include <linux/types.h>

/* Bytes of the kernel's answer, with its NUL: KSYM_SYMBOL_LEN, and more. */
enum { KFUNCTION_TEXT = 768 };

/* What the program is given. */
struct kfunction_question {
	__u64 addr;
};

#endif
