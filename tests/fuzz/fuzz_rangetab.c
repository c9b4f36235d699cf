/*
 * fuzz_rangetab.c - any ranges: 8 bytes each, start, length, rank, open.
 *
 * Property: an address is found as by looking at all ranges (ranges with a size
 * only; open ones never outside theirs, and never where one with a size is); the
 * pieces ascend, and neighbours differ.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/rangetab.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { RANGES = 64 };

struct range {
	uint32_t start, end, rank;
	bool open;
};

static uint32_t
best_of(const struct range *r, uint32_t n, uint32_t addr,
    enum rangetab_rule rule)
{
	uint32_t b = RANGETAB_NONE;

	for (uint32_t i = 0; i < n; i++) {
		if (r[i].open || addr < r[i].start || addr >= r[i].end)
			continue;
		if (b == RANGETAB_NONE ||
		    (rule == RANGETAB_INNER && r[i].start > r[b].start) ||
		    ((rule == RANGETAB_HIGHER || r[i].start == r[b].start) &&
		    r[i].rank > r[b].rank))
			b = i;
	}
	return b;
}

static void
check(const struct rangetab *t, const struct range *r, uint32_t n,
    uint32_t addr, enum rangetab_rule rule)
{
	uint32_t want = best_of(r, n, addr, rule);
	uint32_t got = rangetab_find(t, addr);

	if (got == want)
		return;
	if (want != RANGETAB_NONE || got >= n || !r[got].open ||
	    addr < r[got].start || addr >= r[got].end)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct rangetab t = { 0 };
	struct range r[RANGES];
	enum rangetab_rule rule;
	uint32_t n = 0;

	if (len == 0)
		return 0;
	rule = data[0] % 2 ? RANGETAB_INNER : RANGETAB_HIGHER;
	for (data++, len--; len >= 4 && n < RANGES; data += 4, len -= 4) {
		r[n].start = data[0];
		r[n].end = data[0] + data[1];
		r[n].rank = data[2] % 8;
		r[n].open = data[3] % 4 == 0;
		(r[n].open ? rangetab_add_open : rangetab_add)(&t, r[n].start,
		    r[n].end, n, r[n].rank);
		n++;
	}
	rangetab_build(&t, rule);
	for (uint32_t a = 0; a < 520; a++)
		check(&t, r, n, a, rule);
	for (uint32_t i = 1; i < t.n; i++)
		if (t.start[i - 1] >= t.start[i] ||
		    t.value[i - 1] == t.value[i])
			abort();
	rangetab_free(&t);
	return 0;
}
