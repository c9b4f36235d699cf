/* Unit tests of profile/nameparts.h. */
#include "profile/nameparts.h"

#include <check.h>
#include <inttypes.h>
#include <string.h>

#include "base/attr.h"
#include "suite.h"

static const struct {
	const char *text, *function, *file;
	int64_t line;
	const char *suffix;
} cases[] = {
	{ "read", "read", "", 0, "" },
	{ "vfs_read_[k]", "vfs_read", "", 0, "_[k]" },
	{ "parse (json.c:88)_[i]", "parse", "json.c", 88, "_[i]" },
	{ "parse (json.c:88)", "parse", "json.c", 88, "" },
	{ "main (app.py:31)_[p]", "main (app.py:31)", "app.py", 31, "_[p]" },
	{ "f(int) (a b.c:1)", "f(int)", "a b.c", 1, "" },
	{ "f (C:/x.c:12)", "f", "C:/x.c", 12, "" },
	/* Nothing of the kind. */
	{ "f (x.c:0)", "f (x.c:0)", "", 0, "" },
	{ "f (x.c:01)", "f (x.c:01)", "", 0, "" },
	{ "f (x.c:-1)", "f (x.c:-1)", "", 0, "" },
	{ "f (x.c:99999999999)", "f (x.c:99999999999)", "", 0, "" },
	{ "f (x.c)", "f (x.c)", "", 0, "" },
	{ "f (:3)", "f (:3)", "", 0, "" },
	{ "f(x.c:3)", "f(x.c:3)", "", 0, "" },
	{ "(x.c:3)", "(x.c:3)", "", 0, "" },
	{ " (x.c:3)", " (x.c:3)", "", 0, "" },
	{ "_[k]", "_[k]", "", 0, "" },
	/* It would come back once. */
	{ "f (x.c:3) (x.c:3)", "f (x.c:3) (x.c:3)", "x.c", 3, "" },
	{ "f (x.c:3) (x.c:4)", "f (x.c:3)", "x.c", 4, "" },
};

START_TEST(a_text_is_taken_apart_and_put_together)
{
	const char *s = cases[_i].text;
	struct nameparts p = nameparts_of(s, strlen(s));
	struct buf b = { 0 };

	ck_assert_uint_eq(p.len, strlen(cases[_i].function));
	ck_assert_mem_eq(s, cases[_i].function, p.len);
	ck_assert_uint_eq(p.file_len, strlen(cases[_i].file));
	if (p.file)
		ck_assert_mem_eq(p.file, cases[_i].file, p.file_len);
	ck_assert_int_eq(p.line, cases[_i].line);
	ck_assert_str_eq(p.suffix, cases[_i].suffix);
	nameparts_join(&b, s, p.len, p.file, p.file_len, p.line);
	buf_add(&b, p.suffix, p.suffix_len);
	ck_assert_str_eq(buf_str(&b), s);
	buf_free(&b);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("nameparts");
	TCase *t = tcase_create("all");

	tcase_add_loop_test(t, a_text_is_taken_apart_and_put_together, 0,
	    (int)GP_COUNT(cases));
	suite_add_tcase(s, t);
	return s;
}
