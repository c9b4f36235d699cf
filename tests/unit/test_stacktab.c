#include "stream/stacktab.h"

#include <check.h>
#include <stdlib.h>

#include "suite.h"

START_TEST(equal_stacks_are_one_node)
{
	struct stacktab t = { 0 };
	uint32_t a = stacktab_push(&t, 0, 7), b = stacktab_push(&t, a, 8);

	ck_assert_uint_eq(stacktab_push(&t, 0, 7), a);
	ck_assert_uint_eq(stacktab_push(&t, a, 8), b);
	ck_assert_uint_ne(stacktab_push(&t, 0, 8), b);
	ck_assert_uint_ne(stacktab_push(&t, b, 8), b);
	stacktab_count(&t, b, 3);
	stacktab_count(&t, b, 4);
	ck_assert_uint_eq(t.node[b].count, 7);
	ck_assert_uint_eq(t.node[a].count, 0);
	ck_assert_uint_eq(stacktab_depth(&t, b), 2);
	ck_assert_uint_eq(stacktab_depth(&t, 0), 0);
	stacktab_free(&t);
}
END_TEST

START_TEST(the_empty_stack_can_be_counted)
{
	struct stacktab t = { 0 };

	stacktab_push(&t, 0, 1);
	stacktab_count(&t, 0, 5);
	ck_assert_uint_eq(t.node[0].count, 5);
	stacktab_free(&t);
}
END_TEST

/* A second structure that is too simple to be wrong: pairs in an array. */
START_TEST(many_nodes_keep_their_parents_and_frames)
{
	enum { N = 50000 };
	struct stacktab t = { 0 };
	struct pair { uint32_t parent; uint64_t frame; } *p =
	    calloc(N + 1, sizeof *p);
	uint32_t n = 1;

	srand(1);
	ck_assert_ptr_nonnull(p);
	for (int i = 0; i < 2 * N && n < N; i++) {
		uint32_t parent = (uint32_t)rand() % n;
		uint64_t frame = (uint64_t)rand() % 10 << 60 | 3;
		uint32_t id = stacktab_push(&t, parent, frame);

		if (id == n)
			p[n++] = (struct pair){ parent, frame };
		ck_assert_uint_lt(id, n);
		ck_assert(p[id].parent == parent && p[id].frame == frame);
	}
	ck_assert_uint_eq(t.n, n);
	for (uint32_t i = 1; i < n; i++) {
		ck_assert_uint_lt(t.node[i].parent, i);
		ck_assert_uint_eq(stacktab_push(&t, p[i].parent, p[i].frame),
		    i);
	}
	stacktab_free(&t);
	free(p);
}
END_TEST

START_TEST(reset_forgets_everything)
{
	struct stacktab t = { 0 };
	uint32_t a = stacktab_push(&t, 0, 1);

	stacktab_count(&t, a, 9);
	stacktab_reset(&t);
	ck_assert_uint_eq(stacktab_push(&t, 0, 2), 1);
	ck_assert_uint_eq(t.node[0].count, 0);
	ck_assert_uint_eq(t.node[1].count, 0);
	stacktab_free(&t);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("stacktab");
	TCase *t = tcase_create("stacktab");

	tcase_add_test(t, equal_stacks_are_one_node);
	tcase_add_test(t, the_empty_stack_can_be_counted);
	tcase_add_test(t, many_nodes_keep_their_parents_and_frames);
	tcase_add_test(t, reset_forgets_everything);
	suite_add_tcase(s, t);
	return s;
}
