#include "prefix.h"

#include <stdbool.h>
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

struct prefix_end
prefix_begin(struct prefix *p, const char *s, size_t len)
{
	size_t same = common(p->in.s, p->in.len, s, len);

	while (p->n && (p->end[p->n - 1].in > same ||
	    !ends_at(s, len, p->end[p->n - 1].in)))
		p->n--;
	buf_reset(&p->in);
	buf_add(&p->in, s, len);
	return p->n ? p->end[p->n - 1] : (struct prefix_end){ 0 };
}

void
prefix_reset(struct prefix *p)
{
	p->n = 0;
	buf_reset(&p->in);
}

void
prefix_free(struct prefix *p)
{
	buf_free(&p->in);
	p->n = 0;
}
