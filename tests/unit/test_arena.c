#include "base/arena.h"

#include <check.h>
#include <stdint.h>
#include <string.h>

#include "base/attr.h"
#include "suite.h"

enum { BIG = 200 * 1024 };

START_TEST(a_zeroed_arena_is_ready)
{
	struct arena a = { 0 };

	ck_assert_ptr_nonnull(arena_alloc(&a, 1));
	arena_free(&a);
	ck_assert_ptr_null(a.block);
}
END_TEST

START_TEST(memory_is_zeroed_and_aligned)
{
	struct arena a = { 0 };

	for (size_t size = 0; size < 300; size++) {
		unsigned char *p = arena_alloc(&a, size);

		ck_assert_uint_eq((uintptr_t)p % _Alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++)
			ck_assert_uint_eq(p[i], 0);
		memset(p, 0xff, size);
	}
	arena_free(&a);
}
END_TEST

START_TEST(objects_do_not_overlap)
{
	struct arena a = { 0 };
	unsigned char *p[500];

	for (size_t i = 0; i < GP_COUNT(p); i++) {
		p[i] = arena_alloc(&a, i + 1);
		memset(p[i], (int)(i & 0xff), i + 1);
	}
	for (size_t i = 0; i < GP_COUNT(p); i++)
		for (size_t j = 0; j <= i; j++)
			ck_assert_uint_eq(p[i][j], i & 0xff);
	arena_free(&a);
}
END_TEST

START_TEST(objects_of_no_bytes_are_distinct)
{
	struct arena a = { 0 };

	ck_assert_ptr_ne(arena_alloc(&a, 0), arena_alloc(&a, 0));
	arena_free(&a);
}
END_TEST

START_TEST(a_big_object_leaves_the_block_in_use)
{
	struct arena a = { 0 };
	char *first = arena_alloc(&a, 16), *big, *second;
	struct arena_block *block = a.block;

	big = arena_alloc(&a, BIG);
	memset(big, 'x', BIG);
	second = arena_alloc(&a, 16);
	ck_assert_ptr_eq(a.block, block);
	ck_assert(second > first && second - first < 4096);
	arena_free(&a);
}
END_TEST

START_TEST(reset_reuses_a_block)
{
	struct arena a = { 0 };
	char *first = arena_alloc(&a, 100), *again;

	memset(first, 'x', 100);
	arena_alloc(&a, BIG);
	arena_alloc(&a, 60 * 1024);
	arena_reset(&a);
	ck_assert_uint_eq(a.total, 0);
	ck_assert_uint_eq(a.used, 0);
	ck_assert_ptr_nonnull(a.block);
	again = arena_alloc(&a, 100);
	for (size_t i = 0; i < 100; i++)
		ck_assert_int_eq(again[i], 0);
	arena_free(&a);
}
END_TEST

START_TEST(reset_keeps_no_big_block)
{
	struct arena a = { 0 };

	arena_alloc(&a, BIG);
	arena_reset(&a);
	ck_assert_ptr_null(a.block);
	arena_alloc(&a, 1);
	arena_free(&a);
}
END_TEST

START_TEST(strndup_copies_any_bytes_and_ends_them)
{
	struct arena a = { 0 };
	char *s = arena_strndup(&a, "a\0b", 3);

	ck_assert_mem_eq(s, "a\0b", 4);
	ck_assert_str_eq(arena_strndup(&a, NULL, 0), "");
	arena_free(&a);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("arena");
	TCase *t = tcase_create("arena");

	tcase_add_test(t, a_zeroed_arena_is_ready);
	tcase_add_test(t, memory_is_zeroed_and_aligned);
	tcase_add_test(t, objects_do_not_overlap);
	tcase_add_test(t, objects_of_no_bytes_are_distinct);
	tcase_add_test(t, a_big_object_leaves_the_block_in_use);
	tcase_add_test(t, reset_reuses_a_block);
	tcase_add_test(t, reset_keeps_no_big_block);
	tcase_add_test(t, strndup_copies_any_bytes_and_ends_them);
	suite_add_tcase(s, t);
	return s;
}
