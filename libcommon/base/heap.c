#include "base/heap.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

void
heap_prepare(size_t size)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), start;
	void *p;

	mallopt(M_MMAP_THRESHOLD, 32 << 20);
	mallopt(M_TRIM_THRESHOLD, 64 << 20);
	p = malloc(size);
	if (!p)
		return;
	start = (uintptr_t)p - (uintptr_t)p % page;
	(void)madvise((void *)start, size, MADV_POPULATE_WRITE);
	free(p);
}
