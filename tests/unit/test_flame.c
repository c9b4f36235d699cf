#include "profile/flame.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "suite.h"

static void
add(struct flame *f, const char *stack, uint64_t count)
{
	ck_assert_int_eq(flame_add(f, stack, strlen(stack), count, 0), FLAME_OK);
}

/* "name x total self" of each node, one a line, levels set apart by "--". */
static char *
describe(const struct flame *f)
{
	char *s;
	size_t size;
	FILE *out = open_memstream(&s, &size);
	uint32_t end = 1;

	for (uint32_t i = 0; i < f->n; i++) {
		size_t len = 3;
		const char *name = i ? flame_name(f, f->name[i], &len) : "all";

		if (i == end) {
			fputs("--\n", out);
			end = f->first[i];
		}
		fprintf(out, "%.*s %ju %ju %ju\n", (int)len, name,
		    (uintmax_t)f->x[i], (uintmax_t)f->total[i],
		    (uintmax_t)f->self[i]);
	}
	fclose(out);
	return s;
}

static void
expect(struct flame *f, const char *want)
{
	char *got;

	flame_layout(f);
	got = describe(f);
	ck_assert_str_eq(got, want);
	free(got);
	flame_free(f);
}

START_TEST(stacks_become_levels)
{
	struct flame f = { 0 };

	add(&f, "a;b", 2);
	add(&f, "a;c;d", 3);
	add(&f, "a", 1);
	expect(&f, "all 0 6 0\n--\na 0 6 1\n--\nb 0 2 2\nc 2 3 0\n--\nd 2 3 3\n");
}
END_TEST

START_TEST(siblings_are_in_byte_order_whatever_comes_first)
{
	struct flame f = { 0 };

	add(&f, "b", 1);
	add(&f, "a;z", 1);
	add(&f, "\xc3\xa9", 1);
	add(&f, "ab", 1);
	add(&f, "B", 1);
	add(&f, "a;y", 1);
	expect(&f, "all 0 6 0\n--\nB 0 1 1\na 1 2 0\nab 3 1 1\nb 4 1 1\n"
	    "\xc3\xa9 5 1 1\n--\ny 1 1 1\nz 2 1 1\n");
}
END_TEST

START_TEST(equal_stacks_add)
{
	struct flame f = { 0 };

	add(&f, "a;b", 2);
	add(&f, "c", 1);
	add(&f, "a;b", 5);
	expect(&f, "all 0 8 0\n--\na 0 7 0\nc 7 1 1\n--\nb 0 7 7\n");
}
END_TEST

/* What one stack shares with the one before is not read again: that must not
 * confuse "ab" with "a". */
START_TEST(a_frame_is_not_its_prefix)
{
	struct flame f = { 0 };

	add(&f, "ab;c", 1);
	add(&f, "a;c", 1);
	add(&f, "a;cd", 1);
	add(&f, "a;c", 1);
	add(&f, "a", 1);
	add(&f, "a;c;c", 1);
	expect(&f, "all 0 6 0\n--\na 0 5 1\nab 5 1 0\n--\nc 0 3 2\ncd 3 1 1\n"
	    "c 5 1 1\n--\nc 0 1 1\n");
}
END_TEST

START_TEST(empty_frames_are_unknown)
{
	struct flame f = { 0 };

	add(&f, "a;;b", 1);
	add(&f, "a;", 1);
	add(&f, "a", 1);
	add(&f, "a;;b", 1);
	expect(&f, "all 0 4 0\n--\na 0 4 1\n--\n[unknown] 0 3 1\n--\nb 0 2 2\n");
}
END_TEST

START_TEST(no_stack_is_a_root_alone)
{
	struct flame f = { 0 };

	add(&f, "a", 0);
	expect(&f, "all 0 0 0\n");
}
END_TEST

START_TEST(truncated_stacks_are_counted)
{
	struct flame f = { 0 };

	add(&f, "a;[truncated];b", 3);
	add(&f, "a;[truncated];b;c", 4);
	add(&f, "a;[truncated]x", 8);
	add(&f, "a;b", 16);
	ck_assert_uint_eq(f.truncated, 7);
	ck_assert_uint_eq(f.samples, 31);
	flame_free(&f);
}
END_TEST

START_TEST(a_sum_that_a_number_cannot_hold_is_refused)
{
	struct flame f = { 0 };

	add(&f, "a", FLAME_SAMPLES_MAX - 5);
	ck_assert_int_eq(flame_add(&f, "b", 1, 6, 0), FLAME_ESUM);
	ck_assert_int_eq(flame_add(&f, "b", 1, UINT64_MAX, 0), FLAME_ESUM);
	add(&f, "c", 5);
	expect(&f, "all 0 9007199254740991 0\n--\na 0 9007199254740986 "
	    "9007199254740986\nc 9007199254740986 5 5\n");
}
END_TEST

START_TEST(a_base_has_its_own_counts)
{
	struct flame f = { .diff = true };

	ck_assert_int_eq(flame_add(&f, "a;b", 3, 2, 1), FLAME_OK);
	ck_assert_int_eq(flame_add(&f, "a;gone", 6, 0, 4), FLAME_OK);
	ck_assert_int_eq(flame_add(&f, "new", 3, 8, 0), FLAME_OK);
	ck_assert_int_eq(flame_add(&f, "none", 4, 0, 0), FLAME_OK);
	ck_assert_int_eq(flame_add(&f, "a", 1, 0, FLAME_SAMPLES_MAX - 4),
	    FLAME_ESUM);
	ck_assert_uint_eq(f.base_samples, 5);
	flame_layout(&f);
	ck_assert_uint_eq(f.n, 5);
	/* all, a, new, b, gone */
	ck_assert_uint_eq(f.total[0], 10);
	ck_assert_uint_eq(f.base_total[0], 5);
	ck_assert_uint_eq(f.total[1], 2);
	ck_assert_uint_eq(f.base_total[1], 5);
	ck_assert_uint_eq(f.base_total[2], 0);
	ck_assert_uint_eq(f.base_self[3], 1);
	ck_assert_uint_eq(f.total[4], 0);
	ck_assert_uint_eq(f.base_self[4], 4);
	flame_free(&f);
}
END_TEST

START_TEST(a_chart_keeps_the_order_and_merges_neighbours)
{
	struct flame f = { .chart = true };

	add(&f, "b;x", 1);
	add(&f, "b;x", 2);
	add(&f, "b", 4);
	add(&f, "b;x", 8);
	add(&f, "a", 16);
	add(&f, "b;x", 32);
	expect(&f, "all 0 63 0\n--\nb 0 15 4\na 15 16 16\nb 31 32 0\n--\n"
	    "x 0 3 3\nx 7 8 8\nx 31 32 32\n");
}
END_TEST

/* Sorted stacks are not looked for; what only seems sorted must be. */
START_TEST(what_comes_back_is_found_again)
{
	static const char *const stacks[] = {
		"a", "a!b;c", "a;b", "a-1;x", "a;b;c", "a;b", "a;[unknown]",
		"a;;x", "a", "[unknown];x", "", ";x", "b", "b;c", "b;c;d", "b;c",
		"b;c;e", "b", "c;read", "c;read!;x", "c;read-only;x",
		"c;read;y", "c;read;y;z",
	};
	struct flame f = { 0 }, g = { 0 };
	size_t n = sizeof stacks / sizeof *stacks;

	for (size_t i = 0; i < n; i++) {
		add(&f, stacks[i], i + 1);
		add(&g, stacks[n - 1 - i], n - i);
	}
	flame_layout(&f);
	flame_layout(&g);
	ck_assert_uint_eq(f.n, g.n);
	for (uint32_t i = 0; i < f.n; i++) {
		ck_assert_uint_eq(f.total[i], g.total[i]);
		ck_assert_uint_eq(f.first[i], g.first[i]);
	}
	flame_free(&f);
	flame_free(&g);
}
END_TEST

START_TEST(the_widest_sibling_can_come_first)
{
	struct flame f = { .by_width = true };

	add(&f, "a;x", 2);
	add(&f, "a;z", 1);
	add(&f, "a;y", 2);
	add(&f, "b", 9);
	expect(&f, "all 0 14 0\n--\nb 0 9 9\na 9 5 0\n--\n"
	    "x 9 2 2\ny 11 2 2\nz 13 1 1\n");
}
END_TEST

START_TEST(reversed_stacks_start_with_what_was_innermost)
{
	struct flame f = { .reverse = true };

	add(&f, "a;b;c", 1);
	add(&f, "c", 2);
	add(&f, "x;b;c", 4);
	add(&f, ";", 8);
	expect(&f, "all 0 15 0\n--\n[unknown] 0 8 0\nc 8 7 2\n--\n"
	    "[unknown] 0 8 8\nb 8 5 0\n--\na 8 1 1\nx 9 4 4\n");
}
END_TEST

START_TEST(a_stack_is_found_again_after_the_layout)
{
	struct flame f = { 0 };
	uint32_t b, a;
	size_t len;

	add(&f, "b;c", 1);
	b = flame_last(&f);
	add(&f, "a", 1);
	a = flame_last(&f);
	flame_layout(&f);
	ck_assert_uint_eq(f.number[a], 1);
	ck_assert_uint_eq(f.number[b], 3);
	ck_assert_str_eq(flame_name(&f, f.name[f.number[b]], &len), "c");
	flame_free(&f);
}
END_TEST

START_TEST(the_order_of_input_does_not_matter)
{
	static const char *const stack[] = { "a;b;c", "a;b", "b;a", "c", "a;d" };
	struct flame f = { 0 }, g = { 0 };
	char *x, *y;

	for (size_t i = 0; i < 5; i++) {
		add(&f, stack[i], i + 1);
		add(&g, stack[4 - i], 5 - i);
	}
	flame_layout(&f);
	flame_layout(&g);
	x = describe(&f);
	y = describe(&g);
	ck_assert_str_eq(x, y);
	for (uint32_t i = 0; i < f.names; i++) {
		size_t len;

		ck_assert_str_eq(flame_name(&f, i, &len),
		    flame_name(&g, i, &len));
	}
	free(x);
	free(y);
	flame_free(&f);
	flame_free(&g);
}
END_TEST

START_TEST(a_stack_of_a_million_frames_is_a_tree)
{
	enum { DEEP = 1000000 };
	char *stack = malloc(2 * DEEP);
	struct flame f = { 0 };

	ck_assert_ptr_nonnull(stack);
	for (size_t i = 0; i < DEEP; i++)
		memcpy(stack + 2 * i, "a;", 2);
	ck_assert_int_eq(flame_add(&f, stack, 2 * DEEP - 1, 1, 0), FLAME_OK);
	flame_layout(&f);
	ck_assert_uint_eq(f.levels, DEEP + 1);
	ck_assert_uint_eq(f.total[DEEP], 1);
	free(stack);
	flame_free(&f);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("flame");
	TCase *t = tcase_create("core");

	tcase_set_timeout(t, 0);
	tcase_add_test(t, stacks_become_levels);
	tcase_add_test(t, siblings_are_in_byte_order_whatever_comes_first);
	tcase_add_test(t, equal_stacks_add);
	tcase_add_test(t, a_frame_is_not_its_prefix);
	tcase_add_test(t, empty_frames_are_unknown);
	tcase_add_test(t, no_stack_is_a_root_alone);
	tcase_add_test(t, truncated_stacks_are_counted);
	tcase_add_test(t, a_sum_that_a_number_cannot_hold_is_refused);
	tcase_add_test(t, a_base_has_its_own_counts);
	tcase_add_test(t, a_chart_keeps_the_order_and_merges_neighbours);
	tcase_add_test(t, what_comes_back_is_found_again);
	tcase_add_test(t, the_widest_sibling_can_come_first);
	tcase_add_test(t, reversed_stacks_start_with_what_was_innermost);
	tcase_add_test(t, a_stack_is_found_again_after_the_layout);
	tcase_add_test(t, the_order_of_input_does_not_matter);
	tcase_add_test(t, a_stack_of_a_million_frames_is_a_tree);
	suite_add_tcase(s, t);
	return s;
}
