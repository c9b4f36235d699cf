/*
 * grow.h - tables that are filled from their start and doubled.
 *
 *	struct item *v = NULL;
 *	size_t cap = 0;
 *
 *	v = grow_for(v, n, &cap, sizeof *v);
 *	v[n++] = item;
 *
 * grow_zeroed() is of tables whose size is known. Running out of memory ends the
 * program.
 */
#ifndef GP_GROW_H
#define GP_GROW_H

#include <stddef.h>
#include <stdlib.h>

#include "base/diag.h"

/* p, or a larger one in its place, with room for entry n; *cap entries of `size`
 * bytes fit, of which those from n on are not set. The caller frees it. */
static inline void *
grow_for(void *p, size_t n, size_t *cap, size_t size)
{
	if (n < *cap)
		return p;
	*cap = n < 64 ? 128 : 2 * n;
	p = reallocarray(p, *cap, size);
	if (!p)
		die_nomem();
	return p;
}

/* n entries of `size` bytes, zeroed; never NULL. The caller frees them. */
static inline void *
grow_zeroed(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size);

	if (!p)
		die_nomem();
	return p;
}

#endif
