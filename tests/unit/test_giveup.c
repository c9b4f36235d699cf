/* Delivery: what is moved aside, dropped, or left where it is. */
#include "deliver_world.h"

#include <fcntl.h>
#include <sys/wait.h>

#include "ship/trim.h"
#include "suite.h"

static const enum retry_verdict done[] = { RETRY_DONE };

START_TEST(a_bundle_that_kills_is_given_up)
{
	struct deliver_result r;
	int w;

	add_bundle(10, '1');
	add_bundle(20, '2');
	for (int i = 0; i < DELIVER_DEATHS_MAX; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			fake.dies = true;
			run(done, 1, 5, SECOND);
			_exit(1);
		}
		ck_assert_int_eq(waitpid(pid, &w, 0), pid);
		ck_assert_int_eq(w, 0);
	}
	fake.prepares = RETRY_REJECT;
	r = run(done, 1, 5, SECOND);
	/* The first for its deaths, the second for what prepare said. */
	ck_assert_int_eq(r.end, DELIVER_ALL);
	ck_assert_uint_eq(r.rejected, 2);
	ck_assert_uint_eq(fake.calls, 0);
	ck_assert_uint_eq(waiting_for("fake"), 0);
	ck_assert_uint_eq(waiting_for("other"), 2);
}
END_TEST

static uint64_t told;

static void
tell(void *ctx, const char *entry, const char *target)
{
	(void)entry;
	ck_assert_str_eq(ctx, "ctx");
	told += strcmp(target, "other") == 0 ? 100 : 1;
}

START_TEST(the_oldest_is_dropped_and_counted_for_those_who_lack_it)
{
	struct queue q;

	for (int i = 1; i <= 3; i++)
		add_bundle(i, (char)('0' + i));
	ck_assert_int_eq(queue_open(&q, &spool, "other"), 0);
	ck_assert_int_eq(queue_done(&(struct queue){ .spool = &spool,
	    .name = "fake" }, "19700101T000001.000Z-"
	    "11111111111111111111111111111111"), 0);
	spool.max.files = 1;
	told = 0;
	ck_assert_int_eq(trim_spool(&spool, tell, (char[]){ "ctx" }), 0);
	ck_assert_uint_eq(told, 201);
	ck_assert_uint_eq(trim_dropped(q.dirfd), 2);
	queue_close(&q);
	ck_assert_uint_eq(waiting_for("fake"), 1);
	ck_assert_uint_eq(waiting_for("other"), 1);
	spool.max.files = 0;
}
END_TEST

START_TEST(one_that_is_rejected_does_not_stop_the_others)
{
	static const enum retry_verdict says[] = { RETRY_DONE, RETRY_REJECT,
		RETRY_DONE };
	uint64_t said = diag_count(DIAG_UPLOAD_REJECTED);
	struct deliver_result r;

	for (char c = '1'; c <= '3'; c++)
		add_bundle(c, c);
	r = run(says, GP_COUNT(says), 5, SECOND);
	ck_assert_int_eq(r.end, DELIVER_ALL);
	ck_assert_uint_eq(r.sent, 2);
	ck_assert_uint_eq(r.rejected, 1);
	ck_assert_uint_eq(r.waiting, 0);
	ck_assert_uint_eq(diag_count(DIAG_UPLOAD_REJECTED), said + 1);
}
END_TEST

START_TEST(a_target_that_refuses_us_gets_no_more)
{
	static const enum retry_verdict says[] = { RETRY_DONE, RETRY_REFUSE };
	struct deliver_result r;

	for (char c = '1'; c <= '3'; c++)
		add_bundle(c, c);
	r = run(says, GP_COUNT(says), 5, SECOND);
	ck_assert_int_eq(r.end, DELIVER_REFUSED);
	ck_assert_uint_eq(fake.calls, 2);
	ck_assert_uint_eq(r.waiting, 1);
	ck_assert_uint_eq(r.rejected, 1);
	ck_assert_str_eq(fake.why, "why");
}
END_TEST

START_TEST(a_target_that_cannot_be_asked_leaves_all_where_it_is)
{
	static const enum retry_verdict says[] = { RETRY_DONE, RETRY_BROKEN };
	struct deliver_result r;

	for (char c = '1'; c <= '3'; c++)
		add_bundle(c, c);
	r = run(says, GP_COUNT(says), 5, SECOND);
	ck_assert_int_eq(r.end, DELIVER_REFUSED);
	ck_assert_uint_eq(fake.calls, 2);
	ck_assert_uint_eq(r.waiting, 2);
	ck_assert_uint_eq(r.rejected, 0);
}
END_TEST

START_TEST(a_spool_that_cannot_be_emptied_ends_it)
{
	struct deliver_result r;
	char path[128];

	add_bundle(10, '1');
	/* Nothing can be moved to where a file is in the folder's place. */
	snprintf(path, sizeof path, "%s/to/fake", dir);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	snprintf(path, sizeof path, "%s/to/fake/rejected", dir);
	close(open(path, O_CREAT | O_WRONLY, 0600));
	r = run((const enum retry_verdict[]){ RETRY_REJECT }, 1, 5, SECOND);
	ck_assert_int_eq(r.end, DELIVER_EIO);
	ck_assert_uint_eq(fake.calls, 1);
	ck_assert_uint_eq(r.waiting, 1);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("giveup");
	TCase *t = tcase_create("giveup");

	tcase_add_checked_fixture(t, set_up, tear_down);
	/* Each entry is synced to the disk. */
	tcase_set_timeout(t, 120);
	tcase_add_test(t, a_bundle_that_kills_is_given_up);
	tcase_add_test(t, the_oldest_is_dropped_and_counted_for_those_who_lack_it);
	tcase_add_test(t, one_that_is_rejected_does_not_stop_the_others);
	tcase_add_test(t, a_target_that_refuses_us_gets_no_more);
	tcase_add_test(t, a_target_that_cannot_be_asked_leaves_all_where_it_is);
	tcase_add_test(t, a_spool_that_cannot_be_emptied_ends_it);
	suite_add_tcase(s, t);
	return s;
}
