#include "base/json.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "suite.h"

static void
parse(struct json_doc *d, const char *text)
{
	bool good = json_parse(d, text, strlen(text), NULL);

	ck_assert_msg(good, "%s: %s", text, d->error);
}

START_TEST(values_are_found)
{
	struct json_doc d;
	const struct json_value *v;
	uint64_t u = 7;
	int64_t i = 7;
	double x = 7;
	bool truth = false;
	size_t len;

	parse(&d, "{\"a\":{\"b\":[1,-2,2.5,3.0,true,null,\"x\\u00e4\\u0000y\"]},"
	    "\"s\":\"text\"}");
	v = json_get(json_get(d.root, "a"), "b");
	ck_assert_uint_eq(json_count(v), 7);
	ck_assert(json_u64(json_at(v, 0), &u) && u == 1);
	ck_assert(!json_u64(json_at(v, 1), &u) && u == 1);
	ck_assert(json_i64(json_at(v, 1), &i) && i == -2);
	ck_assert(!json_i64(json_at(v, 2), &i) && i == -2);
	ck_assert(json_double(json_at(v, 2), &x) && x == 2.5);
	ck_assert(json_u64(json_at(v, 3), &u) && u == 3);
	ck_assert(json_bool(json_at(v, 4), &truth) && truth);
	ck_assert_int_eq(json_kind(json_at(v, 5)), JSON_KIND_NULL);
	ck_assert_str_eq(json_str(json_at(v, 6), &len), "x\xc3\xa4");
	ck_assert_uint_eq(len, 5);
	ck_assert_ptr_null(json_str(json_at(v, 6), NULL));
	ck_assert_str_eq(json_str(json_get(d.root, "s"), NULL), "text");
	json_free(&d);
}
END_TEST

START_TEST(what_is_not_there_is_nothing)
{
	struct json_doc d;
	uint64_t u;
	bool b;

	parse(&d, "{\"a\":[1]}");
	ck_assert_ptr_null(json_get(d.root, "b"));
	ck_assert_ptr_null(json_at(d.root, 0));
	ck_assert_ptr_null(json_at(json_get(d.root, "a"), 1));
	ck_assert_ptr_null(json_get(json_get(d.root, "a"), "a"));
	ck_assert_ptr_null(json_str(d.root, NULL));
	ck_assert_ptr_null(json_first(json_get(d.root, "a")));
	ck_assert(!json_u64(NULL, &u) && !json_bool(d.root, &b));
	ck_assert_uint_eq(json_count(NULL), 0);
	ck_assert_int_eq(json_kind(NULL), JSON_NOTHING);
	json_free(&d);
}
END_TEST

START_TEST(members_come_in_the_order_of_the_text)
{
	struct json_doc d;
	struct buf b = { 0 };
	uint64_t u;

	parse(&d, "{\"z\":1,\"a\":2,\"m\":3}");
	for (void *i = json_first(d.root); i; i = json_next(d.root, i)) {
		ck_assert(json_u64(json_member(i), &u));
		buf_addf(&b, "%s%d ", json_key(i), (int)u);
	}
	ck_assert_str_eq(b.s, "z1 a2 m3 ");
	buf_free(&b);
	json_free(&d);
}
END_TEST

static const struct {
	const char *text, *error;
} bad[] = {
	{ "", "line 1, column 0: '[' or '{' expected near end of file" },
	{ "17", "line 1, column 2: '[' or '{' expected near '17'" },
	{ "{\n\"a\":,}", "line 2, column 5: unexpected token near ','" },
	{ "[1", "line 1, column 2: ']' expected near end of file" },
	{ "[1]]", "line 1, column 4: end of file expected near ']'" },
	{ "{\"a\":1,\"a\":2}", "line 1, column 10: duplicate object key near "
	    "'\"a\"'" },
	{ "[99999999999999999999]", "line 1, column 21: too big integer near "
	    "'99999999999999999999'" },
	{ "[\"\xff\"]", "line 1, column 2: unable to decode byte 0xff near "
	    "'\"'" },
};

START_TEST(errors_say_where)
{
	struct json_doc d;

	ck_assert(!json_parse(&d, bad[_i].text, strlen(bad[_i].text), NULL));
	ck_assert_str_eq(d.error, bad[_i].error);
	ck_assert_ptr_null(d.root);
	json_free(&d);
}
END_TEST

START_TEST(limits_hold)
{
	const struct json_limits size = { .size = 8 };
	const struct json_limits memory = { .memory = 100000 };
	const struct json_limits deep = { .depth = 5000 };
	struct json_doc d;
	struct buf b = { 0 };

	ck_assert(json_parse(&d, "[1,2,34]", 8, &size));
	json_free(&d);
	ck_assert(!json_parse(&d, "[1,2,345]", 9, &size));
	ck_assert_str_eq(d.error, "is too large");
	buf_addc(&b, '[');
	for (int i = 0; i < 1000; i++)
		buf_adds(&b, "[],");
	buf_adds(&b, "1]");
	ck_assert(json_parse(&d, b.s, b.len, NULL));
	json_free(&d);
	ck_assert(!json_parse(&d, b.s, b.len, &memory));
	ck_assert_str_eq(d.error, "takes too much memory");
	buf_reset(&b);
	for (int i = 0; i < 65; i++)
		buf_adds(&b, "[");
	ck_assert(!json_parse(&d, b.s, b.len, NULL));
	ck_assert_str_eq(d.error, "arrays or objects are nested too deep");
	for (int i = 0; i < 100000; i++)
		buf_adds(&b, "{\"a\":");
	ck_assert(!json_parse(&d, b.s, b.len, &deep));
	/* Brackets in strings are no nesting. */
	buf_reset(&b);
	buf_adds(&b, "[\"\\\"");
	for (int i = 0; i < 100; i++)
		buf_adds(&b, "[");
	buf_adds(&b, "\"]");
	ck_assert(json_parse(&d, b.s, b.len, NULL));
	json_free(&d);
	buf_free(&b);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("json");
	TCase *t = tcase_create("all");

	tcase_add_test(t, values_are_found);
	tcase_add_test(t, what_is_not_there_is_nothing);
	tcase_add_test(t, members_come_in_the_order_of_the_text);
	tcase_add_loop_test(t, errors_say_where, 0,
	    (int)(sizeof bad / sizeof *bad));
	tcase_add_test(t, limits_hold);
	suite_add_tcase(s, t);
	return s;
}
