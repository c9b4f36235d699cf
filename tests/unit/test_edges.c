#include "profile/edges.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "profile/fold.h"
#include "suite.h"

static void
add(struct fold *f, const char *stack, uint64_t count)
{
	ck_assert_int_eq(fold_sample(f, stack, strlen(stack), count), 0);
}

/* "caller callee samples" of each edge, with those chosen whose name is one of
 * the letters. */
static char *
edges(struct fold *f, const char *letters)
{
	static char text[512];
	const struct intern *names = &f->profile.names;
	bool *chosen = calloc(names->n + 1, sizeof *chosen);
	struct edge *edge;
	size_t n, len = 0;

	ck_assert_ptr_nonnull(chosen);
	for (uint32_t i = 0; i < names->n; i++)
		chosen[i] = strchr(letters, intern_str(names, i)[0]) != NULL;
	n = edges_find(&f->profile, chosen, &edge);
	text[0] = '\0';
	for (size_t i = 0; i < n; i++)
		len += (size_t)snprintf(text + len, sizeof text - len,
		    "%s %s %llu\n", intern_str(names, edge[i].caller),
		    intern_str(names, edge[i].callee),
		    (unsigned long long)edge[i].samples);
	free(edge);
	free(chosen);
	return text;
}

START_TEST(edges_have_the_samples_that_go_along_them)
{
	struct fold f = { 0 };

	add(&f, "m;p;r;p", 5);
	add(&f, "m;p", 2);
	ck_assert_str_eq(edges(&f, "mpr"), "m p 7\np r 5\nr p 5\n");
	ck_assert_str_eq(edges(&f, "r"), "p r 5\nr p 5\n");
	ck_assert_str_eq(edges(&f, "x"), "");
	fold_free(&f);
}
END_TEST

START_TEST(a_sample_counts_once_for_an_edge)
{
	struct fold f = { 0 };

	add(&f, "a;b;a;b;a;b", 3);
	add(&f, "f;f;f", 4);
	ck_assert_str_eq(edges(&f, "abf"), "f f 4\na b 3\nb a 3\n");
	fold_free(&f);
}
END_TEST

/* The walk comes back to what it left: branches count by themselves. */
START_TEST(branches_add_up)
{
	struct fold f = { 0 };

	add(&f, "a;b", 1);
	add(&f, "a;b;c", 2);
	add(&f, "a;b;d", 4);
	add(&f, "a;b;d;a;b", 8);
	add(&f, "x;a;b", 16);
	ck_assert_str_eq(edges(&f, "a"), "a b 31\nx a 16\nd a 8\n");
	fold_free(&f);
}
END_TEST

START_TEST(nothing_has_no_edges)
{
	struct fold f = { 0 };

	add(&f, "a", 1);
	ck_assert_str_eq(edges(&f, "a"), "");
	fold_free(&f);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("edges");
	TCase *t = tcase_create("all");

	tcase_add_test(t, edges_have_the_samples_that_go_along_them);
	tcase_add_test(t, a_sample_counts_once_for_an_edge);
	tcase_add_test(t, branches_add_up);
	tcase_add_test(t, nothing_has_no_edges);
	suite_add_tcase(s, t);
	return s;
}
