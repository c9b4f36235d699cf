#include "profile/reading.h"

#include <check.h>
#include <stdlib.h>

#include "suite.h"
#include "tests/unit/reads.h"

static const struct {
	const char *wanted, *event;
	enum reading_choice choice;
} events[] = {
	{ NULL, "cycles:u", READING_TAKE },
	{ NULL, "cycles", READING_TAKE },
	{ NULL, "cycles:ppp", READING_TAKE },
	{ NULL, "cycles:x", READING_SKIP },
	{ NULL, "instructions", READING_SKIP },
	{ NULL, "", READING_TAKE },
	{ "cycles", "cycles:u", READING_TAKE },
	{ "cycles:u", "cycles:u", READING_TAKE },
	{ "cycles:u", "cycles", READING_SKIP },
	{ "cycles:u", "cycles:k", READING_SKIP },
	{ "sched:sched_switch", "sched:sched_switch", READING_TAKE },
	{ "sched", "sched:sched_switch", READING_SKIP },
	{ "all", "anything", READING_HEAD },
};

/* Whatever came first was cycles:k. */
START_TEST(modifiers_make_no_other_event)
{
	struct reads t;
	uint32_t head;

	reads_begin(&t);
	t.r.opt.event = events[_i].wanted;
	reading_event(&t.r, "cycles:k", 8, &head);
	ck_assert_int_eq(reading_event(&t.r, events[_i].event,
	    strlen(events[_i].event), &head), events[_i].choice);
	reads_expect(&t, "");
}
END_TEST

START_TEST(what_is_skipped_is_counted_as_left_out)
{
	struct reads t;

	reads_begin(&t);
	reading_skipped(&t.r, 5);
	reading_skipped(&t.r, UINT64_MAX);
	ck_assert_uint_eq(t.r.skipped, 2);
	ck_assert_uint_eq(t.r.other_events, UINT64_MAX);
	ck_assert_uint_eq(t.fold.filtered, UINT64_MAX);
	reads_expect(&t, "");
}
END_TEST

START_TEST(frames_turn_around_behind_the_heads)
{
	struct reads t;

	reads_begin(&t);
	for (int even = 0; even < 2; even++) {
		reading_begin(&t.r);
		reading_add(&t.r, fold_process(&t.fold, "sh", 2, 7, -1));
		if (even)
			reading_add_text(&t.r, "d", 1);
		reading_add_text(&t.r, "c", 1);
		reading_add_text(&t.r, "b", 1);
		reading_add_text(&t.r, "a", 1);
		reading_reverse(&t.r, 1);
		reading_count(&t.r, 1, 1);
	}
	ck_assert_uint_eq(t.r.good, 2);
	reads_expect(&t, "sh;a;b;c 1\nsh;a;b;c;d 1\n");
}
END_TEST

START_TEST(a_stack_without_frames_is_unknown)
{
	struct reads t;

	reads_begin(&t);
	reading_begin(&t.r);
	reading_count(&t.r, 0, 3);
	reads_expect(&t, "[unknown] 3\n");
}
END_TEST

START_TEST(a_stack_has_a_bound)
{
	struct reads t;

	reads_begin(&t);
	reading_begin(&t.r);
	for (int i = 0; i < READING_DEPTH_MAX + 2; i++)
		reading_add_text(&t.r, "a", 1);
	reading_count(&t.r, 0, 3);
	ck_assert_uint_eq(t.r.bad, 1);
	ck_assert_uint_eq(t.r.good, 0);
	reads_expect(&t, "");
}
END_TEST

START_TEST(sums_that_are_too_large_are_told_and_not_counted)
{
	struct reads t;

	reads_begin(&t);
	for (int i = 0; i < 2; i++) {
		reading_begin(&t.r);
		reading_add_text(&t.r, "a", 1);
		reading_count(&t.r, 0, UINT64_MAX);
	}
	ck_assert_uint_eq(t.r.good, 2);
	reads_expect(&t, "a 18446744073709551615\n");
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("reading");
	TCase *t = tcase_create("all");

	tcase_add_loop_test(t, modifiers_make_no_other_event, 0,
	    (int)GP_COUNT(events));
	tcase_add_test(t, what_is_skipped_is_counted_as_left_out);
	tcase_add_test(t, frames_turn_around_behind_the_heads);
	tcase_add_test(t, a_stack_without_frames_is_unknown);
	tcase_add_test(t, a_stack_has_a_bound);
	tcase_add_test(t, sums_that_are_too_large_are_told_and_not_counted);
	suite_add_tcase(s, t);
	return s;
}
