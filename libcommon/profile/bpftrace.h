/*
 * bpftrace.h - maps of bpftrace(8) whose keys have stacks.
 *
 *	@[
 *	    vfs_read+570
 *	    do_syscall_64+113
 *	,                         stacks innermost first, the kernel's first
 *	    main+35
 *	, cat, 4242]: 7
 * and with -f json
 *	{"type": "map", "data": {"@": {"\n    main+35\n,cat,4242": 7}}}
 *
 * become
 *	cat-4242;main;do_syscall_64;vfs_read 7
 *
 * Of the other parts of the key the first that is no number is the process, the
 * first number its pid. Maps without a stack are none of ours, and passed over.
 */
#ifndef GP_BPFTRACE_H
#define GP_BPFTRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "profile/reading.h"

struct bpftrace {
	struct reading *r;
	/* private */
	struct buf key; /* of the entry that began */
	bool open;
	struct buf text;
};

/* Take a line of either form, without its newline. */
void bpftrace_line(struct bpftrace *b, const char *s, size_t len);
void bpftrace_json_line(struct bpftrace *b, const char *s, size_t len);

/* The end of the file. */
void bpftrace_end(struct bpftrace *b);

void bpftrace_free(struct bpftrace *b);

#endif
