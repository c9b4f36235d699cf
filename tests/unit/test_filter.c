#include "profile/filter.h"

#include <check.h>

#include "suite.h"

START_TEST(no_rules_let_everything_through)
{
	struct filter f = { 0 };

	ck_assert_uint_eq(filter_frame(&f, "main"), 0);
	ck_assert(filter_keeps(&f, 0));
	filter_free(&f);
}
END_TEST

START_TEST(focus_needs_one_match_and_ignore_none)
{
	struct filter f = { 0 };

	ck_assert_ptr_null(filter_add(&f, FILTER_FOCUS, "^py"));
	ck_assert_ptr_null(filter_add(&f, FILTER_FOCUS, "malloc$"));
	ck_assert_ptr_null(filter_add(&f, FILTER_IGNORE, "idle|poll"));
	ck_assert_uint_eq(filter_frame(&f, "python3"), FILTER_FOCUS);
	ck_assert_uint_eq(filter_frame(&f, "je_malloc"), FILTER_FOCUS);
	ck_assert_uint_eq(filter_frame(&f, "py_poll"),
	    FILTER_FOCUS | FILTER_IGNORE);
	ck_assert_uint_eq(filter_frame(&f, "main"), 0);
	ck_assert(filter_keeps(&f, FILTER_FOCUS));
	ck_assert(!filter_keeps(&f, 0));
	ck_assert(!filter_keeps(&f, FILTER_FOCUS | FILTER_IGNORE));
	filter_free(&f);
}
END_TEST

START_TEST(hide_is_told_and_keeps)
{
	struct filter f = { 0 };

	ck_assert_ptr_null(filter_add(&f, FILTER_HIDE, "_\\[k\\]$"));
	ck_assert_uint_eq(filter_frame(&f, "read_[k]"), FILTER_HIDE);
	ck_assert(filter_keeps(&f, FILTER_HIDE));
	filter_free(&f);
}
END_TEST

START_TEST(what_is_no_expression_is_named)
{
	struct filter f = { 0 };

	ck_assert_ptr_nonnull(filter_add(&f, FILTER_HIDE, "("));
	ck_assert_ptr_nonnull(filter_add(&f, FILTER_HIDE, "["));
	ck_assert_uint_eq(f.n, 0);
	ck_assert_uint_eq(f.kinds, 0);
	filter_free(&f);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("filter");
	TCase *t = tcase_create("filter");

	tcase_add_test(t, no_rules_let_everything_through);
	tcase_add_test(t, focus_needs_one_match_and_ignore_none);
	tcase_add_test(t, hide_is_told_and_keeps);
	tcase_add_test(t, what_is_no_expression_is_named);
	suite_add_tcase(s, t);
	return s;
}
