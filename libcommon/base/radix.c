#include "base/radix.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"

enum { DIGITS = sizeof(uint64_t), VALUES = 256, FEW = 48 };

static void
sort_few(struct radix_item *v, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct radix_item x = v[i];
		size_t k = i;

		for (; k && v[k - 1].key > x.key; k--)
			v[k] = v[k - 1];
		v[k] = x;
	}
}

/* In which bits keys differ; 0 if they are in order already. */
static uint64_t
differences(const struct radix_item *v, size_t n)
{
	uint64_t bits = 0;
	bool sorted = true;

	for (size_t i = 1; i < n; i++) {
		bits |= v[i].key ^ v[0].key;
		sorted &= v[i - 1].key <= v[i].key;
	}
	return sorted ? 0 : bits;
}

/* How often each value of a digit occurs. */
static void
count(const struct radix_item *v, size_t n, int digit, size_t counts[VALUES])
{
	memset(counts, 0, VALUES * sizeof counts[0]);
	for (size_t i = 0; i < n; i++)
		counts[v[i].key >> 8 * digit & 0xff]++;
}

/* Put all in the order of one digit. */
static void
distribute(struct radix_item *to, const struct radix_item *from, size_t n,
    int digit, size_t *counts)
{
	size_t at = 0;

	for (int i = 0; i < VALUES; i++) {
		size_t k = counts[i];

		counts[i] = at;
		at += k;
	}
	for (size_t i = 0; i < n; i++)
		to[counts[from[i].key >> 8 * digit & 0xff]++] = from[i];
}

void
radix_sort(struct radix_item *v, size_t n)
{
	struct radix_item *spare, *from = v, *to;
	size_t counts[VALUES];
	uint64_t bits;

	if (n <= FEW) {
		sort_few(v, n);
		return;
	}
	/* Much is written down in order. */
	bits = differences(v, n);
	if (bits == 0)
		return;
	spare = malloc(n * sizeof *spare);
	if (!spare)
		die_nomem();
	to = spare;
	for (int d = 0; d < DIGITS; d++) {
		struct radix_item *swap = from;

		if ((bits >> 8 * d & 0xff) == 0)
			continue;
		count(from, n, d, counts);
		distribute(to, from, n, d, counts);
		from = to;
		to = swap;
	}
	if (from != v)
		memcpy(v, from, n * sizeof *v);
	free(spare);
}
