#include "profile/parts.h"

#include <check.h>
#include <stdlib.h>

#include "suite.h"

START_TEST(parts_add_up_to_whole_ones)
{
	struct parts p = { 0 };

	ck_assert_uint_eq(parts_add(&p, 3, 250000000), 0);
	ck_assert(!parts_rounds_up(&p, 3));
	ck_assert(parts_is_some(&p, 3) && !parts_is_some(&p, 2));
	ck_assert_uint_eq(parts_add(&p, 3, 250000000), 0);
	ck_assert(parts_rounds_up(&p, 3));
	ck_assert_uint_eq(parts_add(&p, 3, 999999999), 1);
	ck_assert(!parts_rounds_up(&p, 3));
	ck_assert_uint_eq(p.nano[3], 499999999);
	parts_free(&p);
}
END_TEST

START_TEST(nodes_have_parts_of_their_own)
{
	struct parts p = { 0 };

	ck_assert(!parts_rounds_up(&p, 0));
	ck_assert_uint_eq(parts_add(&p, 100000, 0), 0);
	ck_assert_uint_eq(p.cap, 0);
	ck_assert_uint_eq(parts_add(&p, 0, 600000000), 0);
	ck_assert_uint_eq(parts_add(&p, 100000, 500000000), 0);
	for (uint32_t i = 0; i < 200000; i++)
		ck_assert_int_eq(parts_rounds_up(&p, i), i == 0 ||
		    i == 100000);
	parts_free(&p);
	ck_assert(!parts_rounds_up(&p, 0) && !parts_is_some(&p, 0));
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("parts");
	TCase *t = tcase_create("all");

	tcase_add_test(t, parts_add_up_to_whole_ones);
	tcase_add_test(t, nodes_have_parts_of_their_own);
	suite_add_tcase(s, t);
	return s;
}
