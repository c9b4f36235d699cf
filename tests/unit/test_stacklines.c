/* The stacks of a process as lines: which, in what order, and what a frame becomes. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/gp-record/module.c"
#include "cmd/gp-record/stacklines.c"
#include "suite.h"

static struct stacklines lines;
static struct stacktab stacks;
static struct modules modules;
static struct stream_writer writer;
static char *text; /* what was written last */

static void
setup(void)
{
	struct module_key key = { .path = "/bin/x" };

	/* The fixed names are there from the first module on. */
	ck_assert_uint_eq(modules_find(&modules, &key), 0);
}

static void
teardown(void)
{
	stacklines_free(&lines);
	stacktab_free(&stacks);
	modules_free(&modules);
	free(text);
	text = NULL;
}

static uint64_t
in_module(uint64_t id, uint64_t addr)
{
	return id << 44 | addr;
}

/* What a process's stacks are written as. */
static const char *
written(const char *comm, uint32_t pid)
{
	size_t len;

	free(text);
	text = NULL;
	writer = (struct stream_writer){ .f = open_memstream(&text, &len) };
	ck_assert_ptr_nonnull(writer.f);
	stacklines_write(&lines, &stacks, &modules, comm, pid, &writer);
	ck_assert_int_eq(fclose(writer.f), 0);
	return text;
}

/* A thread's frame and one more, counted once. */
static void
count_one(uint64_t frame)
{
	uint32_t thread = stacktab_push(&stacks, 0, 0);

	stacktab_count(&stacks, stacktab_push(&stacks, thread, frame), 1);
}

START_TEST(stacks_come_in_the_order_of_their_tree)
{
	uint32_t thread = stacktab_push(&stacks, 0, 0);
	uint32_t a = stacktab_push(&stacks, thread, in_module(3, 0x1130));
	uint32_t b = stacktab_push(&stacks, a, in_module(3, 0x12f0));
	uint32_t c = stacktab_push(&stacks, thread, in_module(4, 0));
	uint32_t d = stacktab_push(&stacks, a, in_module(3, 0x11a4));
	uint32_t e = stacktab_push(&stacks, b, modules_kernel_frame(
	    0xffffffff81a0c0de));

	stacktab_count(&stacks, d, 5);
	stacktab_count(&stacks, e, 2);
	stacktab_count(&stacks, c, 7);
	stacktab_count(&stacks, b, 1);
	stacktab_count(&stacks, d, 10);
	ck_assert_str_eq(written("json", 7),
	    "json-7;$3+1130;$3+12f0 1\n"
	    "json-7;$3+1130;$3+12f0;$k+ffffffff81a0c0de 2\n"
	    "json-7;$3+1130;$3+11a4 15\n"
	    "json-7;$4+0 7\n");
	ck_assert_uint_eq(writer.lines, 4);
	ck_assert_uint_eq(writer.samples, 25);
}
END_TEST

START_TEST(what_was_not_counted_is_no_line)
{
	ck_assert_str_eq(written("sh", 7), "");
	stacktab_push(&stacks, stacktab_push(&stacks, 0, 0), in_module(1, 16));
	ck_assert_str_eq(written("sh", 7), "");
	ck_assert_uint_eq(writer.lines, 0);
	count_one(in_module(1, 16));
	stacktab_count(&stacks, stacktab_push(&stacks, 0, 0), UINT64_MAX - 1);
	ck_assert_str_eq(written("sh", 7),
	    "sh-7 18446744073709551614\nsh-7;$1+10 1\n");
}
END_TEST

START_TEST(threads_have_their_number_in_the_root)
{
	static const uint32_t tid[] = { 7, 4294967295, 8 };

	for (size_t i = 0; i < GP_COUNT(tid); i++) {
		uint32_t thread = stacktab_push(&stacks, 0, tid[i]);

		stacktab_count(&stacks, thread, 1);
		stacktab_count(&stacks,
		    stacktab_push(&stacks, thread, in_module(1, 16)), 2);
	}
	ck_assert_str_eq(written("sh", 7),
	    "sh-7/7 1\nsh-7/7;$1+10 2\n"
	    "sh-7/4294967295 1\nsh-7/4294967295;$1+10 2\n"
	    "sh-7/8 1\nsh-7/8;$1+10 2\n");
}
END_TEST

START_TEST(frames_are_what_their_words_say)
{
	static const char strange[] = "a;b\nc 7";
	uint64_t name = modules_name_frame(intern_add(&modules.names, strange,
	    sizeof strange - 1));

	count_one(in_module(262143, 0xfffffffffff));
	count_one(1ull << 62 | 0x7f0012345678);
	count_one(modules_kernel_frame(0xffffffff81000000));
	count_one(modules_name_frame(MODULE_NAME_TRUNCATED));
	count_one(modules_name_frame(MODULE_NAME_UNKNOWN));
	count_one(name);
	ck_assert_str_eq(written("node", 4242),
	    "node-4242;$262143+fffffffffff 1\n"
	    "node-4242;$j4242+7f0012345678 1\n"
	    "node-4242;$k+ffffffff81000000 1\n"
	    "node-4242;[truncated] 1\n"
	    "node-4242;[unknown] 1\n"
	    "node-4242;a:b c_7 1\n");
}
END_TEST

static const struct {
	const char *comm, *root;
} comms[] = {
	{ "sh", "sh-7" },
	{ "", "?-7" },
	{ "Web Content", "Web_Content-7" },
	{ "a;b\nc", "a:b_c-7" },
	{ "#gp", "_gp-7" },
	{ "$k+10", "_k+10-7" },
	{ "a-b", "a-b-7" },
	{ "\xff", "\xef\xbf\xbd-7" },
};

START_TEST(a_comm_is_made_one_frame_of_one_line)
{
	char want[64];

	count_one(in_module(1, 16));
	snprintf(want, sizeof want, "%s;$1+10 1\n", comms[_i].root);
	ck_assert_str_eq(written(comms[_i].comm, 7), want);
}
END_TEST

/* What is below a node, as it should be: each line made from its first frame on. */
static void
put_below(uint32_t node, struct buf *stack, struct buf *out)
{
	size_t len = stack->len;

	for (uint32_t i = 1; i < stacks.n; i++) {
		const struct stacktab_node *n = &stacks.node[i];

		if (n->parent != node)
			continue;
		if (node == 0 && n->frame)
			buf_addf(stack, "x-9/%u", (unsigned)n->frame);
		else if (node == 0)
			buf_adds(stack, "x-9");
		else
			buf_addf(stack, ";$%u+%llx", (unsigned)(n->frame >> 44),
			    n->frame & ((1ull << 44) - 1));
		if (n->count)
			buf_addf(out, "%s %u\n", stack->s, (unsigned)n->count);
		put_below(i, stack, out);
		stack->len = len;
		stack->s[len] = '\0';
	}
}

/* Too much for a message of check's: from where they differ, some of it. */
static void
compare(const char *got, const char *want)
{
	size_t i = 0;

	while (got[i] && got[i] == want[i])
		i++;
	ck_assert_msg(got[i] == want[i], "at %zu: %.70s, not %.70s", i,
	    got + i, want + i);
}

/* Some are far deeper than those before, some far less. What is kept from one
 * process to the next is memory, and nothing else. */
START_TEST(lines_are_right_however_deep)
{
	static const uint32_t nodes[] = { 40, 900, 3, 1400, 100 };
	struct buf stack = { 0 }, want = { 0 };

	srand((unsigned)_i);
	for (size_t k = 0; k < GP_COUNT(nodes); k++) {
		stacktab_reset(&stacks);
		buf_reset(&want);
		while (stacks.n < nodes[k]) {
			uint32_t back = (uint32_t)rand() % 3;
			uint32_t parent = rand() % 50 && stacks.n > back + 1 ?
			    stacks.n - 1 - back : 0;
			uint64_t frame = parent == 0 ? (uint64_t)rand() % 5 :
			    in_module(1 + (uint64_t)rand() % 9,
			    (uint64_t)rand());

			parent = stacktab_push(&stacks, parent, frame);
			stacktab_count(&stacks, parent, (uint64_t)rand() % 3);
		}
		put_below(0, &stack, &want);
		compare(written("x", 9), buf_str(&want));
	}
	buf_free(&stack);
	buf_free(&want);
}
END_TEST

START_TEST(a_stack_may_be_deeper_than_any_before)
{
	enum { DEPTH = 5000 };
	uint32_t node = stacktab_push(&stacks, 0, 0);
	struct buf want = { 0 };

	buf_adds(&want, "x-9");
	for (int i = 0; i < DEPTH; i++) {
		node = stacktab_push(&stacks, node, in_module(1, 16));
		buf_adds(&want, ";$1+10");
	}
	stacktab_count(&stacks, node, 1);
	count_one(in_module(2, 0));
	buf_adds(&want, " 1\nx-9;$2+0 1\n");
	compare(written("x", 9), want.s);
	buf_free(&want);
	stacklines_free(&lines);
	ck_assert_ptr_null(lines.end);
	ck_assert_ptr_null(lines.text.s);
	/* It is as new. */
	stacktab_reset(&stacks);
	count_one(in_module(2, 0));
	ck_assert_str_eq(written("x", 9), "x-9;$2+0 1\n");
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("stacklines");
	TCase *t = tcase_create("stacklines");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, stacks_come_in_the_order_of_their_tree);
	tcase_add_test(t, what_was_not_counted_is_no_line);
	tcase_add_test(t, threads_have_their_number_in_the_root);
	tcase_add_test(t, frames_are_what_their_words_say);
	tcase_add_loop_test(t, a_comm_is_made_one_frame_of_one_line, 0,
	    GP_COUNT(comms));
	tcase_add_loop_test(t, lines_are_right_however_deep, 0, 5);
	tcase_add_test(t, a_stack_may_be_deeper_than_any_before);
	suite_add_tcase(s, t);
	return s;
}
