/*
 * kernelask.h - ask the kernel what is at one of its addresses (bpf/kfunction.bpf.c).
 *
 * A zeroed struct kernelask is ready: the program is loaded with the first question. A
 * kernel that cannot run it, as those before 5.14, answers none. kernelask_free() it.
 */
#ifndef GP_RECORD_KERNELASK_H
#define GP_RECORD_KERNELASK_H

#include <stdbool.h>
#include <stdint.h>

struct bpf_object;

struct kernelask {
	bool tried;
	struct bpf_object *obj;
	int prog_fd;
	const char *text; /* the program's; NULL: there is no program */
};

/* "ksys_read+0x1c/0xe0", or an address where there is no function; NULL if the kernel
 * cannot be asked. arg: a struct kernelask. Valid until the next call. */
const char *kernelask(void *arg, uint64_t addr);

void kernelask_free(struct kernelask *a);

#endif
