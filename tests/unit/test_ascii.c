/* Kinds of characters: ctype.h's, of the C locale, for any char. */
#include <check.h>
#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "suite.h"

START_TEST(they_are_those_of_the_c_locale)
{
	char c = (char)_i;
	int u = (unsigned char)c;

	ck_assert_int_eq(ascii_is_blank(c), isblank(u) != 0);
	ck_assert_int_eq(ascii_is_space(c), isspace(u) != 0);
	ck_assert_int_eq(ascii_is_digit(c), isdigit(u) != 0);
	ck_assert_int_eq(ascii_is_hex(c), isxdigit(u) != 0);
	ck_assert_int_eq(ascii_is_alnum(c), isalnum(u) != 0);
}
END_TEST

START_TEST(what_is_skipped_ends_with_the_text)
{
	ck_assert_uint_eq(ascii_skip_blanks("a \t b", 5, 1), 4);
	ck_assert_uint_eq(ascii_skip_blanks("a \t b", 5, 0), 0);
	ck_assert_uint_eq(ascii_skip_blanks("a \t b", 2, 1), 2);
	ck_assert_uint_eq(ascii_skip_blanks("a", 1, 1), 1);
	ck_assert_uint_eq(ascii_skip_digits("x0129a", 6, 1), 5);
	ck_assert_uint_eq(ascii_skip_digits("x0129a", 3, 1), 3);
	ck_assert_uint_eq(ascii_skip_digits("x0129a", 6, 0), 0);
	ck_assert_uint_eq(ascii_skip_digits("", 0, 0), 0);
	ck_assert_uint_eq(ascii_before_blanks("a \t b", 4), 1);
	ck_assert_uint_eq(ascii_before_blanks("a \t b", 5), 5);
	ck_assert_uint_eq(ascii_before_blanks(" \t", 2), 0);
	ck_assert_uint_eq(ascii_before_digits("x0129", 5), 1);
	ck_assert_uint_eq(ascii_before_digits("x0129", 3), 1);
	ck_assert_uint_eq(ascii_before_digits("12x", 3), 3);
	ck_assert_uint_eq(ascii_before_digits("12", 2), 0);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("ascii");
	TCase *t = tcase_create("ascii");

	suite_add_tcase(s, t);
	tcase_add_loop_test(t, they_are_those_of_the_c_locale, CHAR_MIN,
	    CHAR_MAX + 1);
	tcase_add_test(t, what_is_skipped_ends_with_the_text);
	return s;
}
