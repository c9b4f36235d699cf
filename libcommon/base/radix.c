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

static bool
is_sorted(const struct radix_item *v, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (v[i - 1].key > v[i].key)
			return false;
	return true;
}

/* How often each value of each digit occurs. */
static void
count(const struct radix_item *v, size_t n, size_t counts[DIGITS][VALUES])
{
	for (size_t i = 0; i < n; i++)
		for (int d = 0; d < DIGITS; d++)
			counts[d][v[i].key >> 8 * d & 0xff]++;
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
	size_t counts[DIGITS][VALUES] = { { 0 } };
	struct radix_item *spare, *from = v, *to;

	if (n <= FEW) {
		sort_few(v, n);
		return;
	}
	/* Much is written down in order. */
	if (is_sorted(v, n))
		return;
	spare = malloc(n * sizeof *spare);
	if (!spare)
		die_nomem();
	to = spare;
	count(v, n, counts);
	for (int d = 0; d < DIGITS; d++) {
		struct radix_item *swap = from;

		/* The same in all. */
		if (counts[d][v[0].key >> 8 * d & 0xff] == n)
			continue;
		distribute(to, from, n, d, counts[d]);
		from = to;
		to = swap;
	}
	if (from != v)
		memcpy(v, from, n * sizeof *v);
	free(spare);
}
