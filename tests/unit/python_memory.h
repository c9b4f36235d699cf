/*
 * python_memory.h - made-up memory of a process, for the tests of CPython's frames
 * and objects. To be included first: it says how runtime/python_step.h and
 * python_thread.h read.
 *
 *	clear();
 *	put(AT + 64, 7, 4);
 *	interp_read(&i, &process, …, AT, …)
 */
#ifndef GP_PYTHON_MEMORY_H
#define GP_PYTHON_MEMORY_H

#include <stddef.h>
#include <stdint.h>

static inline int read_arena(void *mem, void *dst, size_t len, uint64_t addr);
#define UNWIND_READ(mem, dst, len, addr) read_arena(mem, dst, len, addr)

#include "runtime/interp.h"
#include "runtime/python_step.h"
#include "runtime/python_thread.h"

#include <string.h>

/* Where it begins; nothing else can be read. */
#define AT 0x7f0000000000ull

static uint8_t arena[32768];

static inline int
read_arena(void *mem, void *dst, size_t len, uint64_t addr)
{
	(void)mem;
	if (addr < AT || addr - AT > sizeof arena ||
	    len > sizeof arena - (addr - AT))
		return -1;
	memcpy(dst, arena + (addr - AT), len);
	return 0;
}

static inline bool
read_for_names(void *arg, uint64_t addr, void *dst, size_t len)
{
	return read_arena(arg, dst, len, addr) == 0;
}

static inline void
put(uint64_t addr, uint64_t value, size_t len)
{
	memcpy(arena + (addr - AT), &value, len);
}

static inline void
clear(void)
{
	memset(arena, 0, sizeof arena);
}

#endif
