#include "base/intern.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "base/hash.h"
#include "suite.h"

START_TEST(equal_strings_have_one_id)
{
	struct intern in = { 0 };
	uint32_t a = intern_add(&in, "main", 4), b = intern_add(&in, "mai", 3);

	ck_assert_uint_eq(a, 0);
	ck_assert_uint_eq(b, 1);
	ck_assert_uint_eq(intern_add(&in, "main", 4), a);
	ck_assert_str_eq(intern_str(&in, a), "main");
	ck_assert_str_eq(intern_str(&in, b), "mai");
	ck_assert_uint_eq(intern_len(&in, b), 3);
	intern_free(&in);
}
END_TEST

START_TEST(the_empty_string_and_nuls_are_strings)
{
	struct intern in = { 0 };
	uint32_t e = intern_add(&in, "", 0), n = intern_add(&in, "\0", 1);
	uint32_t m = intern_add(&in, "\0\0", 2);

	ck_assert(e != n && n != m && e != m);
	ck_assert_uint_eq(intern_find(&in, NULL, 0), e);
	ck_assert_uint_eq(intern_find(&in, "\0", 1), n);
	intern_free(&in);
}
END_TEST

START_TEST(find_adds_nothing)
{
	struct intern in = { 0 };

	ck_assert_uint_eq(intern_find(&in, "x", 1), INTERN_NONE);
	intern_add(&in, "y", 1);
	ck_assert_uint_eq(intern_find(&in, "x", 1), INTERN_NONE);
	ck_assert_uint_eq(in.n, 1);
	intern_free(&in);
}
END_TEST

START_TEST(strings_stay_where_they_are)
{
	struct intern in = { 0 };
	const char *first;
	char s[32];

	first = intern_str(&in, intern_add(&in, "first", 5));
	for (uint32_t i = 0; i < 100000; i++) {
		int n = snprintf(s, sizeof s, "name %u", i);

		ck_assert_uint_eq(intern_add(&in, s, (size_t)n), i + 1);
	}
	ck_assert_ptr_eq(intern_str(&in, 0), first);
	for (uint32_t i = 0; i < 100000; i++) {
		int n = snprintf(s, sizeof s, "name %u", i);

		ck_assert_uint_eq(intern_find(&in, s, (size_t)n), i + 1);
		ck_assert_str_eq(intern_str(&in, i + 1), s);
	}
	intern_free(&in);
	ck_assert_uint_eq(in.n, 0);
}
END_TEST

/* Blocks that cancel the state of an unseeded hash would make these collide. */
START_TEST(hashes_depend_on_every_byte_and_the_seed)
{
	char s[64] = { 0 };
	uint64_t before = hash_bytes(s, sizeof s), seed = hash_seed;

	for (size_t i = 0; i < sizeof s; i++) {
		s[i] = 1;
		ck_assert_uint_ne(hash_bytes(s, sizeof s), before);
		s[i] = 0;
	}
	hash_seed++;
	ck_assert_uint_ne(hash_bytes(s, sizeof s), before);
	hash_seed = seed;
	for (size_t n = 0; n < sizeof s; n++)
		ck_assert_uint_ne(hash_bytes(s, n), before);
}
END_TEST

/* A string, and the same with so much more behind it that nothing but the whole
 * length tells them apart. */
START_TEST(long_strings_are_told_apart)
{
	static char text[3 << 16];
	static const size_t len[] = {
		5, 5 + (1 << 16), 0xfffe, 0xffff, 0x10000, 0x1ffff, 2 << 16,
	};
	struct intern in = { 0 };

	memset(text, 'a', sizeof text);
	for (uint32_t i = 0; i < sizeof len / sizeof *len; i++)
		ck_assert_uint_eq(intern_add(&in, text, len[i]), i);
	for (uint32_t i = 0; i < sizeof len / sizeof *len; i++) {
		ck_assert_uint_eq(intern_add(&in, text, len[i]), i);
		ck_assert_uint_eq(intern_len(&in, i), len[i]);
	}
	ck_assert_uint_eq(intern_find(&in, text, 6), INTERN_NONE);
	intern_free(&in);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("intern");
	TCase *t = tcase_create("intern");

	tcase_add_test(t, long_strings_are_told_apart);
	tcase_add_test(t, equal_strings_have_one_id);
	tcase_add_test(t, the_empty_string_and_nuls_are_strings);
	tcase_add_test(t, find_adds_nothing);
	tcase_add_test(t, strings_stay_where_they_are);
	tcase_add_test(t, hashes_depend_on_every_byte_and_the_seed);
	suite_add_tcase(s, t);
	return s;
}
