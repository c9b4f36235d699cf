#include "stream/record.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "suite.h"

static bool
parse(struct record *r, const char *line)
{
	return record_parse(r, line, strlen(line));
}

START_TEST(fields_are_read_and_unescaped)
{
	struct record r = { 0 };
	uint64_t v;

	ck_assert(parse(&r, "#module id=3 path=/a%20b%25%0A empty= x_1=%ff"));
	ck_assert(record_is(&r, "module") && !record_is(&r, "mod"));
	ck_assert_uint_eq(r.n, 4);
	ck_assert_str_eq(record_get(&r, "path"), "/a b%\n");
	ck_assert_str_eq(record_get(&r, "empty"), "");
	ck_assert_str_eq(record_get(&r, "x_1"), "\xff");
	ck_assert_ptr_null(record_get(&r, "none"));
	ck_assert(record_get_u64(&r, "id", &v));
	ck_assert_uint_eq(v, 3);
	ck_assert(!record_get_u64(&r, "path", &v));
	ck_assert(!record_get_u64(&r, "none", &v));
	record_free(&r);
}
END_TEST

static const char *const malformed[] = {
	"", "#", "x", "# a=b", "#A", "#1", "#_", "#gp ", "#gp  a=b", "#gp a",
	"#gp =b", "#gp a=b ", "#gp A=b", "#gp a=%", "#gp a=%2", "#gp a=%zz",
	"#gp a=%00", "#gp\ta=b", "#gp-x a=b", "gp a=b", "#gp a-b=c",
};

START_TEST(what_is_no_record_is_refused)
{
	struct record r = { 0 };

	ck_assert(!parse(&r, malformed[_i]));
	ck_assert(!record_parse(&r, "#gp a=\0b", 8));
	record_free(&r);
}
END_TEST

START_TEST(there_are_at_most_64_fields)
{
	struct record r = { 0 };
	struct buf b = { 0 };

	record_begin(&b, "x");
	for (int i = 0; i < RECORD_FIELDS_MAX; i++)
		record_put_u64(&b, "k", (uint64_t)i);
	ck_assert(record_parse(&r, b.s, b.len));
	ck_assert_uint_eq(r.n, RECORD_FIELDS_MAX);
	/* Of several, the first. */
	ck_assert_str_eq(record_get(&r, "k"), "0");
	record_put(&b, "one", "more");
	ck_assert(!record_parse(&r, b.s, b.len));
	buf_free(&b);
	record_free(&r);
}
END_TEST

START_TEST(what_is_written_is_read_back)
{
	struct record r = { 0 };
	struct buf b = { 0 };
	char every[256];

	for (int i = 1; i < 256; i++)
		every[i - 1] = (char)i;
	every[255] = '\0';
	record_begin(&b, "module");
	record_put(&b, "every", every);
	record_put(&b, "utf8", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x94\xa5");
	record_put(&b, "null", NULL);
	record_put(&b, "empty", "");
	record_put_u64(&b, "n", UINT64_MAX);
	record_put_hex(&b, "hex", "\x9c\x01", 2);
	record_put_bytes(&b, "nul", "a\0b", 3);
	record_end(&b);
	ck_assert_int_eq(b.s[b.len - 1], '\n');
	ck_assert_ptr_eq(strchr(b.s, '\n'), b.s + b.len - 1);
	ck_assert(record_parse(&r, b.s, b.len - 1));
	ck_assert_uint_eq(r.n, 5);
	ck_assert_str_eq(record_get(&r, "every"), every);
	ck_assert_str_eq(record_get(&r, "n"), "18446744073709551615");
	ck_assert_str_eq(record_get(&r, "hex"), "9c01");
	ck_assert_str_eq(record_get(&r, "nul"), "a?b");
	/* Text stays readable in the stream. */
	ck_assert_ptr_nonnull(strstr(b.s, "\xc3\xa9\xe2\x82\xac"));
	buf_free(&b);
	record_free(&r);
}
END_TEST

static const struct {
	uint64_t ns;
	const char *text;
} times[] = {
	{ 0, "0" },
	{ 1000000000, "1" },
	{ 10000000000, "10" },
	{ 1500000000, "1.5" },
	{ 1, "0.000000001" },
	{ 100000000, "0.1" },
	{ 20000000, "0.02" },
	{ UINT64_MAX, "18446744073.709551615" },
};

START_TEST(times_have_the_decimals_that_they_take)
{
	struct buf b = { 0 };
	char want[64];

	record_put_seconds(&b, "at", times[_i].ns);
	snprintf(want, sizeof want, " at=%s", times[_i].text);
	ck_assert_str_eq(b.s, want);
	buf_free(&b);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("record");
	TCase *t = tcase_create("record");

	tcase_add_test(t, fields_are_read_and_unescaped);
	tcase_add_loop_test(t, what_is_no_record_is_refused, 0,
	    GP_COUNT(malformed));
	tcase_add_test(t, there_are_at_most_64_fields);
	tcase_add_test(t, what_is_written_is_read_back);
	tcase_add_loop_test(t, times_have_the_decimals_that_they_take, 0,
	    GP_COUNT(times));
	suite_add_tcase(s, t);
	return s;
}
