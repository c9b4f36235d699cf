#include "prefix.h"

#include "stream/samestart.h"

size_t
prefix_begin(struct prefix *p, const char *s, size_t len)
{
	size_t same = samestart_bytes(p->in, p->len, s, len);

	while (p->n && !samestart_has(s, len, same, p->end[p->n - 1]))
		p->n--;
	p->in = s;
	p->len = len;
	return p->n;
}

void
prefix_reset(struct prefix *p)
{
	p->n = p->len = 0;
}
