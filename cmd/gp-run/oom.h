/*
 * oom.h - how many processes the kernel has killed for memory where this one is.
 *
 * By the memory control group of this process: memory.events of version 2, or
 * memory.oom_control of version 1. A SIGKILL does not say who sent it; that this
 * number has grown does.
 */
#ifndef GP_OOM_H
#define GP_OOM_H

#include <stdint.h>

/* 0 where there is no such group, or it cannot be seen. */
uint64_t oom_kills(void);

#endif
