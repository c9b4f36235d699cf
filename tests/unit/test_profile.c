#include "profile/profile.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "suite.h"

/* Count a stack given as text. */
static void
add(struct profile *p, const char *stack, uint64_t count)
{
	uint32_t node = 0;

	for (const char *s = stack; *s; s += *s == ';') {
		size_t n = strcspn(s, ";");

		node = stacktab_push(&p->stacks, node,
		    intern_add(&p->names, s, n));
		s += n;
	}
	ck_assert(profile_count(p, node, count));
}

/* The folded text; the caller frees it. */
static char *
folded(const struct profile *p)
{
	struct stream_writer w = { 0 };
	char *text;
	size_t len;

	w.f = open_memstream(&text, &len);
	ck_assert_ptr_nonnull(w.f);
	profile_write_folded(p, &w);
	fclose(w.f);
	return text;
}

START_TEST(an_empty_profile_is_no_text)
{
	struct profile p = { 0 };
	struct profile_sum *sum;
	char *text = folded(&p);

	ck_assert_str_eq(text, "");
	ck_assert_uint_eq(profile_truncated(&p), 0);
	ck_assert_uint_eq(profile_sums(&p, &sum), 0);
	free(sum);
	free(text);
	profile_free(&p);
}
END_TEST

START_TEST(stacks_are_merged_and_in_the_order_of_their_bytes)
{
	static const char *const stacks[] = {
		"a;x", "a b", "a", "a;x;y", "a!", "a<", "a;x z", "a;x", "b",
		"a\xff", "aa;b", "a:b;c", "abcdefghi;x", "abcdefghi j",
		"abcdefgh;k", "abcdefgh", "abcdefg", "a;abcdefghi;x",
	};
	struct profile p = { 0 };
	char *text;

	for (size_t i = 0; i < GP_COUNT(stacks); i++)
		add(&p, stacks[i], i + 1);
	text = folded(&p);
	ck_assert_str_eq(text, "a 3\na b 2\na! 5\na:b;c 12\n"
	    "a;abcdefghi;x 18\na;x 9\na;x z 7\na;x;y 4\na< 6\naa;b 11\n"
	    "abcdefg 17\nabcdefgh 16\nabcdefgh;k 15\nabcdefghi j 14\n"
	    "abcdefghi;x 13\na\xff 10\nb 9\n");
	ck_assert_uint_eq(p.samples, 171);
	free(text);
	profile_free(&p);
}
END_TEST

START_TEST(a_mark_tells_names_apart_and_is_no_text)
{
	static const char marked[] = "sh-7\0H";
	struct profile p = { 0 };
	uint32_t node = stacktab_push(&p.stacks, 0,
	    intern_add(&p.names, marked, sizeof marked - 1));
	char *text;

	ck_assert(profile_count(&p, node, 1));
	node = stacktab_push(&p.stacks, node, intern_add(&p.names, "f", 1));
	ck_assert(profile_count(&p, node, 2));
	add(&p, "sh-70;f", 3);
	add(&p, "sh-7", 4);
	add(&p, "sh-7\"", 5);
	ck_assert_uint_eq(profile_text_len(marked, sizeof marked - 1), 4);
	ck_assert_uint_eq(profile_text_len("sh-7H", 5), 5);
	ck_assert_uint_eq(profile_text_len("H", 1), 1);
	text = folded(&p);
	ck_assert_str_eq(text, "sh-7 1\nsh-7 4\nsh-7\" 5\nsh-70;f 3\n"
	    "sh-7;f 2\n");
	free(text);
	profile_free(&p);
}
END_TEST

static int
compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Against qsort() of the texts themselves, over names that are prefixes of one
 * another and have bytes on both sides of ';'. */
START_TEST(the_order_is_that_of_sorted_text)
{
	static const char *const parts[] = {
		"a", "a ", "a!", "ab", "a;", "b", ":", "<", "aaaaaaaa",
		"aaaaaaaab", "aaaaaaaa!", "\xc3\xa9",
	};
	enum { N = 3000 };
	struct profile p = { 0 };
	char *line[N], *text, *s;
	size_t n = 0;

	srand(7);
	for (size_t i = 0; i < N; i++) {
		char stack[256] = "x";
		int depth = rand() % 5;

		while (depth--) {
			strcat(stack, ";y");
			strcat(stack, parts[(size_t)rand() % GP_COUNT(parts)]);
			if (stack[strlen(stack) - 1] == ';')
				strcat(stack, "z");
		}
		add(&p, stack, 1);
		line[i] = strdup(stack);
	}
	qsort(line, N, sizeof *line, compare_lines);
	text = folded(&p);
	s = text;
	for (size_t i = 0; i < N; i++) {
		size_t len = strlen(line[i]);

		if (i && strcmp(line[i], line[i - 1]) == 0)
			continue;
		ck_assert_int_eq(strncmp(s, line[i], len), 0);
		ck_assert_int_eq(s[len], ' ');
		s = strchr(s, '\n') + 1;
		n++;
	}
	ck_assert_int_eq(*s, '\0');
	ck_assert_uint_gt(n, 500);
	for (size_t i = 0; i < N; i++)
		free(line[i]);
	free(text);
	profile_free(&p);
}
END_TEST

START_TEST(nodes_without_samples_below_write_nothing)
{
	struct profile p = { 0 };
	char *text;

	add(&p, "a;b;c;d", 0);
	add(&p, "a;b;x", 1);
	add(&p, "m;n", 0);
	add(&p, "z", 2);
	text = folded(&p);
	ck_assert_str_eq(text, "a;b;x 1\nz 2\n");
	free(text);
	profile_free(&p);
}
END_TEST

START_TEST(a_sum_that_would_overflow_is_refused_whole)
{
	struct profile p = { 0 };
	uint32_t node;

	add(&p, "a", UINT64_MAX - 1);
	node = stacktab_push(&p.stacks, 0, intern_add(&p.names, "b", 1));
	ck_assert(!profile_count(&p, node, 2));
	ck_assert_uint_eq(p.stacks.node[node].count, 0);
	ck_assert_uint_eq(p.samples, UINT64_MAX - 1);
	ck_assert(profile_count(&p, node, 1));
	profile_free(&p);
}
END_TEST

START_TEST(truncated_counts_samples_with_that_frame)
{
	struct profile p = { 0 };

	add(&p, "a;[truncated];b;c", 3);
	add(&p, "a;[truncated]", 4);
	add(&p, "a;b", 5);
	add(&p, "c;a;[truncated];[truncated]", 6);
	ck_assert_uint_eq(profile_truncated(&p), 13);
	profile_free(&p);
}
END_TEST

START_TEST(recursion_counts_once_in_a_total)
{
	struct profile p = { 0 };
	struct profile_sum *sum;
	size_t n;

	add(&p, "m;f;f;g;f", 1);
	add(&p, "m;f;g", 2);
	add(&p, "m;g;f", 4);
	add(&p, "m;never", 0);
	n = profile_sums(&p, &sum);
	ck_assert_uint_eq(n, 3);
	ck_assert_str_eq(intern_str(&p.names, sum[0].name), "f");
	ck_assert(sum[0].self == 5 && sum[0].total == 7);
	ck_assert_str_eq(intern_str(&p.names, sum[1].name), "g");
	ck_assert(sum[1].self == 2 && sum[1].total == 7);
	ck_assert_str_eq(intern_str(&p.names, sum[2].name), "m");
	ck_assert(sum[2].self == 0 && sum[2].total == 7);
	free(sum);
	profile_free(&p);
}
END_TEST

START_TEST(sums_are_ordered_by_self_total_and_name)
{
	static const char *const want[] = { "c", "a", "b", "m", "n" };
	struct profile p = { 0 };
	struct profile_sum *sum;

	add(&p, "n;b", 2);
	add(&p, "m;a", 2);
	add(&p, "m;c", 3);
	ck_assert_uint_eq(profile_sums(&p, &sum), GP_COUNT(want));
	for (size_t i = 0; i < GP_COUNT(want); i++)
		ck_assert_str_eq(intern_str(&p.names, sum[i].name), want[i]);
	free(sum);
	profile_free(&p);
}
END_TEST

START_TEST(depth_needs_no_stack)
{
	struct profile p = { 0 };
	struct profile_sum *sum;
	uint32_t node = 0, name = intern_add(&p.names, "f", 1);
	char *text;

	for (int i = 0; i < 1000000; i++)
		node = stacktab_push(&p.stacks, node, name);
	ck_assert(profile_count(&p, node, 1));
	text = folded(&p);
	ck_assert_uint_eq(strlen(text), 2 * 1000000 - 1 + 3);
	ck_assert_uint_eq(profile_sums(&p, &sum), 1);
	ck_assert(sum[0].self == 1 && sum[0].total == 1);
	free(sum);
	free(text);
	profile_free(&p);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("profile");
	TCase *t = tcase_create("profile");

	tcase_add_test(t, an_empty_profile_is_no_text);
	tcase_add_test(t, stacks_are_merged_and_in_the_order_of_their_bytes);
	tcase_add_test(t, a_mark_tells_names_apart_and_is_no_text);
	tcase_add_test(t, the_order_is_that_of_sorted_text);
	tcase_add_test(t, nodes_without_samples_below_write_nothing);
	tcase_add_test(t, a_sum_that_would_overflow_is_refused_whole);
	tcase_add_test(t, truncated_counts_samples_with_that_frame);
	tcase_add_test(t, recursion_counts_once_in_a_total);
	tcase_add_test(t, sums_are_ordered_by_self_total_and_name);
	tcase_add_test(t, depth_needs_no_stack);
	suite_add_tcase(s, t);
	return s;
}
