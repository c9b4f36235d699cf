/*
 * kernsyms.h - names of kernel addresses, most of them from a cache.
 *
 * /proc/kallsyms takes the kernel 40 ms of CPU to write, as often as it is asked:
 * most of what it costs to name a small profile. So the functions of the kernel
 * and its modules, which stay as they are until the machine or a module is
 * started anew, are kept (symfile.h) under a key of
 *
 *	- the kernel's notes, with its build id, and the boot's id;
 *	- names, sizes, states and addresses in /proc/modules;
 *	- the first lines of /proc/kallsyms, as the caller sees them now.
 *
 * BPF programs, trampolines and probes come and go, and are not kept. An address
 * that is in none of the functions kept is looked for in /proc/kallsyms itself,
 * which is then read once.
 *
 * Addresses of the kernel are a secret. The file is root's and for root alone,
 * in use only by root, and only while /proc/kallsyms shows them to the caller.
 */
#ifndef GP_KERNSYMS_H
#define GP_KERNSYMS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/cachedir.h"
#include "base/symfile.h"
#include "proc/kallsyms.h"

struct kernsyms {
	struct cachedir *cache; /* the caller's, or NULL */
	const char *proc, *notes; /* NULL: /proc, /sys/kernel/notes */
	bool cached;            /* file is in use */
	bool listed;            /* list was read, or cannot be */
	struct symfile file;
	struct kallsyms list;
};

/*
 * Get ready: cache, proc and notes are set, the rest zero.
 *
 * Returns what kallsyms_read() does. kernsyms_free() it in any case.
 */
GP_MUSTUSE enum kallsyms_err kernsyms_open(struct kernsyms *k);

/* Add "function" or "function [module]"; false, and nothing added, if the
 * address is in none. */
GP_MUSTUSE bool kernsyms_find(struct kernsyms *k, uint64_t addr,
    struct buf *b);

/* A number that stands for the function at an address; false if there is none, or
 * if it takes kernsyms_find() to know. */
GP_MUSTUSE bool kernsyms_function(struct kernsyms *k, uint64_t addr,
    uint64_t *function);

void kernsyms_free(struct kernsyms *k);

#endif
