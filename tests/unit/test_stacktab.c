#include "stream/stacktab.h"

#include <check.h>
#include <stdlib.h>

#include "base/buf.h"
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

struct visits {
	struct buf text;
	const struct stacktab *t;
};

static void
visit(void *arg, uint32_t node, uint32_t depth)
{
	struct visits *v = arg;

	buf_addf(&v->text, "%u:%llu ", depth,
	    (unsigned long long)v->t->node[node].frame);
}

START_TEST(a_walk_goes_down_before_it_goes_on)
{
	struct stacktab t = { 0 };
	struct visits v = { .t = &t };
	uint32_t a, b;

	stacktab_walk(&t, visit, &v);
	ck_assert_uint_eq(v.text.len, 0);
	a = stacktab_push(&t, 0, 5);
	b = stacktab_push(&t, 0, 2);
	stacktab_push(&t, b, 9);
	a = stacktab_push(&t, a, 6);
	stacktab_push(&t, b, 3);
	stacktab_push(&t, stacktab_push(&t, a, 8), 1);
	stacktab_push(&t, 0, 7);
	stacktab_walk(&t, visit, &v);
	ck_assert_str_eq(v.text.s,
	    "1:5 2:6 3:8 4:1 1:2 2:9 2:3 1:7 ");
	buf_free(&v.text);
	stacktab_free(&t);
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
	tcase_add_test(t, a_walk_goes_down_before_it_goes_on);
	tcase_add_test(t, reset_forgets_everything);
	suite_add_tcase(s, t);
	return s;
}
