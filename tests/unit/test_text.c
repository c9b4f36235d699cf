#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "base/text.h"
#include "exact.h"
#include "suite.h"

static const struct {
	const char *text, *word;
	bool is, begins, ends;
} cases[] = {
	{ "", "", true, true, true },
	{ "a", "", false, true, true },
	{ "", "a", false, false, false },
	{ "ko", "ko", true, true, true },
	{ "ko", ".ko", false, false, false },
	{ "e.ko", ".ko", false, false, true },
	{ ".koe", ".ko", false, true, false },
	{ "aXa", "a", false, true, true },
};

START_TEST(words_are_found_at_their_ends)
{
	size_t len = strlen(cases[_i].text);
	char *s = exact(cases[_i].text);

	ck_assert_int_eq(text_is(s, len, cases[_i].word), cases[_i].is);
	ck_assert_int_eq(text_begins(s, len, cases[_i].word), cases[_i].begins);
	ck_assert_int_eq(text_ends(s, len, cases[_i].word), cases[_i].ends);
	free(s);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("text");
	TCase *t = tcase_create("text");

	suite_add_tcase(s, t);
	tcase_add_loop_test(t, words_are_found_at_their_ends, 0,
	    GP_COUNT(cases));
	return s;
}
