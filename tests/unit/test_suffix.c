#include "profile/suffix.h"

#include <check.h>
#include <string.h>

#include "suite.h"

static const struct {
	const char *frame;
	size_t len;
} frames[] = {
	{ "read_[k]", 4 }, { "main (app.py:31)_[p]", 4 }, { "f_[php]", 6 },
	{ "f_[0]", 4 }, { "f_[pn]", 5 }, { "a_[j]_[i]", 4 },
	{ "_[k]", 0 }, { "f[k]", 0 }, { "f_k]", 0 }, { "f_[k", 0 },
	{ "f_[]", 0 }, { "f_[x]", 0 }, { "f_[kk]", 0 }, { "f_[phpx]", 0 },
	{ "", 0 }, { "]", 0 }, { "[libc.so.6]", 0 }, { "f_[k] ", 0 },
	{ "f _[K]", 0 },
};

START_TEST(a_suffix_is_known_or_part_of_the_name)
{
	uint32_t bit = 0;

	ck_assert_uint_eq(suffix_of_frame(frames[_i].frame,
	    strlen(frames[_i].frame), &bit), frames[_i].len);
	ck_assert_int_eq(bit != 0, frames[_i].len != 0);
}
END_TEST

START_TEST(lists_take_words_and_tags)
{
	uint32_t a, b, k = 0, p = 0;

	suffix_of_frame("f_[k]", 5, &k);
	suffix_of_frame("f_[p]", 5, &p);
	ck_assert_ptr_null(suffix_parse_set("kernel,python", &a));
	ck_assert_ptr_null(suffix_parse_set("p,k", &b));
	ck_assert_uint_eq(a, b);
	ck_assert_uint_eq(a, k | p);
	ck_assert_ptr_null(suffix_parse_set("none", &a));
	ck_assert_uint_eq(a, 0);
	ck_assert_ptr_null(suffix_parse_set("all", &a));
	ck_assert_uint_eq(a & (k | p), k | p);
}
END_TEST

static const char *const bad[] = {
	"", ",", "kernel,", "x", "kernel,all", "Kernel", "kernel python",
};

START_TEST(other_lists_are_refused)
{
	uint32_t set;

	ck_assert_ptr_nonnull(suffix_parse_set(bad[_i], &set));
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("suffix");
	TCase *t = tcase_create("suffix");

	tcase_add_loop_test(t, a_suffix_is_known_or_part_of_the_name, 0,
	    GP_COUNT(frames));
	tcase_add_test(t, lists_take_words_and_tags);
	tcase_add_loop_test(t, other_lists_are_refused, 0,
	    GP_COUNT(bad));
	suite_add_tcase(s, t);
	return s;
}
