/* radix_sort() against a stable sort that is plain. */
#include "base/radix.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "suite.h"

enum { MOST = 3000 };

static uint64_t state = 88172645463325252u;

static uint64_t
next(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static int
compare(const void *pa, const void *pb)
{
	const struct radix_item *a = pa, *b = pb;

	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	return a->value < b->value ? -1 : 1;
}

/* Keys that differ in some bits only: few, high, low, all. */
static const uint64_t masks[] = {
	0, 1, 0xff, 0xfff0, 0xff00ff0000, 0xff00000000000000, 0x7fffffff,
	UINT64_MAX,
};

START_TEST(items_are_sorted_and_equal_ones_keep_their_order)
{
	static struct radix_item v[MOST], want[MOST];

	for (size_t n = 0; n <= MOST; n = n < 60 ? n + 1 : n * 3) {
		for (size_t i = 0; i < n; i++)
			v[i] = (struct radix_item){
				next() & masks[_i], (uint32_t)i };
		memcpy(want, v, n * sizeof *v);
		if (n)
			qsort(want, n, sizeof *want, compare);
		radix_sort(v, n);
		for (size_t i = 0; i < n; i++) {
			ck_assert_uint_eq(v[i].key, want[i].key);
			ck_assert_uint_eq(v[i].value, want[i].value);
		}
	}
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("radix");
	TCase *t = tcase_create("radix");

	suite_add_tcase(s, t);
	tcase_add_loop_test(t, items_are_sorted_and_equal_ones_keep_their_order,
	    0, (int)(sizeof masks / sizeof masks[0]));
	return s;
}
