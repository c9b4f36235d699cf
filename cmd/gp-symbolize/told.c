#include "told.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/grow.h"

static size_t
cut(const char *s)
{
	return strnlen(s, TOLD_NAME_MAX);
}

bool
told_add(struct told *t, uint64_t start, uint64_t size, const char *name,
    const char *module)
{
	size_t at = t->text.len;

	if (size == 0 || size - 1 > UINT64_MAX - start || !*name)
		return false;
	if (t->n == TOLD_MAX || at > TOLD_TEXT_MAX)
		return true;
	t->v = grow_for(t->v, t->n, &t->cap, sizeof *t->v);
	buf_add(&t->text, name, cut(name));
	if (module) {
		buf_adds(&t->text, " [");
		buf_add(&t->text, module, cut(module));
		buf_addc(&t->text, ']');
	}
	t->v[t->n++] = (struct told_function){ start, start + size - 1,
		(uint32_t)at, (uint32_t)(t->text.len - at) };
	return true;
}

/* By address, and what came later, whose text lies behind, behind. */
static int
compare(const void *a, const void *b)
{
	const struct told_function *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return (x->text > y->text) - (x->text < y->text);
}

/* Bring what is new in order, and merge it in from the end. */
static void
order(struct told *t)
{
	uint32_t n = t->n - t->ordered, old = t->ordered, at = t->n;
	size_t bytes = n * sizeof *t->v;
	struct told_function *new = malloc(bytes);

	if (!new)
		die_nomem();
	memcpy(new, t->v + old, bytes);
	qsort(new, n, sizeof *new, compare);
	while (n) {
		if (old && compare(&t->v[old - 1], &new[n - 1]) > 0)
			t->v[--at] = t->v[--old];
		else
			t->v[--at] = new[--n];
	}
	free(new);
	t->ordered = t->n;
}

const struct told_function *
told_find(struct told *t, uint64_t addr)
{
	const struct told_function *f;
	uint32_t low = 0, high = t->n;

	if (t->ordered < t->n)
		order(t);
	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (t->v[mid].start <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	f = low ? &t->v[low - 1] : NULL;
	return f && addr <= f->last ? f : NULL;
}

void
told_reset(struct told *t)
{
	t->n = t->ordered = 0;
	buf_reset(&t->text);
}

void
told_free(struct told *t)
{
	free(t->v);
	buf_free(&t->text);
	*t = (struct told){ 0 };
}
