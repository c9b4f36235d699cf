#include "base/cells.h"

#include <stdlib.h>

#include "base/diag.h"

static int
by_value(const void *pa, const void *pb)
{
	const uint64_t *a = pa, *b = pb;

	return (*a > *b) - (*a < *b);
}

void
cells_init(struct cells *c, const uint64_t *addr, size_t n)
{
	*c = (struct cells){ .addr = reallocarray(NULL, n + 1, sizeof *addr),
		.v = reallocarray(NULL, n + 1, sizeof *c->v) };
	if (!c->addr || !c->v)
		die_nomem();
	for (size_t i = 0; i < n; i++)
		c->addr[i] = addr[i];
	qsort(c->addr, n, sizeof *c->addr, by_value);
	for (size_t i = 0; i < n; i++)
		if (c->n == 0 || c->addr[i] != c->addr[c->n - 1])
			c->addr[c->n++] = c->addr[i];
	for (size_t i = 0; i < c->n; i++)
		c->v[i] = (struct cell){ 0, UINT64_MAX };
}

/* The number of addresses below one. No branch depends on what is compared. */
static size_t
count_below(const uint64_t *addr, size_t n, uint64_t start)
{
	const uint64_t *at = addr;
	size_t half;

	if (n == 0)
		return 0;
	for (; n > 1; n -= half) {
		half = n / 2;
		at += at[half - 1] < start ? half : 0;
	}
	return (size_t)(at - addr) + (*at < start);
}

/* Of those behind it it may be the last start before, of those below the first
 * behind; cells_settle() tells the others. */
void
cells_see(struct cells *c, uint64_t start)
{
	size_t i = count_below(c->addr, c->n, start);

	if (i < c->n && start > c->v[i].start)
		c->v[i].start = start;
	if (i > 0 && start < c->v[i - 1].end)
		c->v[i - 1].end = start;
}

void
cells_settle(struct cells *c)
{
	size_t n = 0;

	for (size_t i = 1; i < c->n; i++)
		if (c->v[i].start < c->v[i - 1].start)
			c->v[i].start = c->v[i - 1].start;
	for (size_t i = c->n; i-- > 1;)
		if (c->v[i - 1].end > c->v[i].end)
			c->v[i - 1].end = c->v[i].end;
	for (size_t i = 0; i < c->n; i++)
		if (n == 0 || c->v[i].start != c->v[n - 1].start)
			c->v[n++] = c->v[i];
	c->n = n;
	free(c->addr);
	c->addr = NULL;
}

bool
cells_want(const struct cells *c, uint64_t start, uint64_t end)
{
	size_t low = 0, high = c->n;

	/* The first that does not end before. */
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (c->v[mid].end <= start)
			low = mid + 1;
		else
			high = mid;
	}
	return low < c->n && c->v[low].start < end;
}

struct cutting {
	uint64_t *start;
	uint32_t *value;
	uint32_t n;
};

static void
put(struct cutting *to, uint64_t start, uint32_t value)
{
	if (to->n && to->start[to->n - 1] == start)
		to->n--;
	if (to->n ? to->value[to->n - 1] == value : value == RANGETAB_NONE)
		return;
	to->start[to->n] = start;
	to->value[to->n++] = value;
}

void
cells_cut(const struct cells *c, struct rangetab *t, uint32_t value)
{
	/* A cell adds a piece at either end. */
	size_t max = t->n + 2 * c->n + 1;
	struct cutting to = { reallocarray(NULL, max, sizeof *to.start),
		reallocarray(NULL, max, sizeof *to.value), 0 };
	uint32_t k = 0;

	if (!to.start || !to.value)
		die_nomem();
	for (size_t i = 0; i < c->n; i++) {
		uint32_t v = RANGETAB_NONE;

		while (k < t->n && t->start[k] <= c->v[i].start)
			k++;
		if (k)
			v = t->value[k - 1];
		put(&to, c->v[i].start, v == RANGETAB_NONE ? value : v);
		for (; k < t->n && t->start[k] < c->v[i].end; k++) {
			v = t->value[k];
			put(&to, t->start[k],
			    v == RANGETAB_NONE ? value : v);
		}
		if (c->v[i].end != UINT64_MAX)
			put(&to, c->v[i].end, RANGETAB_NONE);
	}
	rangetab_free(t);
	t->start = to.start;
	t->value = to.value;
	t->n = to.n;
}

void
cells_free(struct cells *c)
{
	free(c->addr);
	free(c->v);
	*c = (struct cells){ 0 };
}
