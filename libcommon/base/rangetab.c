#include "base/rangetab.h"

#include <assert.h>
#include <stdlib.h>

#include "base/diag.h"
#include "base/radix.h"

struct rangetab_item {
	uint64_t start, end;
	uint32_t value;
	uint32_t rank : 31; /* among equals the first added wins */
	uint32_t open : 1;
};

static void
add(struct rangetab *t, uint64_t start, uint64_t end, uint32_t value,
    uint32_t rank, bool open)
{
	assert(t->n == 0 && value != RANGETAB_NONE);
	if (start >= end)
		return;
	if (t->items == t->item_cap) {
		uint32_t cap = t->item_cap ? t->item_cap * 2 : 256;

		t->item = realloc(t->item, cap * sizeof *t->item);
		if (!t->item)
			die_nomem();
		t->item_cap = cap;
	}
	t->item[t->items] = (struct rangetab_item){
		start, end, value, rank & (UINT32_MAX >> 1), open,
	};
	t->items++;
}

void
rangetab_add(struct rangetab *t, uint64_t start, uint64_t end, uint32_t value,
    uint32_t rank)
{
	add(t, start, end, value, rank, false);
}

void
rangetab_add_open(struct rangetab *t, uint64_t start, uint64_t limit,
    uint32_t value, uint32_t rank)
{
	add(t, start, limit, value, rank, true);
}

/* The numbers of all items, sorted by where they start; of those that start at
 * the same place flatten() needs to see a range with a size before a label on
 * it; else the order of adding. */
static uint32_t *
sort(const struct rangetab *t)
{
	struct radix_item *v = malloc(((size_t)t->items + 1) * sizeof *v);
	uint32_t *order = calloc((size_t)t->items + 1, sizeof *order);
	size_t n = 0;

	if (!v || !order)
		die_nomem();
	for (int open = 0; open < 2; open++)
		for (uint32_t i = 0; i < t->items; i++)
			if (t->item[i].open == open)
				v[n++] = (struct radix_item){
					t->item[i].start, i };
	radix_sort(v, n);
	for (size_t i = 0; i < n; i++)
		order[i] = v[i].value;
	free(v);
	return order;
}

/* End every open range where the next start is. */
static void
close_open(struct rangetab *t, const uint32_t *order)
{
	uint64_t next = UINT64_MAX, last = UINT64_MAX;

	for (uint32_t i = t->items; i-- > 0;) {
		struct rangetab_item *it = &t->item[order[i]];

		if (it->start != last)
			next = last;
		last = it->start;
		if (it->open && next < it->end)
			it->end = next;
	}
}

/*
 * The ranges that hold the current address, best on top: a binary heap of item
 * numbers. Those that ended are thrown out when they come to the top.
 */
struct heap {
	const struct rangetab *t;
	const struct rangetab_item *item;
	enum rangetab_rule rule;
	uint32_t *v;
	uint32_t n;
};

/* Of two that start at the same place. The later one must have less. */
static bool
has_less_flaws(const struct heap *h, uint32_t x, uint32_t y)
{
	const struct rangetab *t = h->t;
	uint32_t first = x < y ? x : y, later = x < y ? y : x;
	uint32_t flaws = t->flaws(t->flaws_arg, h->item[first].value);
	bool wins = flaws && t->flaws(t->flaws_arg, h->item[later].value) < flaws;

	return wins ? x == later : x == first;
}

static bool
is_better(const struct heap *h, uint32_t x, uint32_t y)
{
	const struct rangetab_item *a = &h->item[x], *b = &h->item[y];

	if (a->open != b->open)
		return b->open;
	if (h->rule == RANGETAB_INNER && a->start != b->start)
		return a->start > b->start;
	if (a->rank != b->rank)
		return a->rank > b->rank;
	return h->rule == RANGETAB_INNER && h->t->flaws ? has_less_flaws(h, x, y)
	    : x < y;
}

static void
heap_push(struct heap *h, uint32_t x)
{
	uint32_t i = h->n++, up;

	for (; i && is_better(h, x, h->v[up = (i - 1) / 2]); i = up)
		h->v[i] = h->v[up];
	h->v[i] = x;
}

static void
heap_pop(struct heap *h)
{
	uint32_t x = h->v[--h->n], i = 0, kid;

	while ((kid = 2 * i + 1) < h->n) {
		if (kid + 1 < h->n &&
		    is_better(h, h->v[kid + 1], h->v[kid]))
			kid++;
		if (!is_better(h, h->v[kid], x))
			break;
		h->v[i] = h->v[kid];
		i = kid;
	}
	h->v[i] = x;
}

/* Write a piece that starts at an address, unless the one before says it. */
static void
emit(struct rangetab *t, uint64_t start, uint32_t value)
{
	assert(t->n == 0 || t->start[t->n - 1] < start);
	if (t->n ? t->value[t->n - 1] == value : value == RANGETAB_NONE)
		return;
	t->start[t->n] = start;
	t->value[t->n] = value;
	t->n++;
}

/* Write the pieces from *at to until, in which no range starts. What is on top
 * of the heap then, if anything, holds until. */
static void
advance(struct rangetab *t, struct heap *h, uint64_t *at, uint64_t until)
{
	for (;;) {
		const struct rangetab_item *top;

		while (h->n && t->item[h->v[0]].end <= *at)
			heap_pop(h);
		if (*at >= until)
			return;
		top = h->n ? &t->item[h->v[0]] : NULL;
		emit(t, *at, top ? top->value : RANGETAB_NONE);
		*at = top && top->end < until ? top->end : until;
	}
}

static void
flatten(struct rangetab *t, struct heap *h, const uint32_t *order)
{
	uint64_t at = 0;
	uint32_t i = 0;

	while (i < t->items) {
		uint64_t start = t->item[order[i]].start;

		advance(t, h, &at, start);
		for (; i < t->items; i++) {
			const struct rangetab_item *it = &t->item[order[i]];

			if (it->start != start)
				break;
			/* A label in a function's body must not come up where
			 * the function ends. */
			if (it->open && h->n && !t->item[h->v[0]].open)
				continue;
			heap_push(h, order[i]);
		}
	}
	advance(t, h, &at, UINT64_MAX);
}

static void *
shrink(void *p, size_t n, size_t size)
{
	void *q = realloc(p, n ? n * size : 1);

	return q ? q : p; /* cppcheck-suppress memleak */
}

void
rangetab_build(struct rangetab *t, enum rangetab_rule rule)
{
	/* A range adds at most a piece at its start and one behind its end. */
	size_t max = 2 * (size_t)t->items + 1;
	struct heap h = { .rule = rule };
	uint32_t *order;

	assert(t->n == 0);
	/* The memory that it took serves what comes now. */
	order = sort(t);
	t->start = malloc(max * sizeof *t->start);
	t->value = malloc(max * sizeof *t->value);
	h.v = malloc(((size_t)t->items + 1) * sizeof *h.v);
	if (!t->start || !t->value || !h.v)
		die_nomem();
	close_open(t, order);
	h.t = t;
	h.item = t->item;
	flatten(t, &h, order);
	free(order);
	free(h.v);
	free(t->item);
	t->item = NULL;
	t->items = t->item_cap = 0;
	t->start = shrink(t->start, t->n, sizeof *t->start);
	t->value = shrink(t->value, t->n, sizeof *t->value);
}

uint32_t
rangetab_find(const struct rangetab *t, uint64_t addr)
{
	const uint64_t *at = t->start;
	uint32_t n = t->n, half;

	if (n == 0 || addr < at[0])
		return RANGETAB_NONE;
	/* The last piece that starts at or before addr is in at[0 .. n). No
	 * branch depends on what is compared: it could not be foretold. */
	for (; n > 1; n -= half) {
		half = n / 2;
		at += at[half] <= addr ? half : 0;
	}
	return t->value[at - t->start];
}

size_t
rangetab_memory(const struct rangetab *t)
{
	return t->n * (sizeof *t->start + sizeof *t->value) +
	    t->item_cap * sizeof *t->item;
}

void
rangetab_free(struct rangetab *t)
{
	free(t->item);
	free(t->start);
	free(t->value);
	*t = (struct rangetab){ 0 };
}
