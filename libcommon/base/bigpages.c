#include "base/bigpages.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { LARGE = 2 << 20 };

void
bigpages_keep(size_t bytes)
{
	uintptr_t at, end;
	char *p;

	if (bytes > BIGPAGES_MAX || bytes < 2 * LARGE)
		return;
	/* Twice: what is free may be more than what was kept for it. */
	(void)mallopt(M_MMAP_THRESHOLD, (int)bytes);
	(void)mallopt(M_TRIM_THRESHOLD, 2 * (int)bytes);
	bytes -= LARGE; /* less than what is mapped alone */
	p = malloc(bytes);
	if (!p)
		return;
	at = ((uintptr_t)p + LARGE - 1) / LARGE * LARGE;
	end = ((uintptr_t)p + bytes) / LARGE * LARGE;
	if (at < end)
		(void)madvise(p + (at - (uintptr_t)p), end - at, MADV_HUGEPAGE);
	free(p);
}
