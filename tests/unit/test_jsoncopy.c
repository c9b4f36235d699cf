#include "base/jsoncopy.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "suite.h"

/* What is read, and written again: NULL for the same. */
static const struct {
	const char *in, *out;
} values[] = {
	{ "{}", NULL },
	{ "[]", NULL },
	{ "[1,-2,18014398509481985,2.5,\"a\",true,false,null]", NULL },
	{ "{\"z\":{\"b\":[[],{}],\"a\":\"x\"},\"a\":1}", NULL },
	{ " { \"a\" :\t[ 1e0 ] }\n", "{\"a\":[1]}" },
	{ "[\"\\u0000\\\"\\u00e4\"]", "[\"\\u0000\\\"\xc3\xa4\"]" },
	{ "[0.1,1e300,9223372036854775807]", "[0.1,1e+300,9223372036854775807]" },
};

START_TEST(a_value_comes_out_as_it_was)
{
	const char *in = values[_i].in, *out = values[_i].out;
	struct json_doc d;
	struct buf b = { 0 };
	struct jsonw w = { .out = &b };

	ck_assert_msg(json_parse(&d, in, strlen(in), NULL), "%s", d.error);
	json_copy(&w, NULL, d.root);
	jsonw_done(&w);
	ck_assert_str_eq(b.s, out ? out : in);
	json_free(&d);
	buf_free(&b);
}
END_TEST

START_TEST(nothing_is_null_and_members_have_keys)
{
	const struct json_limits limits = { .depth = JSON_COPY_DEPTH_MAX };
	struct buf b = { 0 }, deep = { 0 };
	struct jsonw w = { .out = &b };
	struct json_doc d;

	jsonw_object(&w, NULL);
	json_copy(&w, "k", NULL);
	for (int i = 0; i < JSON_COPY_DEPTH_MAX; i++)
		buf_addc(&deep, '[');
	for (int i = 0; i < JSON_COPY_DEPTH_MAX; i++)
		buf_addc(&deep, ']');
	ck_assert(json_parse(&d, deep.s, deep.len, &limits));
	json_copy(&w, "deep", d.root);
	jsonw_end(&w);
	jsonw_done(&w);
	ck_assert_str_eq(b.s, "{\"k\":null,\"deep\":"
	    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}");
	json_free(&d);
	buf_free(&b);
	buf_free(&deep);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("jsoncopy");
	TCase *t = tcase_create("all");

	tcase_add_loop_test(t, a_value_comes_out_as_it_was, 0,
	    GP_COUNT(values));
	tcase_add_test(t, nothing_is_null_and_members_have_keys);
	suite_add_tcase(s, t);
	return s;
}
