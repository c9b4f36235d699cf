#include "prefix.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* How many bytes are the same. */
static size_t
common(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t len = a_len < b_len ? a_len : b_len, i = 0;
	uint64_t x, y;

	for (; i + sizeof x <= len; i += sizeof x) {
		memcpy(&x, a + i, sizeof x);
		memcpy(&y, b + i, sizeof y);
		if (x != y)
			break;
	}
	while (i < len && a[i] == b[i])
		i++;
	return i;
}

static bool
ends_at(const char *s, size_t len, size_t at)
{
	return at == len || s[at] == ';';
}

size_t
prefix_begin(struct prefix *p, const char *s, size_t len)
{
	size_t same = common(p->in, p->len, s, len);

	while (p->n && (p->end[p->n - 1] > same ||
	    !ends_at(s, len, p->end[p->n - 1])))
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
