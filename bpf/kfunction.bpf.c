/*
 * kfunction.bpf.c - which of the kernel's functions an address is in.
 *
 * A program that is not attached to anything: gp-record runs it, once a function. To
 * read /proc/kallsyms instead the kernel writes all its 200,000 symbols, 40 ms of
 * CPU; and it may hide them.
 *
 * For kernels from 5.14 on. Source: bpf-helpers(7), bpf_snprintf(); the kernel's
 * kernel/bpf/syscall.c, BPF_PROG_TYPE_SYSCALL.
 */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "kfunction.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* The answer, "ksys_read+0x1c/0xe0" or "nft_do_chain+0x40/0x5b0 [nf_tables]". */
char text[KFUNCTION_TEXT];

SEC("syscall")
int
name_function(struct kfunction_question *q)
{
	static const char format[] = "%pS";
	__u64 addr = q->addr;

	return (int)bpf_snprintf(text, sizeof text, format, &addr,
	    sizeof addr);
}
