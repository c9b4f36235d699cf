/* Delivery: order, attempts, time, pieces, and what is kept for the next run. */
#include "deliver_world.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>

#include "suite.h"

static const enum retry_verdict done[] = { RETRY_DONE };
static const enum retry_verdict later[] = { RETRY_LATER };

START_TEST(an_empty_spool_is_all_sent)
{
	struct deliver_result r = run(done, 1, 5, SECOND);

	ck_assert_int_eq(r.end, DELIVER_ALL);
	ck_assert_uint_eq(fake.calls, 0);
}
END_TEST

START_TEST(the_oldest_goes_first)
{
	struct deliver_result r;

	add_bundle(30, '3');
	add_bundle(10, '1');
	add_bundle(20, '2');
	r = run(done, 1, 5, SECOND);
	ck_assert_int_eq(r.end, DELIVER_ALL);
	ck_assert_uint_eq(r.sent, 3);
	ck_assert_uint_eq(r.waiting, 0);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(fake.ids[i][0], '1' + i);
}
END_TEST

START_TEST(what_comes_while_sending_is_sent_too)
{
	struct deliver_result r;

	add_bundle(10, '1');
	fake.late = &spool;
	r = run(done, 1, 5, SECOND);
	ck_assert_int_eq(r.end, DELIVER_ALL);
	ck_assert_uint_eq(r.sent, 2);
}
END_TEST

START_TEST(attempts_end_and_nothing_overtakes)
{
	struct deliver_result r;

	add_bundle(10, '1');
	add_bundle(20, '2');
	r = run(later, 1, 3, 1000 * SECOND);
	ck_assert_int_eq(r.end, DELIVER_LATER);
	ck_assert_uint_eq(fake.calls, 4);
	ck_assert_uint_eq(world.sleeps, 3);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(fake.ids[i][0], '1');
	ck_assert_uint_eq(r.waiting, 2);
}
END_TEST

START_TEST(attempts_are_counted_for_each_bundle)
{
	static const enum retry_verdict says[] = { RETRY_LATER, RETRY_LATER,
		RETRY_DONE, RETRY_LATER, RETRY_LATER, RETRY_DONE };
	struct deliver_result r;

	add_bundle(10, '1');
	add_bundle(20, '2');
	r = run(says, GP_COUNT(says), 2, 1000 * SECOND);
	ck_assert_int_eq(r.end, DELIVER_ALL);
	ck_assert_uint_eq(r.sent, 2);
}
END_TEST

START_TEST(time_is_never_overrun)
{
	struct deliver_result r;

	add_bundle(10, '1');
	fake.takes_ns = SECOND;
	r = run(later, 1, UINT64_MAX, 10 * SECOND);
	ck_assert_int_eq(r.end, DELIVER_LATER);
	/* Each attempt is told what is left; the last may use it up. */
	ck_assert_uint_le(world.now_ns, 11 * SECOND);
	ck_assert_uint_le(fake.timeout_ns, 10 * SECOND);
	ck_assert_uint_ge(fake.calls, 6);
}
END_TEST

START_TEST(no_time_is_no_attempt)
{
	struct deliver_result r;

	add_bundle(10, '1');
	r = run(done, 1, 5, 0);
	ck_assert_int_eq(r.end, DELIVER_LATER);
	ck_assert_uint_eq(fake.calls, 0);
	ck_assert_uint_eq(r.waiting, 1);
}
END_TEST

START_TEST(a_wish_beyond_the_time_is_kept_for_the_next_run)
{
	struct deliver_result r;

	add_bundle(10, '1');
	fake.after_s = 120;
	r = run(later, 1, 5, 30 * SECOND);
	ck_assert_int_eq(r.end, DELIVER_LATER);
	ck_assert_uint_eq(world.sleeps, 0);
	ck_assert_uint_eq(fake.calls, 1);
	world.now_ns += 60 * SECOND;
	r = run(done, 1, 5, 30 * SECOND);
	ck_assert_int_eq(r.end, DELIVER_LATER);
	ck_assert_uint_eq(fake.calls, 0);
	ck_assert_uint_eq(r.waiting, 1);
	world.now_ns += 61 * SECOND;
	r = run(done, 1, 5, 30 * SECOND);
	ck_assert_int_eq(r.end, DELIVER_ALL);
	ck_assert_uint_eq(r.sent, 1);
}
END_TEST

START_TEST(a_wish_with_nothing_to_send_is_none)
{
	struct deliver_result r;

	add_bundle(10, '1');
	fake.after_s = 120;
	run(later, 1, 0, SECOND);
	ck_assert_int_eq(queue_done(&(struct queue){ .spool = &spool,
	    .name = "fake" }, "19700101T000010.000Z-"
	    "11111111111111111111111111111111"), 0);
	r = run(done, 1, 5, SECOND);
	ck_assert_int_eq(r.end, DELIVER_ALL);
}
END_TEST

START_TEST(a_clock_put_back_is_no_reason_to_wait)
{
	struct deliver_result r;

	add_bundle(10, '1');
	world.now_ns = 100000 * SECOND;
	fake.after_s = 120;
	run(later, 1, 0, SECOND);
	world.now_ns = 0;
	r = run(done, 1, 0, SECOND);
	ck_assert_int_eq(r.end, DELIVER_ALL);
	ck_assert_uint_eq(world.sleeps, 0);
}
END_TEST

START_TEST(backoff_goes_on_in_the_next_run)
{
	uint64_t before = 0;
	struct deliver_result r;

	add_bundle(10, '1');
	chance = some_chance;
	/* A run a second, each with one attempt: ever fewer of them try. */
	for (int i = 0; i < 1000; i++) {
		r = run(later, 1, 0, SECOND / 2);
		ck_assert_int_eq(r.end, DELIVER_LATER);
		if (fake.calls == 0)
			ck_assert_ptr_nonnull(strstr(fake.why, "not again for"));
		before += fake.calls;
		world.now_ns += SECOND;
	}
	/* 60 s at most and 30 on average between two, once it has got there. */
	ck_assert_uint_ge(before, 1000 / 60);
	ck_assert_uint_le(before, 120);
	r = run(done, 1, 0, 61 * SECOND);
	ck_assert_int_eq(r.end, DELIVER_ALL);
}
END_TEST

/* A timer that sends a profile a minute, and a network that is away for one
 * hour of three. */
START_TEST(an_hour_without_network_loses_and_reorders_nothing)
{
	uint64_t sent = 0, attempts = 0, most = 0, wait = 0;
	char id[SPOOL_ID_MAX], last[SPOOL_ID_MAX] = "";
	struct deliver_result r;

	chance = some_chance;
	for (unsigned minute = 0; minute < 180; minute++) {
		bool down = minute >= 60 && minute < 120;

		snprintf(id, sizeof id, "%032x", minute);
		add_id(100000 + (time_t)minute * 60, id);
		world.now_ns = (uint64_t)minute * 60 * SECOND;
		r = run(down ? later : done, 1, 5, 30 * SECOND);
		if (down || minute < 60)
			ck_assert_int_eq(r.end,
			    down ? DELIVER_LATER : DELIVER_ALL);
		sent += r.sent;
		attempts += down ? fake.calls : 0;
		/* In order, within a run and from one to the next. */
		for (size_t i = 0; i < fake.calls && i < 16 && !down; i++) {
			size_t at = fake.calls < 16 ? i : (fake.calls + i) % 16;

			ck_assert_str_gt(fake.ids[at], last);
			strcpy(last, fake.ids[at]);
		}
		if (r.waiting > most)
			most = r.waiting;
		if (minute >= 120 && r.waiting)
			wait = minute - 119;
		ck_assert_uint_le(world.now_ns,
		    ((uint64_t)minute * 60 + 31) * SECOND);
	}
	ck_assert_uint_eq(sent, 180);
	ck_assert_uint_eq(most, 60);
	/* Backoff of a minute at most, and 30 s to wait it out. */
	ck_assert_uint_le(wait, 2);
	ck_assert_uint_ge(attempts, 60 / 2);
	ck_assert_uint_le(attempts, 60 * 6);
	/* The other one was dead all the time. */
	ck_assert_uint_eq(waiting_for("other"), 180);
}
END_TEST

START_TEST(a_busy_sender_is_told_from_one_that_is_done)
{
	struct spool other;
	struct deliver_result r;
	struct queue q;

	ck_assert_int_eq(spool_open(&other, dir, (struct bound_sum){ 0 }), 0);
	ck_assert_int_eq(queue_open(&q, &other, "fake"), 0);
	ck_assert_int_eq(queue_lock(&q), 0);
	r = run(done, 1, 5, SECOND);
	ck_assert_int_eq(r.end, DELIVER_ALL);
	add_bundle(10, '1');
	r = run(done, 1, 5, SECOND);
	ck_assert_int_eq(r.end, DELIVER_BUSY);
	ck_assert_uint_eq(r.waiting, 1);
	queue_close(&q);
	spool_close(&other);
	r = run(done, 1, 5, SECOND);
	ck_assert_int_eq(r.end, DELIVER_ALL);
	ck_assert_uint_eq(r.sent, 1);
}
END_TEST

START_TEST(what_one_target_has_got_waits_for_the_other)
{
	struct bound_names l = { 0 };
	struct deliver_result r;

	add_bundle(10, '1');
	r = run(done, 1, 5, SECOND);
	ck_assert_uint_eq(r.sent, 1);
	ck_assert_uint_eq(waiting_for("fake"), 0);
	ck_assert_uint_eq(waiting_for("other"), 1);
	ck_assert_int_eq(queue_done(&(struct queue){ .spool = &spool,
	    .name = "other" }, "19700101T000010.000Z-"
	    "11111111111111111111111111111111"), 0);
	ck_assert_int_eq(spool_list(&spool, &l), 0);
	ck_assert_uint_eq(l.n, 0);
	ck_assert(spool_knows(&spool, "11111111111111111111111111111111"));
	ck_assert(!spool_knows(&spool, "11111111111111111111111111111112"));
	bound_names_free(&l);
}
END_TEST

START_TEST(pieces_go_on_where_they_stopped)
{
	static const enum retry_verdict says[] = { RETRY_DONE, RETRY_DONE,
		RETRY_LATER, RETRY_DONE };
	struct deliver_result r;

	add_bundle(10, '1');
	fake.pieces = 4;
	r = run(says, GP_COUNT(says), 0, SECOND);
	ck_assert_int_eq(r.end, DELIVER_LATER);
	ck_assert_uint_eq(fake.calls, 3);
	ck_assert_uint_eq(fake.froms[2], 2);
	r = run(done, 1, 0, 2 * SECOND);
	ck_assert_int_eq(r.end, DELIVER_ALL);
	ck_assert_uint_eq(fake.calls, 2);
	ck_assert_uint_eq(fake.froms[0], 2);
	ck_assert_uint_eq(fake.froms[1], 3);
	ck_assert_uint_eq(r.sent, 1);
	ck_assert_uint_eq(waiting_for("fake"), 0);
}
END_TEST

START_TEST(time_that_is_up_between_pieces_is_said)
{
	struct deliver_result r;

	add_bundle(10, '1');
	fake.pieces = 4;
	fake.takes_ns = SECOND;
	r = run(done, 1, 0, SECOND);
	ck_assert_int_eq(r.end, DELIVER_LATER);
	ck_assert_uint_eq(fake.calls, 1);
	ck_assert_str_eq(fake.why, "why; time is up");
}
END_TEST

START_TEST(a_memo_comes_back_in_the_next_run)
{
	add_bundle(10, '1');
	fake.memo = "18231";
	run(done, 1, 0, SECOND);
	ck_assert_str_eq(fake.reminded, "");
	add_bundle(20, '2');
	fake.memo = NULL;
	run(done, 1, 0, SECOND);
	ck_assert_str_eq(fake.reminded, "18231");
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("deliver");
	TCase *t = tcase_create("deliver");

	tcase_add_checked_fixture(t, set_up, tear_down);
	/* Each entry is synced to the disk. */
	tcase_set_timeout(t, 120);
	tcase_add_test(t, an_empty_spool_is_all_sent);
	tcase_add_test(t, the_oldest_goes_first);
	tcase_add_test(t, what_comes_while_sending_is_sent_too);
	tcase_add_test(t, attempts_end_and_nothing_overtakes);
	tcase_add_test(t, attempts_are_counted_for_each_bundle);
	tcase_add_test(t, time_is_never_overrun);
	tcase_add_test(t, no_time_is_no_attempt);
	tcase_add_test(t, a_wish_beyond_the_time_is_kept_for_the_next_run);
	tcase_add_test(t, a_wish_with_nothing_to_send_is_none);
	tcase_add_test(t, a_clock_put_back_is_no_reason_to_wait);
	tcase_add_test(t, backoff_goes_on_in_the_next_run);
	tcase_add_test(t, an_hour_without_network_loses_and_reorders_nothing);
	tcase_add_test(t, a_busy_sender_is_told_from_one_that_is_done);
	tcase_add_test(t, what_one_target_has_got_waits_for_the_other);
	tcase_add_test(t, pieces_go_on_where_they_stopped);
	tcase_add_test(t, time_that_is_up_between_pieces_is_said);
	tcase_add_test(t, a_memo_comes_back_in_the_next_run);
	suite_add_tcase(s, t);
	return s;
}
