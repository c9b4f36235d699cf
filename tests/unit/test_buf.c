#include "base/buf.h"

#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "suite.h"

START_TEST(an_empty_buffer_is_an_empty_string)
{
	struct buf b = { 0 };

	ck_assert_str_eq(buf_str(&b), "");
	buf_reset(&b);
	buf_free(&b);
	ck_assert_ptr_null(b.s);
}
END_TEST

START_TEST(what_is_added_is_there_and_ended)
{
	struct buf b = { 0 };
	char want[4000] = "";

	for (int i = 0; i < 300; i++) {
		char part[16];

		snprintf(part, sizeof part, "<%d>", i);
		strcat(want, part);
		buf_addf(&b, "<%d>", i);
		ck_assert_str_eq(b.s, want);
		ck_assert_uint_eq(b.len, strlen(want));
	}
	buf_free(&b);
}
END_TEST

START_TEST(bytes_may_be_any)
{
	struct buf b = { 0 };

	buf_add(&b, "a\0b", 3);
	buf_add(&b, NULL, 0);
	buf_addc(&b, '\n');
	ck_assert_uint_eq(b.len, 4);
	ck_assert_mem_eq(b.s, "a\0b\n", 5);
	buf_free(&b);
}
END_TEST

static const uint64_t numbers[] = {
	0, 1, 9, 10, 15, 16, 99, 255, 256, 4294967295, 4294967296,
	9223372036854775807, UINT64_MAX,
};

START_TEST(numbers_are_as_printf_writes_them)
{
	struct buf b = { 0 };
	char want[64];

	buf_addu(&b, numbers[_i]);
	buf_addc(&b, ' ');
	buf_addx(&b, numbers[_i]);
	snprintf(want, sizeof want, "%" PRIu64 " %" PRIx64, numbers[_i],
	    numbers[_i]);
	ck_assert_str_eq(b.s, want);
	buf_free(&b);
}
END_TEST

START_TEST(reset_keeps_the_memory)
{
	struct buf b = { 0 };
	char *s;

	buf_adds(&b, "something longer than nothing");
	s = b.s;
	buf_reset(&b);
	ck_assert_uint_eq(b.len, 0);
	ck_assert_str_eq(b.s, "");
	buf_adds(&b, "x");
	ck_assert_ptr_eq(b.s, s);
	buf_free(&b);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("buf");
	TCase *t = tcase_create("buf");

	tcase_add_test(t, an_empty_buffer_is_an_empty_string);
	tcase_add_test(t, what_is_added_is_there_and_ended);
	tcase_add_test(t, bytes_may_be_any);
	tcase_add_loop_test(t, numbers_are_as_printf_writes_them, 0,
	    GP_COUNT(numbers));
	tcase_add_test(t, reset_keeps_the_memory);
	suite_add_tcase(s, t);
	return s;
}
