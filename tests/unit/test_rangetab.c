#include "base/rangetab.h"

#include <check.h>
#include <stdlib.h>

#include "base/pairmap.h"
#include "suite.h"

#define NONE RANGETAB_NONE

START_TEST(nothing_is_found_in_an_empty_table)
{
	struct rangetab t = { 0 };

	rangetab_build(&t, RANGETAB_INNER);
	ck_assert_uint_eq(rangetab_find(&t, 0), NONE);
	ck_assert_uint_eq(rangetab_find(&t, UINT64_MAX), NONE);
	rangetab_free(&t);
}
END_TEST

START_TEST(inner_ranges_win_and_outer_ones_go_on_behind)
{
	struct rangetab t = { 0 };

	rangetab_add(&t, 150, 160, 2, 0);
	rangetab_add(&t, 100, 200, 1, 9);
	rangetab_add(&t, 300, 310, 3, 0);
	rangetab_add(&t, 310, 310, 4, 0); /* empty */
	rangetab_build(&t, RANGETAB_INNER);
	ck_assert_uint_eq(rangetab_find(&t, 99), NONE);
	ck_assert_uint_eq(rangetab_find(&t, 100), 1);
	ck_assert_uint_eq(rangetab_find(&t, 150), 2);
	ck_assert_uint_eq(rangetab_find(&t, 159), 2);
	ck_assert_uint_eq(rangetab_find(&t, 160), 1);
	ck_assert_uint_eq(rangetab_find(&t, 200), NONE);
	ck_assert_uint_eq(rangetab_find(&t, 309), 3);
	ck_assert_uint_eq(rangetab_find(&t, 310), NONE);
	rangetab_free(&t);
}
END_TEST

START_TEST(of_equal_ranges_the_higher_rank_wins_then_the_first)
{
	struct rangetab t = { 0 };

	rangetab_add(&t, 0, 10, 1, 1);
	rangetab_add(&t, 0, 10, 2, 5);
	rangetab_add(&t, 0, 10, 3, 5);
	rangetab_build(&t, RANGETAB_INNER);
	ck_assert_uint_eq(rangetab_find(&t, 0), 2);
	ck_assert_uint_eq(t.n, 2); /* a range and the gap */
	rangetab_free(&t);
}
END_TEST

START_TEST(open_ranges_end_at_the_next_or_at_their_limit)
{
	struct rangetab t = { 0 };

	rangetab_add_open(&t, 0, 1000, 1, 0);
	rangetab_add_open(&t, 10, 1000, 2, 0);
	rangetab_add(&t, 20, 30, 3, 0);
	rangetab_add_open(&t, 40, 45, 4, 0);
	rangetab_build(&t, RANGETAB_INNER);
	ck_assert_uint_eq(rangetab_find(&t, 9), 1);
	ck_assert_uint_eq(rangetab_find(&t, 19), 2);
	ck_assert_uint_eq(rangetab_find(&t, 20), 3);
	ck_assert_uint_eq(rangetab_find(&t, 30), NONE);
	ck_assert_uint_eq(rangetab_find(&t, 44), 4);
	ck_assert_uint_eq(rangetab_find(&t, 45), NONE);
	rangetab_free(&t);
}
END_TEST

START_TEST(a_label_in_a_function_never_shows)
{
	struct rangetab t = { 0 };

	rangetab_add_open(&t, 100, 1000, 1, 9); /* on its start */
	rangetab_add(&t, 100, 200, 2, 0);
	rangetab_add_open(&t, 150, 1000, 3, 9); /* inside */
	rangetab_build(&t, RANGETAB_INNER);
	for (uint64_t a = 100; a < 200; a++)
		ck_assert_uint_eq(rangetab_find(&t, a), 2);
	ck_assert_uint_eq(rangetab_find(&t, 200), NONE);
	rangetab_free(&t);
}
END_TEST

START_TEST(by_rank_what_came_later_covers_what_came_before)
{
	struct rangetab t = { 0 };

	rangetab_add(&t, 100, 200, 1, 1);
	rangetab_add(&t, 50, 150, 2, 2);
	rangetab_build(&t, RANGETAB_HIGHER);
	ck_assert_uint_eq(rangetab_find(&t, 50), 2);
	ck_assert_uint_eq(rangetab_find(&t, 149), 2);
	ck_assert_uint_eq(rangetab_find(&t, 150), 1);
	ck_assert_uint_eq(rangetab_find(&t, 200), NONE);
	rangetab_free(&t);
}
END_TEST

START_TEST(the_ends_of_the_address_space_are_addresses)
{
	struct rangetab t = { 0 };

	rangetab_add(&t, 0, 1, 1, 0);
	rangetab_add(&t, UINT64_MAX - 1, UINT64_MAX, 2, 0);
	rangetab_build(&t, RANGETAB_INNER);
	ck_assert_uint_eq(rangetab_find(&t, 0), 1);
	ck_assert_uint_eq(rangetab_find(&t, 1), NONE);
	ck_assert_uint_eq(rangetab_find(&t, UINT64_MAX - 1), 2);
	rangetab_free(&t);
}
END_TEST

/* What a table is for, without one: look at all ranges. */
static uint32_t
oracle(const uint32_t (*r)[3], uint32_t n, uint32_t addr, enum rangetab_rule rule)
{
	uint32_t best = NONE;

	for (uint32_t i = 0; i < n; i++) {
		if (addr < r[i][0] || addr >= r[i][1])
			continue;
		if (best == NONE ||
		    (rule == RANGETAB_INNER && r[i][0] > r[best][0]) ||
		    ((rule == RANGETAB_HIGHER || r[i][0] == r[best][0]) &&
		    r[i][2] > r[best][2]))
			best = i;
	}
	return best;
}

START_TEST(any_ranges_are_found_as_by_looking_at_each)
{
	enum rangetab_rule rule = _i % 2 ? RANGETAB_INNER : RANGETAB_HIGHER;
	uint32_t r[40][3], n = 1 + (uint32_t)_i % 40;
	struct rangetab t = { 0 };

	srand((unsigned)_i);
	for (uint32_t i = 0; i < n; i++) {
		r[i][0] = (uint32_t)rand() % 60;
		r[i][1] = r[i][0] + (uint32_t)rand() % 30;
		r[i][2] = (uint32_t)rand() % 4;
		rangetab_add(&t, r[i][0], r[i][1], i, r[i][2]);
	}
	rangetab_build(&t, rule);
	for (uint32_t a = 0; a < 100; a++)
		ck_assert_uint_eq(rangetab_find(&t, a),
		    oracle((const uint32_t (*)[3])r, n, a, rule));
	for (uint32_t i = 1; i < t.n; i++)
		ck_assert_uint_lt(t.start[i - 1], t.start[i]);
	rangetab_free(&t);
}
END_TEST

/* Flaws are asked for where ranks and starts are equal, only. */
static uint32_t asked;

static uint32_t
flaws_of(void *arg, uint32_t value)
{
	asked++;
	return ((const uint32_t *)arg)[value];
}

START_TEST(of_equals_that_with_less_flaws_wins)
{
	uint32_t flaws[] = { 2, 1, 1, 0, 9, 9 };
	struct rangetab t = { .flaws = flaws_of, .flaws_arg = flaws };

	asked = 0;
	rangetab_add(&t, 10, 20, 0, 1);
	rangetab_add(&t, 10, 20, 1, 1);
	rangetab_add(&t, 10, 20, 2, 1);
	rangetab_add(&t, 20, 30, 3, 1);
	rangetab_add(&t, 20, 30, 4, 2);
	rangetab_add(&t, 40, 50, 5, 1);
	rangetab_build(&t, RANGETAB_INNER);
	ck_assert_uint_eq(rangetab_find(&t, 15), 1);
	ck_assert_uint_eq(rangetab_find(&t, 25), 4);
	ck_assert_uint_eq(rangetab_find(&t, 45), 5);
	ck_assert_uint_gt(asked, 0);
	ck_assert_uint_le(asked, 6);
	rangetab_free(&t);
}
END_TEST

START_TEST(pairs_are_found_again_after_any_growth)
{
	struct pairmap m = { 0 };

	ck_assert_uint_eq(pairmap_get(&m, 1, 1), PAIRMAP_NONE);
	for (uint32_t i = 0; i < 10000; i++)
		pairmap_set(&m, i * 4096ull, i % 7, i);
	pairmap_set(&m, 0, 0, 77);
	ck_assert_uint_eq(m.n, 10000);
	ck_assert_uint_eq(pairmap_get(&m, 0, 0), 77);
	for (uint32_t i = 1; i < 10000; i++) {
		ck_assert_uint_eq(pairmap_get(&m, i * 4096ull, i % 7), i);
		ck_assert_uint_eq(pairmap_get(&m, i * 4096ull, 7),
		    PAIRMAP_NONE);
	}
	pairmap_reset(&m);
	ck_assert_uint_eq(pairmap_get(&m, 4096, 1), PAIRMAP_NONE);
	pairmap_free(&m);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("rangetab");
	TCase *t = tcase_create("rangetab");

	tcase_add_test(t, nothing_is_found_in_an_empty_table);
	tcase_add_test(t, inner_ranges_win_and_outer_ones_go_on_behind);
	tcase_add_test(t, of_equal_ranges_the_higher_rank_wins_then_the_first);
	tcase_add_test(t, open_ranges_end_at_the_next_or_at_their_limit);
	tcase_add_test(t, a_label_in_a_function_never_shows);
	tcase_add_test(t, by_rank_what_came_later_covers_what_came_before);
	tcase_add_test(t, the_ends_of_the_address_space_are_addresses);
	tcase_add_test(t, of_equals_that_with_less_flaws_wins);
	tcase_add_loop_test(t, any_ranges_are_found_as_by_looking_at_each, 0,
	    200);
	tcase_add_test(t, pairs_are_found_again_after_any_growth);
	suite_add_tcase(s, t);
	return s;
}
