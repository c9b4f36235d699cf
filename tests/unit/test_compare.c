#include "profile/compare.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "suite.h"

static uint32_t
name_of(const struct compare *c, const char *s)
{
	return intern_find(&c->all.names, s, strlen(s));
}

/* "a;b;c" with a count. */
static void
put(struct profile *p, const char *stack, uint64_t count)
{
	uint32_t node = 0;

	while (*stack) {
		size_t len = strcspn(stack, ";");

		node = stacktab_push(&p->stacks, node,
		    intern_add(&p->names, stack, len));
		stack += len + (stack[len] == ';');
	}
	ck_assert(profile_count(p, node, count));
}

static void
add(struct compare *c, enum compare_side side, const char *stack,
    uint64_t count, const char *other, uint64_t other_count)
{
	struct profile p = { 0 };

	put(&p, stack, count);
	if (other)
		put(&p, other, other_count);
	ck_assert(compare_add(c, &p, side));
	profile_free(&p);
}

START_TEST(hits_are_samples_that_hold_a_frame)
{
	struct compare c = { 0 };

	add(&c, COMPARE_BASE, "main;f;g;f", 5, "main;g", 2);
	add(&c, COMPARE_NEW, "main;h", 3, "main;f", 4);
	ck_assert_uint_eq(compare_hits(&c, 0, name_of(&c, "main")), 7);
	ck_assert_uint_eq(compare_hits(&c, 0, name_of(&c, "f")), 5);
	ck_assert_uint_eq(compare_hits(&c, 0, name_of(&c, "g")), 7);
	ck_assert_uint_eq(compare_hits(&c, 1, name_of(&c, "f")), 4);
	ck_assert_uint_eq(compare_hits(&c, 1, name_of(&c, "g")), 0);
	/* A frame that the first run did not know. */
	ck_assert_uint_eq(compare_hits(&c, 0, name_of(&c, "h")), 0);
	ck_assert_uint_eq(compare_samples(&c, COMPARE_BASE), 7);
	ck_assert_uint_eq(compare_samples(&c, COMPARE_NEW), 7);
	ck_assert_uint_eq(compare_runs(&c, COMPARE_NEW), 1);
	compare_free(&c);
	ck_assert_uint_eq(c.runs, 0);
}
END_TEST

START_TEST(with_self_they_are_those_that_end_in_it)
{
	struct compare c = { .self = true };

	add(&c, COMPARE_BASE, "main;f;g", 5, "main;g;f", 2);
	ck_assert_uint_eq(compare_hits(&c, 0, name_of(&c, "main")), 0);
	ck_assert_uint_eq(compare_hits(&c, 0, name_of(&c, "g")), 5);
	compare_free(&c);
}
END_TEST

/* They call each other, and are in the same stacks, but not at their ends. */
START_TEST(with_self_sets_are_of_stacks_that_end_in_it)
{
	struct compare c = { .self = true };
	uint64_t *set;

	add(&c, COMPARE_BASE, "main;f;g", 5, "main;f;g;f", 2);
	set = compare_sets(&c);
	ck_assert(set[name_of(&c, "f")] != set[name_of(&c, "g")]);
	ck_assert_uint_eq(set[name_of(&c, "main")], 0);
	free(set);
	compare_free(&c);
}
END_TEST

START_TEST(counts_are_sums_of_each_side)
{
	struct compare c = { 0 };
	uint32_t main_node, f;

	add(&c, COMPARE_BASE, "main;f", 5, "main", 1);
	add(&c, COMPARE_NEW, "main;f", 7, NULL, 0);
	add(&c, COMPARE_BASE, "main;f", 2, NULL, 0);
	main_node = stacktab_push(&c.all.stacks, 0, name_of(&c, "main"));
	f = stacktab_push(&c.all.stacks, main_node, name_of(&c, "f"));
	ck_assert_uint_eq(c.count[f][COMPARE_BASE], 7);
	ck_assert_uint_eq(c.count[f][COMPARE_NEW], 7);
	ck_assert_uint_eq(c.all.stacks.node[f].count, 14);
	ck_assert_uint_eq(c.all.stacks.node[main_node].count, 1);
	compare_free(&c);
}
END_TEST

START_TEST(equal_sets_are_of_frames_in_the_same_stacks)
{
	struct compare c = { 0 };
	uint64_t *set;
	uint32_t *depth;

	/* x and y have equal counts, but not the same stacks. */
	add(&c, COMPARE_BASE, "main;run;x", 5, "main;run;y", 5);
	add(&c, COMPARE_NEW, "main;run;x", 6, "main;run;y", 6);
	set = compare_sets(&c);
	depth = compare_depths(&c);
	ck_assert(set[name_of(&c, "main")] == set[name_of(&c, "run")]);
	ck_assert(set[name_of(&c, "x")] != set[name_of(&c, "y")]);
	ck_assert(set[name_of(&c, "x")] != set[name_of(&c, "run")]);
	ck_assert_uint_eq(depth[name_of(&c, "main")], 1);
	ck_assert_uint_eq(depth[name_of(&c, "y")], 3);
	free(set);
	free(depth);
	compare_free(&c);
}
END_TEST

static const struct {
	const char *in, *out;
} hex[] = {
	{ "f 0x7f01", "f 0x..." },
	{ "0x1 and 0xAbCdEf9 end", "0x... and 0x... end" },
	{ "0x", "0x" },
	{ "a0xg", "a0xg" },
	{ "00x12", "00x..." },
	{ "[lib.so+0x1f2a]", "[lib.so+0x...]" },
	{ "", "" },
};

START_TEST(hexadecimal_numbers_become_one)
{
	struct compare c = { .strip_hex = true };
	char stack[64] = "main;";

	strcat(stack, hex[_i].in);
	add(&c, COMPARE_BASE, stack, 1, NULL, 0);
	ck_assert(!*hex[_i].out || name_of(&c, hex[_i].out) != INTERN_NONE);
	ck_assert_uint_eq(c.all.names.n, *hex[_i].out ? 2 : 1);
	compare_free(&c);
}
END_TEST

START_TEST(a_sum_that_would_overflow_is_refused_whole)
{
	struct compare c = { 0 };
	struct profile p = { 0 };

	add(&c, COMPARE_BASE, "main", UINT64_MAX - 1, NULL, 0);
	put(&p, "main;f", 2);
	ck_assert(!compare_add(&c, &p, COMPARE_NEW));
	ck_assert_uint_eq(c.runs, 1);
	ck_assert_uint_eq(c.all.samples, UINT64_MAX - 1);
	profile_free(&p);
	compare_free(&c);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("compare");
	TCase *t = tcase_create("compare");

	tcase_add_test(t, hits_are_samples_that_hold_a_frame);
	tcase_add_test(t, with_self_they_are_those_that_end_in_it);
	tcase_add_test(t, with_self_sets_are_of_stacks_that_end_in_it);
	tcase_add_test(t, counts_are_sums_of_each_side);
	tcase_add_test(t, equal_sets_are_of_frames_in_the_same_stacks);
	tcase_add_loop_test(t, hexadecimal_numbers_become_one, 0,
	    sizeof hex / sizeof *hex);
	tcase_add_test(t, a_sum_that_would_overflow_is_refused_whole);
	suite_add_tcase(s, t);
	return s;
}
