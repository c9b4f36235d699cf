#include "profile/timeline.h"

#include <stdlib.h>

#include "base/diag.h"
#include "profile/flamew.h"

#define MS UINT64_C(1000000)

/* Each a multiple of the one before, so that slots fit into wider ones. After
 * the last they double. */
static const uint64_t widths[] = {
	20 * MS, 100 * MS, 1000 * MS, 10000 * MS, 60000 * MS, 600000 * MS,
	3600000 * MS,
};

static uint64_t
wider(uint64_t width)
{
	for (size_t i = 0; i < sizeof widths / sizeof *widths; i++)
		if (widths[i] > width)
			return widths[i];
	return width * 2;
}

static int
by_slot(const void *a, const void *b)
{
	const struct timeline_entry *x = a, *y = b;

	if (x->slot != y->slot)
		return x->slot < y->slot ? -1 : 1;
	return (x->stack > y->stack) - (x->stack < y->stack);
}

/* Sort, and merge the entries of equal pairs. */
static void
compact(struct timeline *t)
{
	size_t n = 0;

	if (t->n)
		qsort(t->entry, t->n, sizeof *t->entry, by_slot);
	for (size_t i = 0; i < t->n; i++)
		if (n && by_slot(&t->entry[n - 1], &t->entry[i]) == 0)
			t->entry[n - 1].count += t->entry[i].count;
		else
			t->entry[n++] = t->entry[i];
	t->n = t->sorted = n;
}

static void
widen(struct timeline *t, uint64_t width)
{
	for (size_t i = 0; i < t->n; i++)
		t->entry[i].slot = (uint32_t)(t->entry[i].slot * t->slot_ns /
		    width);
	t->slot_ns = width;
	compact(t);
}

void
timeline_at(struct timeline *t, uint64_t ns)
{
	uint64_t width = t->slot_ns ? t->slot_ns : widths[0];

	while (ns / width >= TIMELINE_SLOTS_MAX)
		width = wider(width);
	if (t->slot_ns && width != t->slot_ns)
		widen(t, width);
	t->slot_ns = width;
	t->slot = (uint32_t)(ns / width);
}

static void
grow(struct timeline *t)
{
	size_t cap = t->cap ? t->cap * 2 : 1024;
	struct timeline_entry *p = reallocarray(t->entry, cap, sizeof *p);

	if (!p)
		die_nomem();
	t->entry = p;
	t->cap = cap;
}

void
timeline_add(struct timeline *t, uint32_t stack, uint64_t count)
{
	if (t->slot_ns == 0)
		return;
	/* Many lines for few pairs: merge before there is more memory. */
	if (t->n == t->cap && t->n > 2 * t->sorted)
		compact(t);
	if (t->n == t->cap)
		grow(t);
	t->entry[t->n++] = (struct timeline_entry){ t->slot, stack, count };
}

void
timeline_sort(struct timeline *t, const uint32_t *number)
{
	for (size_t i = 0; number && i < t->n; i++)
		t->entry[i].stack = number[t->entry[i].stack];
	compact(t);
}

void
timeline_write(const struct timeline *t, FILE *out)
{
	uint32_t slot = 0;

	for (size_t i = 0, end; i < t->n; i = end) {
		uint32_t stack = 0;

		for (end = i; end < t->n &&
		    t->entry[end].slot == t->entry[i].slot; )
			end++;
		flamew_number(out, t->entry[i].slot - slot);
		flamew_number(out, end - i);
		slot = t->entry[i].slot;
		for (size_t k = i; k < end; k++) {
			flamew_number(out, t->entry[k].stack - stack);
			flamew_number(out, t->entry[k].count);
			stack = t->entry[k].stack;
		}
	}
}

void
timeline_free(struct timeline *t)
{
	free(t->entry);
	*t = (struct timeline){ 0 };
}
