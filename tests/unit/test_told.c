/* told.h: functions in any order, and asked for in between. */
#include "cmd/gp-symbolize/told.c"

#include <check.h>
#include <stdio.h>

#include "suite.h"

static struct told told;

static void
teardown(void)
{
	told_free(&told);
}

static const char *
name_at(uint64_t addr)
{
	const struct told_function *f = told_find(&told, addr);
	static char name[256];

	if (!f)
		return "none";
	snprintf(name, sizeof name, "%.*s", (int)f->len,
	    told.text.s + f->text);
	return name;
}

START_TEST(each_byte_of_a_function_has_its_name)
{
	ck_assert_str_eq(name_at(0x1000), "none");
	ck_assert(told_add(&told, 0x1000, 0x10, "f", NULL));
	ck_assert(told_add(&told, 0x1010, 1, "g", "m"));
	ck_assert(told_add(&told, UINT64_MAX, 1, "last", NULL));
	ck_assert(told_add(&told, 0, 1, "first", ""));
	ck_assert_str_eq(name_at(0), "first []");
	ck_assert_str_eq(name_at(1), "none");
	ck_assert_str_eq(name_at(0xfff), "none");
	ck_assert_str_eq(name_at(0x1000), "f");
	ck_assert_str_eq(name_at(0x100f), "f");
	ck_assert_str_eq(name_at(0x1010), "g [m]");
	ck_assert_str_eq(name_at(0x1011), "none");
	ck_assert_str_eq(name_at(UINT64_MAX - 1), "none");
	ck_assert_str_eq(name_at(UINT64_MAX), "last");
}
END_TEST

START_TEST(what_comes_later_counts)
{
	ck_assert(told_add(&told, 0x1000, 0x10, "old", NULL));
	ck_assert_str_eq(name_at(0x1008), "old");
	ck_assert(told_add(&told, 0x1000, 0x8, "new", NULL));
	ck_assert_str_eq(name_at(0x1000), "new");
	ck_assert_str_eq(name_at(0x1008), "none");
	ck_assert(told_add(&told, 0x1000, 0x10, "newer", NULL));
	ck_assert(told_add(&told, 0x1000, 0x10, "newest", NULL));
	ck_assert_str_eq(name_at(0x1008), "newest");
	told_reset(&told);
	ck_assert_str_eq(name_at(0x1008), "none");
}
END_TEST

/* Lots of any size, with a look after each. */
START_TEST(they_may_come_in_any_order)
{
	enum { N = 4096, STEP = 1549 }; /* prime to each other */
	uint32_t i = 0, lot = 0;

	while (i < N) {
		lot = lot * 5 % 97 + 1;
		for (uint32_t k = 0; k < lot && i < N; k++, i++) {
			uint32_t at = i * STEP % N;
			char name[16];

			snprintf(name, sizeof name, "f%u", at);
			ck_assert(told_add(&told, 0x10000 + 16 * at, 16, name,
			    NULL));
		}
		ck_assert_str_ne(name_at(0x10000 + (i - 1) * STEP % N * 16 + 3),
		    "none");
	}
	for (i = 0; i < N; i++) {
		char name[16];

		snprintf(name, sizeof name, "f%u", i);
		ck_assert_str_eq(name_at(0x10000 + 16 * i), name);
		ck_assert_str_eq(name_at(0x1000f + 16 * i), name);
	}
}
END_TEST

START_TEST(what_makes_no_sense_is_refused)
{
	ck_assert(!told_add(&told, 0x1000, 0, "f", NULL));
	ck_assert(!told_add(&told, 0x1000, UINT64_MAX, "f", NULL));
	ck_assert(!told_add(&told, UINT64_MAX, 2, "f", NULL));
	ck_assert(!told_add(&told, 0x1000, 1, "", NULL));
	ck_assert_uint_eq(told.n, 0);
	ck_assert_str_eq(name_at(0x1000), "none");
}
END_TEST

START_TEST(names_are_cut_and_memory_is_bounded)
{
	static char name[TOLD_NAME_MAX + 100];
	const struct told_function *f;

	memset(name, 'x', sizeof name - 1);
	ck_assert(told_add(&told, 0x1000, 1, name, NULL));
	f = told_find(&told, 0x1000);
	ck_assert_uint_eq(f->len, TOLD_NAME_MAX);
	for (uint32_t i = 0; told.text.len <= TOLD_TEXT_MAX; i++)
		ck_assert(told_add(&told, 0x2000 + i, 1, name, name));
	ck_assert_uint_le(told.text.len,
	    TOLD_TEXT_MAX + 2 * TOLD_NAME_MAX + 8);
	ck_assert(told_add(&told, 0x1001, 1, "too late", NULL));
	ck_assert_str_eq(name_at(0x1001), "none");
	told_reset(&told);
	for (uint32_t i = 0; i <= TOLD_MAX; i++)
		ck_assert(told_add(&told, TOLD_MAX - i, 1, "f", NULL));
	ck_assert_uint_eq(told.n, TOLD_MAX);
	ck_assert_str_eq(name_at(0), "none");
	ck_assert_str_eq(name_at(1), "f");
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("told");
	TCase *t = tcase_create("told");

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, NULL, teardown);
	tcase_add_test(t, each_byte_of_a_function_has_its_name);
	tcase_add_test(t, what_comes_later_counts);
	tcase_add_test(t, they_may_come_in_any_order);
	tcase_add_test(t, what_makes_no_sense_is_refused);
	tcase_add_test(t, names_are_cut_and_memory_is_bounded);
	return s;
}
