#include "profile/parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"

static void
grow(struct parts *p, uint32_t node)
{
	size_t cap = node < 512 ? 1024 : 2 * (size_t)node;

	p->nano = reallocarray(p->nano, cap, sizeof *p->nano);
	if (!p->nano)
		die_nomem();
	memset(p->nano + p->cap, 0, (cap - p->cap) * sizeof *p->nano);
	p->cap = cap;
}

unsigned
parts_add(struct parts *p, uint32_t node, uint32_t nano)
{
	if (nano == 0)
		return 0;
	if (node >= p->cap)
		grow(p, node);
	p->nano[node] += nano;
	if (p->nano[node] < PARTS_ONE)
		return 0;
	p->nano[node] -= PARTS_ONE;
	return 1;
}

bool
parts_rounds_up(const struct parts *p, uint32_t node)
{
	return node < p->cap && p->nano[node] >= PARTS_ONE / 2;
}

bool
parts_is_some(const struct parts *p, uint32_t node)
{
	return node < p->cap && p->nano[node] != 0;
}

void
parts_free(struct parts *p)
{
	free(p->nano);
	*p = (struct parts){ NULL, 0 };
}
