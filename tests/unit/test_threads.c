#include "profile/threads.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "suite.h"

static struct fold
new_fold(void)
{
	return (struct fold){ .opt.heads = {
		.pid = true, .tid = true, .container = true, .remember = true,
	} };
}

/* A stack of one thread; the node that it ends at. */
static uint32_t
add(struct fold *f, const char *container, int64_t pid, int64_t tid,
    const char *frames, uint64_t count)
{
	uint32_t frame[8];
	size_t n = 0, heads;

	if (container)
		frame[n++] = fold_container(f, container, strlen(container));
	if (pid >= 0)
		frame[n++] = fold_process(f, "p", 1, pid, tid);
	heads = n;
	for (; *frames; frames++)
		frame[n++] = fold_frame(f, frames, 1, FRAMES_NO_MODULE);
	ck_assert_int_eq(fold_stack(f, frame, n, heads, count), 0);
	return f->last;
}

/* The frames of a thread's nodes, in their order. */
static const char *
nodes(const struct fold *f, const struct threads *x, size_t i)
{
	static char text[64];
	size_t len = 0;

	for (size_t k = 0; k < x->thread[i].n; k++) {
		uint32_t node = x->node[x->thread[i].start + k];

		ck_assert_uint_eq(x->place[node], k);
		text[len++] = *intern_str(&f->profile.names,
		    (uint32_t)f->profile.stacks.node[node].frame);
	}
	text[len] = '\0';
	return text;
}

START_TEST(nodes_are_sorted_by_thread)
{
	struct fold f = new_fold();
	struct threads x;

	add(&f, "docker:x", 7, 7, "ab", 1);
	add(&f, "docker:x", 7, 8, "ac", 2);
	add(&f, NULL, -1, -1, "z", 3);
	add(&f, "docker:x", 7, 7, "ad", 4);
	add(&f, "docker:y", 7, 7, "e", 5);
	threads_init(&x, &f, NULL);
	ck_assert_uint_eq(x.n, 4);
	ck_assert_str_eq(nodes(&f, &x, 0), "abd");
	ck_assert_str_eq(nodes(&f, &x, 1), "ac");
	ck_assert_str_eq(nodes(&f, &x, 2), "z");
	ck_assert_str_eq(nodes(&f, &x, 3), "e");
	ck_assert_uint_eq(x.thread[0].container, x.thread[1].container);
	ck_assert_uint_ne(x.thread[0].process, x.thread[1].process);
	ck_assert_uint_eq(x.thread[2].process, THREADS_NONE);
	ck_assert_uint_eq(x.thread[2].container, THREADS_NONE);
	ck_assert_uint_ne(x.thread[3].container, x.thread[0].container);
	threads_free(&x);
	fold_free(&f);
}
END_TEST

START_TEST(stacks_of_heads_alone_belong_to_their_thread)
{
	struct fold f = new_fold();
	struct threads x;
	uint32_t seven = add(&f, "docker:x", 7, 7, "", 1);
	uint32_t eight = add(&f, "docker:x", 7, 8, "", 2);
	uint32_t box;

	add(&f, "docker:x", 7, 7, "a", 3);
	box = add(&f, "docker:y", -1, -1, "", 4);
	threads_init(&x, &f, NULL);
	ck_assert_uint_eq(x.n, 3);
	for (size_t i = 0; i < 3; i++)
		ck_assert_uint_eq(x.thread[i].heads, 1);
	ck_assert_uint_eq(x.head[x.thread[0].head_start], seven);
	ck_assert_uint_eq(x.head[x.thread[1].head_start], eight);
	ck_assert_uint_eq(x.head[x.thread[2].head_start], box);
	ck_assert_uint_eq(x.place[seven], THREADS_NONE);
	ck_assert_uint_eq(x.rest[eight], 2);
	threads_free(&x);
	fold_free(&f);
}
END_TEST

START_TEST(times_are_sorted_by_thread_and_leave_the_rest)
{
	struct fold f = new_fold();
	struct timeline t = { 0 };
	struct threads x;
	uint32_t a = add(&f, NULL, 7, 7, "a", 10);
	uint32_t b = add(&f, NULL, 7, 8, "b", 10);

	timeline_at(&t, 100000000);
	timeline_add(&t, b, 1);
	timeline_add(&t, a, 2);
	timeline_at(&t, 0);
	timeline_add(&t, a, 3);
	timeline_sort(&t, NULL);
	threads_init(&x, &f, &t);
	ck_assert_uint_eq(x.thread[0].entries, 2);
	ck_assert_uint_eq(x.thread[1].entries, 1);
	ck_assert_uint_eq(t.entry[x.entry[0]].count, 3);
	ck_assert_uint_eq(t.entry[x.entry[1]].count, 2);
	ck_assert_uint_eq(t.entry[x.entry[2]].count, 1);
	ck_assert_uint_eq(x.rest[a], 5);
	ck_assert_uint_eq(x.rest[b], 9);
	threads_free(&x);
	timeline_free(&t);
	fold_free(&f);
}
END_TEST

START_TEST(each_event_has_threads_of_its_own)
{
	struct fold f = { .opt.heads = {
		.pid = true, .container = true, .remember = true, .event = true,
	} };
	struct threads x;
	uint32_t id[3];

	for (size_t i = 0; i < 2; i++) {
		id[0] = fold_event(&f, i ? "faults" : "cycles", 6);
		id[1] = fold_process(&f, "p", 1, 7, 7);
		id[2] = fold_frame(&f, "a", 1, FRAMES_NO_MODULE);
		ck_assert_int_eq(fold_stack(&f, id, 3, 2, 1), 0);
	}
	ck_assert_int_eq(fold_stack(&f, id, 1, 1, 1), 0);
	threads_init(&x, &f, NULL);
	ck_assert_uint_eq(x.n, 3);
	for (size_t i = 0; i < 3; i++) {
		ck_assert_str_eq(nodes(&f, &x, i), i == 1 ? "" : "a");
		ck_assert_uint_eq(x.thread[i].container, THREADS_NONE);
	}
	ck_assert_uint_eq(x.thread[0].event, 1);
	ck_assert_uint_eq(x.thread[2].event, 2);
	ck_assert_uint_eq(x.thread[0].process, x.thread[2].process);
	/* A stack of the event alone. */
	ck_assert_uint_eq(x.thread[1].event, 2);
	ck_assert_uint_eq(x.thread[1].process, THREADS_NONE);
	ck_assert_uint_eq(x.thread[1].heads, 1);
	threads_free(&x);
	fold_free(&f);
}
END_TEST

START_TEST(nothing_has_no_threads)
{
	struct fold f = new_fold();
	struct threads x;

	threads_init(&x, &f, NULL);
	ck_assert_uint_eq(x.n, 0);
	threads_free(&x);
	fold_free(&f);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("threads");
	TCase *t = tcase_create("all");

	tcase_add_test(t, nodes_are_sorted_by_thread);
	tcase_add_test(t, stacks_of_heads_alone_belong_to_their_thread);
	tcase_add_test(t, times_are_sorted_by_thread_and_leave_the_rest);
	tcase_add_test(t, each_event_has_threads_of_its_own);
	tcase_add_test(t, nothing_has_no_threads);
	suite_add_tcase(s, t);
	return s;
}
