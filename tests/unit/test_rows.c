#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "suite.h"
#include "unwind/rows.h"

#define ENTRY UNWIND_RULE_ENTRY
#define GAP UNWIND_RULE_GAP
#define A (UNWIND_RSP | 16u << 7)
#define B (UNWIND_RSP | 24u << 7)

static void
expect(struct rows *t, const struct unwind_row *want, size_t n)
{
	ck_assert_uint_eq(t->n, n);
	for (size_t i = 0; i < n; i++) {
		ck_assert_uint_eq(t->row[i].pc, want[i].pc);
		ck_assert_uint_eq(t->row[i].rule, want[i].rule);
	}
	ck_assert(rows_are_valid(t->row, t->n));
	rows_free(t);
}

START_TEST(equal_neighbours_are_one_row)
{
	struct rows t = { 0 };

	rows_add(&t, 10, A);
	rows_add(&t, 20, A);
	rows_add(&t, 30, B);
	rows_end(&t, 40);
	rows_add(&t, 40, B);
	rows_end(&t, 50);
	expect(&t, (struct unwind_row[]){ { 10, A }, { 30, B }, { 50, GAP } }, 3);
}
END_TEST

START_TEST(the_same_pc_again_replaces)
{
	struct rows t = { 0 };

	rows_add(&t, 10, A);
	rows_add(&t, 20, B);
	rows_add(&t, 20, A);
	rows_end(&t, 30);
	expect(&t, (struct unwind_row[]){ { 10, A }, { 30, GAP } }, 2);
}
END_TEST

START_TEST(what_goes_back_is_ignored)
{
	struct rows t = { 0 };

	rows_end(&t, 5);
	rows_add(&t, 10, A);
	rows_add(&t, 9, B);
	rows_end(&t, 20);
	expect(&t, (struct unwind_row[]){ { 10, A }, { 20, GAP } }, 2);
}
END_TEST

START_TEST(padding_takes_the_entry_rule_behind_it_only)
{
	struct rows t = { 0 };

	rows_add(&t, 0, A);
	rows_end(&t, 10);
	rows_add(&t, 25, ENTRY); /* 15 bytes */
	rows_end(&t, 40);
	rows_add(&t, 56, ENTRY); /* 16 */
	rows_end(&t, 60);
	rows_add(&t, 64, B); /* not an entry */
	rows_end(&t, 70);
	expect(&t, (struct unwind_row[]){ { 0, A }, { 10, ENTRY }, { 40, GAP },
	    { 56, ENTRY }, { 60, GAP }, { 64, B }, { 70, GAP } }, 7);
}
END_TEST

START_TEST(what_was_cut_can_be_added_again)
{
	struct rows t = { 0 };

	rows_add(&t, 10, A);
	rows_add(&t, 20, B);
	rows_end(&t, 30);
	rows_cut(&t, 19);
	rows_add(&t, 19, ENTRY);
	rows_end(&t, 40);
	expect(&t, (struct unwind_row[]){ { 10, A }, { 19, ENTRY }, { 40, GAP } },
	    3);
}
END_TEST

START_TEST(gaps_are_filled_from_another_table)
{
	struct rows a = { 0 }, b = { 0 };

	rows_add(&a, 100, A);
	rows_end(&a, 200);
	rows_add(&a, 300, A);
	rows_end(&a, 400);
	rows_add(&b, 50, B);
	rows_end(&b, 350);
	rows_add(&b, 390, B);
	rows_end(&b, 500);
	rows_fill(&a, &b);
	ck_assert_ptr_null(b.row);
	expect(&a, (struct unwind_row[]){ { 50, B }, { 100, A }, { 200, B },
	    { 300, A }, { 400, B }, { 500, GAP } }, 6);
}
END_TEST

/* In the place of either, whichever is larger; also where there is only one. */
START_TEST(the_larger_of_two_tables_is_filled_or_fills)
{
	struct rows a = { 0 }, b = { 0 };

	rows_add(&a, 1000, A);
	rows_end(&a, 1100);
	for (uint32_t i = 0; i < 100; i++) {
		rows_add(&b, i * 40, B);
		rows_end(&b, i * 40 + 20);
	}
	rows_fill(&a, &b);
	ck_assert_uint_eq(a.n, 200 - 4);
	ck_assert_uint_eq(rows_rule(a.row, a.n, 999), GAP);
	for (uint32_t pc = 0; pc < 4000; pc++)
		ck_assert_uint_eq(rows_rule(a.row, a.n, pc),
		    pc >= 1000 && pc < 1100 ? A : pc % 40 < 20 ? B : GAP);
	rows_fill(&a, &b);
	ck_assert_uint_eq(a.n, 200 - 4);
	rows_fill(&b, &a);
	ck_assert_uint_eq(b.n, 200 - 4);
	ck_assert_ptr_null(a.row);
	rows_free(&b);
}
END_TEST

START_TEST(an_address_is_found_in_its_row)
{
	static const struct unwind_row row[] = { { 10, A }, { 20, B },
		{ 30, GAP } };

	ck_assert_uint_eq(rows_rule(row, 3, 9), GAP);
	ck_assert_uint_eq(rows_rule(row, 3, 10), A);
	ck_assert_uint_eq(rows_rule(row, 3, 19), A);
	ck_assert_uint_eq(rows_rule(row, 3, 20), B);
	ck_assert_uint_eq(rows_rule(row, 3, UINT32_MAX), GAP);
	ck_assert_uint_eq(rows_rule(NULL, 0, 5), GAP);
	ck_assert_uint_eq(rows_find(row, 3, 9), SIZE_MAX);
	ck_assert_uint_eq(rows_find(row, 3, 35), 2);
}
END_TEST

START_TEST(a_table_out_of_order_is_not_valid)
{
	static const struct unwind_row good[] = { { 1, A }, { 2, B }, { 3, GAP } };
	static const struct unwind_row order[] = { { 2, A }, { 1, B }, { 3, GAP } };
	static const struct unwind_row twice[] = { { 1, A }, { 1, B }, { 3, GAP } };
	static const struct unwind_row equal[] = { { 1, A }, { 2, A }, { 3, GAP } };
	static const struct unwind_row open[] = { { 1, A }, { 2, B } };
	static const struct unwind_row first[] = { { 1, GAP }, { 2, B }, { 3, GAP } };

	ck_assert(rows_are_valid(good, 3));
	ck_assert(rows_are_valid(NULL, 0));
	ck_assert(!rows_are_valid(order, 3));
	ck_assert(!rows_are_valid(twice, 3));
	ck_assert(!rows_are_valid(equal, 3));
	ck_assert(!rows_are_valid(open, 2));
	ck_assert(!rows_are_valid(first, 3));
}
END_TEST

START_TEST(a_full_table_ends_with_a_gap)
{
	struct rows t = { 0 };

	for (uint32_t i = 0; i < ROWS_MAX + 10; i++)
		rows_add(&t, i * 20, i & 1 ? A : B);
	rows_end(&t, UINT32_MAX);
	ck_assert(t.full);
	ck_assert_uint_eq(t.n, ROWS_MAX);
	ck_assert(rows_are_valid(t.row, t.n));
	rows_free(&t);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("rows");
	TCase *t = tcase_create("rows");

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 0);
	tcase_add_test(t, equal_neighbours_are_one_row);
	tcase_add_test(t, the_same_pc_again_replaces);
	tcase_add_test(t, what_goes_back_is_ignored);
	tcase_add_test(t, padding_takes_the_entry_rule_behind_it_only);
	tcase_add_test(t, what_was_cut_can_be_added_again);
	tcase_add_test(t, gaps_are_filled_from_another_table);
	tcase_add_test(t, the_larger_of_two_tables_is_filled_or_fills);
	tcase_add_test(t, an_address_is_found_in_its_row);
	tcase_add_test(t, a_table_out_of_order_is_not_valid);
	tcase_add_test(t, a_full_table_ends_with_a_gap);
	return s;
}
