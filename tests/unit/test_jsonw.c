#include "base/jsonw.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "suite.h"

START_TEST(members_come_in_order)
{
	struct buf b = { 0 };
	struct jsonw w = { .out = &b };

	jsonw_object(&w, NULL);
	jsonw_u64(&w, "n", UINT64_MAX);
	jsonw_i64(&w, "i", INT64_MIN);
	jsonw_object(&w, "empty");
	jsonw_end(&w);
	jsonw_object(&w, "o");
	jsonw_bool(&w, "t", true);
	jsonw_bool(&w, "f", false);
	jsonw_null(&w, "nothing");
	jsonw_end(&w);
	jsonw_array(&w, "a");
	jsonw_u64(&w, NULL, 1);
	jsonw_array(&w, NULL);
	jsonw_end(&w);
	jsonw_strn(&w, NULL, "x;y", 1);
	jsonw_end(&w);
	jsonw_line(&w);
	jsonw_str(&w, "s", "");
	jsonw_line(&w);
	jsonw_end(&w);
	jsonw_done(&w);
	ck_assert_str_eq(b.s, "{\"n\":18446744073709551615,"
	    "\"i\":-9223372036854775808,\"empty\":{},"
	    "\"o\":{\"t\":true,\"f\":false,\"nothing\":null},"
	    "\"a\":[1,[],\"x\"],\n\"s\":\"\"\n}");
	buf_free(&b);
}
END_TEST

START_TEST(strings_are_escaped)
{
	static const char in[] = "a\"b\\c\n\x01\x7f\0\xc3\xa4\xff\xed\xa0\x80";
	struct buf b = { 0 };

	jsonw_quote(&b, in, sizeof in - 1);
	ck_assert_str_eq(b.s, "\"a\\\"b\\\\c\\n\\u0001\\u007f\\u0000\xc3\xa4"
	    "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
	buf_free(&b);
}
END_TEST

static const struct {
	double value;
	const char *text;
} doubles[] = {
	{ 0, "0" }, { -1.5, "-1.5" }, { 12.34, "12.34" }, { 0.1, "0.1" },
	{ 1e300, "1e+300" }, { 0x1p53, "9007199254740992" },
	{ 5e-324, "4.94065645841247e-324" },
	{ 0.1 + 0.2, "0.30000000000000004" },
	{ NAN, "null" }, { INFINITY, "null" },
};

START_TEST(doubles_read_back_the_same)
{
	struct buf b = { 0 };
	struct jsonw w = { .out = &b };

	jsonw_double(&w, NULL, doubles[_i].value);
	ck_assert_str_eq(b.s, doubles[_i].text);
	if (isfinite(doubles[_i].value))
		ck_assert(strtod(b.s, NULL) == doubles[_i].value);
	buf_free(&b);
}
END_TEST

START_TEST(a_long_document_needs_little_memory)
{
	FILE *f = tmpfile();
	struct jsonw w = { .f = f };

	ck_assert_ptr_nonnull(f);
	jsonw_array(&w, NULL);
	for (unsigned i = 0; i < 100000; i++) {
		jsonw_u64(&w, NULL, 1000000 + i);
		ck_assert_uint_lt(w.own.cap, 128 * 1024);
	}
	jsonw_end(&w);
	jsonw_done(&w);
	ck_assert_int_eq(ftell(f), 1 + 100000 * 8 - 1 + 2);
	fclose(f);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("jsonw");
	TCase *t = tcase_create("all");

	tcase_add_test(t, members_come_in_order);
	tcase_add_test(t, strings_are_escaped);
	tcase_add_loop_test(t, doubles_read_back_the_same, 0,
	    (int)(sizeof doubles / sizeof *doubles));
	tcase_add_test(t, a_long_document_needs_little_memory);
	suite_add_tcase(s, t);
	return s;
}
