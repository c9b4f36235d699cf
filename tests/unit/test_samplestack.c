/* What becomes of a sample's stack: native frames, rescues, and where it ends. */
#include "samplestack_world.h"
#include "suite.h"

START_TEST(user_frames_stand_between_the_thread_and_the_kernel)
{
	uint32_t node = node_of("ij", "abc", UNWIND_END);

	ck_assert_str_eq(stack_of("ij", "abc", UNWIND_END), "0:cba/j-i");
	ck_assert_str_eq(stack_of("", "abc", UNWIND_END), "0:cba");
	ck_assert_str_eq(stack_of("i", "", SAMPLE_NO_USER), "0:/i");
	ck_assert_uint_eq(node_of("ij", "abc", UNWIND_END), node);
	table.per_thread = true;
	ck_assert_str_eq(stack_of("i", "a", UNWIND_END), "9:a/i");
	ck_assert_uint_eq(table.ends[UNWIND_END], 5);
	ck_assert_uint_eq(table.truncated, 0);
	ck_assert_uint_eq(table.rescued, 0);
	/* That a sample is counted is another's. */
	ck_assert_uint_eq(process.stacks.node[node].count, 0);
}
END_TEST

static const int unfinished[] = {
	UNWIND_NO_RULE, UNWIND_READ_FAILED, UNWIND_NO_PROGRESS, UNWIND_LOST,
	UNWIND_TOO_DEEP, SAMPLE_COMPAT,
};

START_TEST(a_walk_that_did_not_end_is_truncated)
{
	int status = unfinished[_i];

	ck_assert_str_eq(stack_of("i", "ab", status), "0:!ba/i");
	ck_assert_uint_eq(table.truncated, 1);
	ck_assert_uint_eq(table.compat, status == SAMPLE_COMPAT);
	for (int i = 0; i < UNWIND_ENDS; i++)
		ck_assert_uint_eq(table.ends[i], i == status);
}
END_TEST

START_TEST(there_are_so_many_frames_at_most)
{
	static char user[SAMPLER_USER_MAX + 10];
	uint32_t depth = 0, node;

	memset(user, 'a', sizeof user - 1);
	node = node_of("i", user, UNWIND_TOO_DEEP);
	for (; node; node = process.stacks.node[node].parent)
		depth++;
	/* The thread, [truncated], and the kernel's. */
	ck_assert_uint_eq(depth, SAMPLER_USER_MAX + 3);
}
END_TEST

START_TEST(what_the_sampler_lacked_tables_for_is_finished)
{
	static const int lacking[] = { UNWIND_NO_MAP, UNWIND_NO_ROWS };

	with.rescue.pc = word('b');
	with.stack_bytes = 16;
	with.found = "cd";
	for (int i = 0; i < 2; i++)
		ck_assert_str_eq(stack_of("i", "ab", lacking[i]), "0:dcba/i");
	ck_assert_uint_eq(with.rescues, 2);
	ck_assert_uint_eq(table.rescued, 2);
	ck_assert_uint_eq(table.ends[UNWIND_END], 2);
	with.end = UNWIND_LOST;
	ck_assert_str_eq(stack_of("", "ab", UNWIND_NO_MAP), "0:!dcba");
	ck_assert_uint_eq(table.ends[UNWIND_LOST], 1);
	ck_assert_uint_eq(table.truncated, 1);
}
END_TEST

START_TEST(what_a_filling_ring_cuts_is_counted)
{
	with.rescue.pc = word('b');
	with.found = "cd";
	with.end = UNWIND_READ_FAILED;
	ck_assert_str_eq(stack_of("", "ab", UNWIND_NO_MAP), "0:!dcba");
	ck_assert_uint_eq(table.curtailed, 0);
	with.rescue.curtailed = 1;
	stack_of("", "ab", UNWIND_NO_MAP);
	ck_assert_uint_eq(table.curtailed, 1);
	/* It had all that it needed. */
	with.end = UNWIND_END;
	stack_of("", "ab", UNWIND_NO_MAP);
	ck_assert_uint_eq(table.curtailed, 1);
}
END_TEST

START_TEST(what_is_beyond_replaced_code_is_not_believed)
{
	struct mapping *m = map_file("/lib/b.so", 'b', 'b');

	with.found = "d";
	m->since = NOW;
	ck_assert_str_eq(stack_of("i", "abc", UNWIND_END), "0:cba/i");
	m->since = NOW + 1;
	ck_assert_str_eq(stack_of("i", "abc", UNWIND_END), "0:!ba/i");
	ck_assert_str_eq(stack_of("i", "abc", UNWIND_NO_ROWS), "0:!ba/i");
	ck_assert_uint_eq(with.rescues, 0);
	ck_assert_uint_eq(table.ends[UNWIND_NO_ROWS], 2);
	ck_assert_str_eq(stack_of("", "aca", UNWIND_END), "0:aca");
}
END_TEST

START_TEST(an_address_where_no_code_is_is_no_frame)
{
	with.end = UNWIND_NO_MAP;
	with.found = "cd";
	ck_assert_str_eq(stack_of("i", "ab", UNWIND_NO_ROWS), "0:!cba/i");
	/* The first one, in the kernel: between two programs. Else it is all there is. */
	with.found = "";
	ck_assert_str_eq(stack_of("i", "a", UNWIND_NO_ROWS), "0:/i");
	ck_assert_uint_eq(table.truncated, 1);
	ck_assert_str_eq(stack_of("", "a", UNWIND_NO_ROWS), "0:!a");
	/* As long as not all is known, it may be one. */
	process.space.known = false;
	with.found = "cd";
	ck_assert_str_eq(stack_of("i", "ab", UNWIND_NO_ROWS), "0:!dcba/i");
}
END_TEST

START_TEST(in_exec_there_is_no_user_stack)
{
	/* In a system call, and the stack it came from is not there. */
	with.end = UNWIND_READ_FAILED;
	with.rescue.pc = with.rescue.reg[RCX] = word('a');
	with.rescue.reg[UNWIND_RSP] = with.rescue.from = RSP;
	ck_assert_str_eq(stack_of("i", "a", UNWIND_NO_ROWS), "0:/i");
	ck_assert_uint_eq(table.truncated, 0);
	/* Not with more frames, in no system call, or with a stack. */
	ck_assert_str_eq(stack_of("i", "ab", UNWIND_NO_ROWS), "0:!ba/i");
	ck_assert_str_eq(stack_of("", "a", UNWIND_NO_ROWS), "0:!a");
	with.rescue.reg[RCX]++;
	ck_assert_str_eq(stack_of("i", "a", UNWIND_NO_ROWS), "0:!a/i");
	with.rescue.reg[RCX]--;
	with.stack_bytes = 16;
	ck_assert_str_eq(stack_of("i", "a", UNWIND_NO_ROWS), "0:!a/i");

	/* The new program's, at the same addresses, with nothing on it. */
	with.end = UNWIND_END;
	ck_assert_str_eq(stack_of("i", "a", UNWIND_NO_ROWS), "0:a/i");
	with.rescue.reg[UNWIND_RAX] = (uint64_t)-ENOSYS;
	ck_assert_str_eq(stack_of("i", "a", UNWIND_NO_ROWS), "0:/i");
	with.stack[0] = 1;
	ck_assert_str_eq(stack_of("i", "a", UNWIND_NO_ROWS), "0:a/i");
}
END_TEST

START_TEST(a_process_is_installed_when_its_tables_are_missed_twice)
{
	stack_of("", "a", UNWIND_NO_ROWS);
	stack_of("", "a", UNWIND_NO_ROWS);
	ck_assert(!process.space.installed);
	with.image = IMAGE + 1;
	stack_of("", "a", UNWIND_NO_ROWS);
	with.image = IMAGE;
	stack_of("", "a", UNWIND_NO_ROWS);
	/* One that was walked by them lacks none. */
	stack_of("", "a", UNWIND_END);
	ck_assert(!process.space.installed);
	ck_assert_uint_eq(maps, 0);
	stack_of("", "a", UNWIND_NO_ROWS);
	ck_assert(process.space.installed);
	ck_assert_uint_eq(maps, 1);
	ck_assert_uint_eq(opened, 0);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("samplestack");
	TCase *t = tcase_create("samplestack");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, user_frames_stand_between_the_thread_and_the_kernel);
	tcase_add_loop_test(t, a_walk_that_did_not_end_is_truncated, 0,
	    GP_COUNT(unfinished));
	tcase_add_test(t, there_are_so_many_frames_at_most);
	tcase_add_test(t, what_the_sampler_lacked_tables_for_is_finished);
	tcase_add_test(t, what_a_filling_ring_cuts_is_counted);
	tcase_add_test(t, what_is_beyond_replaced_code_is_not_believed);
	tcase_add_test(t, an_address_where_no_code_is_is_no_frame);
	tcase_add_test(t, in_exec_there_is_no_user_stack);
	tcase_add_test(t, a_process_is_installed_when_its_tables_are_missed_twice);
	suite_add_tcase(s, t);
	return s;
}
