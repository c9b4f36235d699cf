/*
 * kfunctions.h - which of the kernel's functions the stacks are in, told in the stream.
 *
 *	#kfunction addr=ffffffff81416b90 size=224 name=ksys_read
 *	#kfunction addr=ffffffffc0a3b010 size=1456 name=nft_do_chain module=nf_tables
 *
 * Who records may ask the kernel, one address at a time (kfunction.h); who names, maybe
 * later and elsewhere, has only /proc/kallsyms: 40 ms of CPU, for this kernel alone,
 * since this boot, and only if it hides nothing. So what a recording needs of it goes
 * with it, a record for each function, before the first stack that it is in.
 *
 * BPF programs and trampolines come and go and are told of otherwise (#ksymbol).
 *
 * Source of the kernel's answers: Documentation/core-api/printk-formats.rst, %pS;
 * kernel/kallsyms.c, sprint_symbol().
 *
 * A struct kfunctions with ask set, and zero but for that, is ready; it remembers what
 * was told. kfunctions_free() it.
 */
#ifndef GP_RECORD_KFUNCTIONS_H
#define GP_RECORD_KFUNCTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "stream/stacktab.h"

enum {
	KFUNCTIONS_MAX = 1 << 14, /* the kernel's other functions are not told */
	KFUNCTIONS_RECENT = 1 << 10,
};

struct kfunctions_range {
	uint64_t start, end;
};

struct kfunctions {
	/* The kernel's text for an address, as printk's %pS; NULL if there is none. Valid
	 * until the next call. */
	const char *(*ask)(void *arg, uint64_t addr);
	void *arg;
	struct kfunctions_range *v; /* asked for, in ascending order */
	uint32_t n;
	size_t cap;
	uint64_t recent[KFUNCTIONS_RECENT]; /* addresses that are in one of them */
	uint32_t told;
	uint64_t ns; /* of CPU that all of this took, with -v */
};

/* Add a record to out for each function that frames of stacks are in and that was not
 * told yet. */
void kfunctions_tell(struct kfunctions *k, const struct stacktab *stacks,
    struct buf *out);

void kfunctions_free(struct kfunctions *k);

#endif
