/*
 * kernel.h - names of kernel addresses, of this kernel or of another one.
 *
 *	here       /proc/kallsyms, or what was kept of it (kernsyms.h)
 *	elsewhere  the symbols of vmlinux, found by build id (finder.h):
 *
 *	#gp … kernel=6.1.0-44-amd64 kernel_build_id=5e3f… kernel_text=ffffffff9a200000
 *	vmlinux: _text at ffffffff81000000
 *	$k+ffffffff9a5c1234  ->  vmlinux's ffffffff813c1234
 *
 * A kernel is put elsewhere with every boot, so vmlinux says something only to
 * who knows where its text was. Modules are moved one by one: of a stream from
 * elsewhere their functions have no names.
 *
 * What the stream itself tells is asked first, wherever it was recorded: of code that
 * came and went (#ksymbol), then of functions (#kfunction).
 */
#ifndef GP_SYMBOLIZE_KERNEL_H
#define GP_SYMBOLIZE_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "modules.h"
#include "proc/jitcode.h"
#include "proc/kernsyms.h"
#include "stream/record.h"
#include "told.h"

enum kernel_state {
	KERNEL_UNREAD,
	KERNEL_READ,
	KERNEL_NONE, /* cannot be read */
};

struct kernel {
	struct modules *modules; /* the caller's */
	enum kernel_state state; /* of kernsyms: this kernel's */
	struct kernsyms kernsyms;
	struct jitcode passing;  /* #ksymbol */
	struct told told;        /* #kfunction */
	uint32_t view; /* changes with them, as in compiled.h */
	/* Of the stream: */
	bool foreign;     /* not recorded here, since this boot */
	uint32_t vmlinux; /* a module, or MODULE_NONE */
	uint64_t text;    /* where its text was */
	uint64_t linked;  /* and is in vmlinux; 0: not looked up */
};

/* A new #gp. modules and kernsyms.cache are set, and modules begun anew. */
void kernel_begin(struct kernel *k, const struct record *gp, bool foreign);

/* "#ksymbol addr=ffffffffc0201f5c size=180 name=bpf_prog_… module=bpf": false if
 * it is malformed. */
GP_MUSTUSE bool kernel_take_ksymbol(struct kernel *k, const struct record *r);

/* "#kfunction addr=ffffffff81416b90 size=224 name=ksys_read": the same. Addresses that
 * were asked for before keep the names that they had. */
GP_MUSTUSE bool kernel_take_function(struct kernel *k, const struct record *r);

/* Add "function" or "function [module]"; false, and nothing added, if the
 * address is in none. */
GP_MUSTUSE bool kernel_find(struct kernel *k, uint64_t addr, struct buf *b);

/* A number that stands for the function at an address, in this run; false if
 * there is none, or if it takes kernel_find() to know. */
GP_MUSTUSE bool kernel_function(struct kernel *k, uint64_t addr,
    uint64_t *function);

void kernel_free(struct kernel *k);

#endif
