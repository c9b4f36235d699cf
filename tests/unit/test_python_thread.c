/* How a thread's states are found, in made-up memory. */
#include "python_memory.h"

#include <check.h>

#include "suite.h"

/* As 3.12's, by hand. */
static const struct python_layout by_hand = {
	.thread_next = 8, .thread_id = 136, .thread_frame = 56, .has_cframe = 1,
};

/* Interpreters at 64 and 128; states of this thread at 1024 and 4096. */
START_TEST(a_thread_has_a_state_in_each_interpreter)
{
	struct python_layout l = by_hand;
	struct python_state s = { .more = PYTHON_UNTRIED };
	uint64_t self = AT + 8192;
	int found = 0;

	l.interp = AT + 32;
	l.interp_next = 0;
	l.interp_threads = 8;
	clear();
	put(l.interp, AT + 64, 8);
	ck_assert(python_is_single(&l, NULL));
	put(AT + 64, AT + 128, 8);
	ck_assert(!python_is_single(&l, NULL));
	put(AT + 64 + 8, AT + 512, 8);
	put(AT + 512 + l.thread_next, AT + 1024, 8);
	put(AT + 512 + l.thread_id, 7, 8);
	put(AT + 128 + 8, AT + 4096, 8);
	for (uint64_t ts = AT + 1024; ts <= AT + 4096; ts += 3072) {
		put(ts + l.thread_id, self, 8);
		put(ts + l.thread_frame, ts + 256, 8);
		put(ts + 256, ts + 512, 8);
	}
	for (int i = 0; i < 16 && !found; i++)
		found = python_search_step(&l, &s, self, NULL);
	ck_assert_int_eq(found, 1);
	ck_assert_uint_eq(s.next, AT + 1024 + 512);
	found = 0;
	for (int i = 0; i < 16 && !found; i++)
		found = python_search_step(&l, &s, self, NULL);
	ck_assert_int_eq(found, 1);
	ck_assert_uint_eq(s.next, AT + 4096 + 512);
	found = 0;
	for (int i = 0; i < 16 && !found; i++)
		found = python_search_step(&l, &s, self, NULL);
	ck_assert_int_eq(found, -1);
	ck_assert_uint_eq(s.more, PYTHON_NO_MORE);
}
END_TEST

/* A layout with a made key at 64, and this thread's state at 2048. */
static struct python_layout
put_key(uint64_t self, uint64_t key)
{
	struct python_layout l = by_hand;

	l.key = AT + 64;
	clear();
	put(l.key, 1, 4);
	put(l.key + 4, key, 4);
	put(AT + 2048 + l.thread_id, self, 8);
	return l;
}

START_TEST(a_key_leads_to_this_threads_state_only)
{
	uint64_t self = AT + 8192;
	struct python_layout l = put_key(self, 3);

	put(self + 784 + 3 * 16 + 8, AT + 2048, 8);
	put(AT + 2048 + l.thread_id, 7, 8);
	ck_assert_uint_eq(python_bound_thread(&l, self, NULL), 0);
	put(AT + 2048 + l.thread_id, self, 8);
	ck_assert_uint_eq(python_bound_thread(&l, self, NULL), AT + 2048);
	put(l.key, 0, 4); /* not made yet */
	ck_assert_uint_eq(python_bound_thread(&l, self, NULL), 0);
	put(l.key, 1, 4);
	put(l.key + 4, PYTHON_GLIBC_KEYS, 4);
	ck_assert_uint_eq(python_bound_thread(&l, self, NULL), 0);
	l.bare_key = 1;
	put(l.key, 3, 4);
	ck_assert_uint_eq(python_bound_thread(&l, self, NULL), AT + 2048);
}
END_TEST

START_TEST(keys_behind_the_first_block_are_found)
{
	uint64_t self = AT + 8192;
	struct python_layout l = put_key(self, 70);

	ck_assert_uint_eq(python_bound_thread(&l, self, NULL), 0);
	put(self + 1296 + 2 * 8, AT + 4096, 8); /* the block of 64 to 95 */
	ck_assert_uint_eq(python_bound_thread(&l, self, NULL), 0);
	put(AT + 4096 + 6 * 16 + 8, AT + 2048, 8);
	ck_assert_uint_eq(python_bound_thread(&l, self, NULL), AT + 2048);
}
END_TEST

START_TEST(musl_has_its_values_elsewhere)
{
	uint64_t self = AT + 8192;
	struct python_layout l = put_key(self, 5);

	put(self + 128, AT + 4096, 8);
	ck_assert_uint_eq(python_bound_thread(&l, self, NULL), 0);
	put(AT + 4096 + 5 * 8, AT + 2048, 8);
	ck_assert_uint_eq(python_bound_thread(&l, self, NULL), AT + 2048);
	/* Whatever it is where glibc has its own. */
	put(self + 784 + 5 * 16 + 8, AT + 3072, 8);
	ck_assert_uint_eq(python_bound_thread(&l, self, NULL), AT + 2048);
	put(l.key + 4, PYTHON_MUSL_KEYS, 4);
	ck_assert_uint_eq(python_bound_thread(&l, self, NULL), 0);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("python_thread");
	TCase *t = tcase_create("python_thread");

	suite_add_tcase(s, t);
	tcase_add_test(t, a_thread_has_a_state_in_each_interpreter);
	tcase_add_test(t, a_key_leads_to_this_threads_state_only);
	tcase_add_test(t, keys_behind_the_first_block_are_found);
	tcase_add_test(t, musl_has_its_values_elsewhere);
	return s;
}
