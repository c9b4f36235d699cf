#include "profile/seen.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "suite.h"

static bool
is_known(struct seen *s, const char *stack, uint32_t node)
{
	const struct seen_stack *got = seen_find(s, stack, strlen(stack));

	if (got)
		ck_assert_uint_eq(got->node, node);
	return got;
}

/* Whether it was known before it came. */
static bool
comes(struct seen *s, const char *stack, uint32_t node)
{
	if (is_known(s, stack, node))
		return true;
	seen_add(s, stack, strlen(stack), node, node + 1);
	return false;
}

START_TEST(what_came_twice_is_known)
{
	struct seen s = { 0 };
	const struct seen_stack *got;

	ck_assert(!comes(&s, "a;b", 7));
	ck_assert(!comes(&s, "a;b", 7));
	ck_assert(comes(&s, "a;b", 7));
	got = seen_find(&s, "a;b", 3);
	ck_assert_uint_eq(got->notes, 8);
	ck_assert(!comes(&s, "a;", 1));
	ck_assert(!comes(&s, "a;b;", 2));
	ck_assert(!comes(&s, "", 3));
	ck_assert(!comes(&s, "", 3));
	ck_assert(comes(&s, "", 3));
	seen_free(&s);
}
END_TEST

START_TEST(what_is_forgotten_comes_anew)
{
	struct seen s = { 0 };

	seen_forget(&s);
	for (uint32_t node = 1; node < 4; node++) {
		ck_assert(!comes(&s, "a", node));
		ck_assert(!comes(&s, "a", node));
		ck_assert(comes(&s, "a", node));
		seen_forget(&s);
	}
	s.time = UINT32_MAX;
	ck_assert(!comes(&s, "a", 5));
	ck_assert(!comes(&s, "a", 5));
	ck_assert(comes(&s, "a", 5));
	for (int i = 0; i < 4; i++)
		seen_forget(&s);
	ck_assert(!comes(&s, "a", 6));
	seen_free(&s);
}
END_TEST

/* Far more than there are places for, and than texts may take. */
START_TEST(memory_is_bounded_and_answers_are_right)
{
	size_t len = 1000, known = 0;
	char *text = malloc(len + 1);
	struct seen s = { 0 };

	memset(text, 'x', len);
	text[len] = '\0';
	for (uint32_t i = 0; i < 60000; i++) {
		uint32_t node = i * 7919u % 9001u;

		snprintf(text, 9, "%08u", node);
		text[8] = 'x';
		known += comes(&s, text, node);
		ck_assert_uint_lt(s.arena.total, SEEN_BYTES);
	}
	ck_assert_uint_gt(known, 0);
	free(text);
	text = calloc(1, SEEN_BYTES + 1);
	memset(text, 'y', SEEN_BYTES);
	for (int i = 0; i < 4; i++)
		ck_assert(!comes(&s, text, 1));
	free(text);
	seen_free(&s);
}
END_TEST

/* The number of stack i is looked for; whether it was known, as what it is. Without
 * assertions: each of them costs more than this. */
static bool
comes_again(struct seen *s, uint32_t i)
{
	const struct seen_stack *got;
	char text[16];
	size_t len = (size_t)snprintf(text, sizeof text, "a;%u", i);

	got = seen_find(s, text, len);
	if (!got)
		seen_add(s, text, len, i, 0);
	return got && got->node == i;
}

START_TEST(where_none_comes_again_few_are_looked_for)
{
	const uint32_t n = 600000, few = 1000;
	uint32_t known = 0, asked = 0;
	struct seen s = { 0 };

	for (uint32_t i = 0; i < n; i++) {
		known += comes_again(&s, i);
		asked += s.asked;
	}
	ck_assert_uint_eq(known, 0);
	ck_assert_uint_lt(asked, n / 4);
	/* What comes again later is found out all the same. */
	for (uint32_t i = 0; i < n; i++)
		known += comes_again(&s, i % few);
	ck_assert_uint_gt(known, n / 8);
	seen_free(&s);
}
END_TEST

START_TEST(a_few_that_come_again_are_worth_it)
{
	const uint32_t n = 600000, few = 100;
	uint32_t known = 0;
	struct seen s = { 0 };

	for (uint32_t i = 0; i < n; i++)
		known += comes_again(&s, i % 16 ? few + i : i / 16 % few);
	ck_assert_uint_gt(known, n / 16 / 2);
	seen_free(&s);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("seen");
	TCase *t = tcase_create("seen");

	tcase_add_test(t, what_came_twice_is_known);
	tcase_add_test(t, what_is_forgotten_comes_anew);
	tcase_add_test(t, memory_is_bounded_and_answers_are_right);
	tcase_add_test(t, where_none_comes_again_few_are_looked_for);
	tcase_add_test(t, a_few_that_come_again_are_worth_it);
	suite_add_tcase(s, t);
	return s;
}
