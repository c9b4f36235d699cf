/*
 * kallsyms.h - the kernel's functions, by address.
 *
 *	ffffffff81234560 T vfs_read
 *	ffffffffc0a01230 t nf_conntrack_in<TAB>[nf_conntrack]
 *	ffffffffc0b0f6a4 t bpf_prog_6deef7357e7b4530_count<TAB>[bpf]
 *
 * /proc/kallsyms lists functions of the kernel and its modules, BPF programs,
 * ftrace trampolines and kprobe pages. It gives no sizes: a function ends where
 * the next one starts, 64 KiB behind its start at the latest, so that code which
 * nobody lists is not called by the name of what happens to lie before it.
 * Data, and the padding that the compiler puts before functions (__pfx_,
 * __cfi_), are left out. Of several names of one address one with few leading
 * underscores is taken, then a global one.
 *
 * About 60,000 functions: 2 MB of memory.
 *
 * Only those who may (CAP_SYSLOG, kernel.kptr_restrict) see addresses; for
 * others every one is 0, which is KALLSYMS_EHIDDEN.
 *
 * Source: proc(5); scripts/kallsyms.c, kernel/kallsyms.c.
 */
#ifndef GP_KALLSYMS_H
#define GP_KALLSYMS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/rangetab.h"

enum kallsyms_err {
	KALLSYMS_OK = 0,
	KALLSYMS_EREAD = -1,   /* errno says why */
	KALLSYMS_EHIDDEN = -2, /* all addresses are 0 */
};

/* More functions than this are not kept. */
enum { KALLSYMS_MAX = 1 << 20 };

struct kallsyms {
	struct rangetab range;
	struct buf names; /* "name\0module\0", the module may be "" */
	uint32_t functions;
};

/* Read path, NULL for /proc/kallsyms. kallsyms_free() it in any case. */
GP_MUSTUSE enum kallsyms_err kallsyms_read(struct kallsyms *k,
    const char *path);

/* The function at an address; *module is "" for the kernel proper, else its
 * name without brackets. Both belong to k. False if there is none. */
GP_MUSTUSE bool kallsyms_find(const struct kallsyms *k, uint64_t addr,
    const char **name, const char **module);

/* Where the kernel's text starts, _text, which is among the first few hundred
 * lines; path as above. False if that cannot be told, or is hidden. */
GP_MUSTUSE bool kallsyms_text(const char *path, uint64_t *addr);

void kallsyms_free(struct kallsyms *k);

#endif
