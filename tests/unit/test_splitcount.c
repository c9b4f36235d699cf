#include "stream/stream.h"

#include <check.h>
#include <string.h>

#include "suite.h"

static const struct {
	const char *stack;
	bool two;
	size_t len;
	uint64_t count;
	uint32_t nano; /* which are looked for */
} lines[] = {
	{ "main;read 20", true, 9, 20, 0 },
	{ "main;read 0", true, 9, 0, 0 },
	{ "a b \t 7", true, 3, 7, 0 },
	{ "a\t7", true, 1, 7, 0 },
	{ "a 18446744073709551615", true, 1, UINT64_MAX, 0 },
	{ "a 18446744073709551616", false, 0, 0, 0 },
	{ "a 1 2", true, 3, 2, 0 },
	{ "a 1 ", true, 1, 1, 0 },
	{ "a 1.5", true, 1, 1, 500000000 },
	{ "a 7.", true, 1, 7, 0 },
	{ "a 0.25 1.75\t", true, 6, 1, 750000000 },
	{ "main;read", false, 0, 0, 0 },
	{ "main;read20", false, 0, 0, 0 },
	{ "a -1", false, 0, 0, 0 },
	{ "a 1.5.5", false, 0, 0, 0 },
	{ "a .", false, 0, 0, 0 },
	{ "a ", false, 0, 0, 0 },
	{ " 7", false, 0, 0, 0 },
	{ "7", false, 0, 0, 0 },
	{ "", false, 0, 0, 0 },
};

START_TEST(a_stack_may_end_in_another_count)
{
	size_t before = strlen(lines[_i].stack), len = before;
	uint64_t count = 99;
	uint32_t nano = 0;

	ck_assert_int_eq(stream_split_count(lines[_i].stack, &len, &count,
	    &nano), lines[_i].two);
	ck_assert_uint_eq(len, lines[_i].two ? lines[_i].len : before);
	if (lines[_i].two)
		ck_assert_uint_eq(count, lines[_i].count);
	ck_assert_uint_eq(nano, lines[_i].nano);
	len = before;
	ck_assert_int_eq(stream_split_count(lines[_i].stack, &len, &count,
	    NULL), lines[_i].two && !strchr(lines[_i].stack, '.'));
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("splitcount");
	TCase *t = tcase_create("splitcount");

	tcase_add_loop_test(t, a_stack_may_end_in_another_count, 0,
	    sizeof lines / sizeof *lines);
	suite_add_tcase(s, t);
	return s;
}
