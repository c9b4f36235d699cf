/* Delivery with a server, a clock and a chance that are made up. */
#include <check.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diag.h"
#include "ship/deliver.h"

#define SECOND ((uint64_t)1000000000)

/* retry */

START_TEST(statuses_mean_what_the_table_says)
{
	static const struct {
		long status;
		enum retry_verdict v;
	} t[] = {
		{ 200, RETRY_DONE }, { 204, RETRY_DONE }, { 299, RETRY_DONE },
		{ 301, RETRY_REFUSE }, { 308, RETRY_REFUSE },
		{ 400, RETRY_REJECT }, { 401, RETRY_REFUSE },
		{ 403, RETRY_REFUSE }, { 404, RETRY_REFUSE },
		{ 405, RETRY_REFUSE }, { 407, RETRY_REFUSE },
		{ 408, RETRY_LATER }, { 409, RETRY_REJECT },
		{ 410, RETRY_REFUSE }, { 411, RETRY_REJECT },
		{ 413, RETRY_REJECT }, { 415, RETRY_REJECT },
		{ 421, RETRY_REFUSE }, { 422, RETRY_REJECT },
		{ 429, RETRY_LATER }, { 500, RETRY_REJECT },
		{ 501, RETRY_REJECT }, { 502, RETRY_LATER },
		{ 503, RETRY_LATER }, { 504, RETRY_LATER },
		{ 505, RETRY_REJECT }, { 599, RETRY_REJECT },
	};

	for (size_t i = 0; i < GP_COUNT(t); i++)
		ck_assert_msg(retry_judge(t[i].status) == t[i].v,
		    "status %ld", t[i].status);
}
END_TEST

START_TEST(backoff_doubles_up_to_a_minute)
{
	static const uint64_t most[] = { 1, 2, 4, 8, 16, 32, 60, 60, 60 };

	for (unsigned n = 0; n < GP_COUNT(most); n++) {
		/* The range is closed: both ends can come out. */
		ck_assert_uint_eq(retry_delay_ns(n, 0, 0), 0);
		ck_assert_uint_eq(retry_delay_ns(n, 0, most[n] * SECOND),
		    most[n] * SECOND);
		ck_assert_uint_eq(retry_delay_ns(n, 0, most[n] * SECOND + 1), 0);
		ck_assert_uint_le(retry_delay_ns(n, 0, UINT64_MAX),
		    most[n] * SECOND);
	}
	ck_assert_uint_le(retry_delay_ns(UINT32_MAX, 0, UINT64_MAX),
	    60 * SECOND);
}
END_TEST

START_TEST(the_server_s_wish_comes_first_within_reason)
{
	ck_assert_uint_eq(retry_delay_ns(0, 7, 12345), 7 * SECOND);
	ck_assert_uint_eq(retry_delay_ns(9, 1, 12345), 1 * SECOND);
	ck_assert_uint_eq(retry_delay_ns(0, 300, 1), 300 * SECOND);
	ck_assert_uint_eq(retry_delay_ns(0, UINT64_MAX, 1), 300 * SECOND);
}
END_TEST

/* A world in which sleeping takes no time. */

struct world {
	uint64_t now_ns;
	uint64_t slept_ns;
	unsigned sleeps;
};

static uint64_t
now_ns(void *ctx)
{
	return ((struct world *)ctx)->now_ns;
}

static time_t
day_time(void *ctx)
{
	return (time_t)(1000 + ((struct world *)ctx)->now_ns / SECOND);
}

static void
sleep_ns(void *ctx, uint64_t ns)
{
	struct world *w = ctx;

	w->now_ns += ns;
	w->slept_ns += ns;
	w->sleeps++;
}

static uint64_t
no_chance(void *ctx)
{
	(void)ctx;
	return SECOND / 2;
}

/* A server that has its answers from a list; the last one repeats. */

struct fake {
	struct target target;
	struct world *world;
	struct spool *late; /* gets a bundle while the first one is sent */
	const enum retry_verdict *says;
	size_t n, calls;
	uint64_t after_s, takes_ns, timeout_ns;
	char ids[16][SPOOL_ID_MAX];
};

static struct world world;
static struct fake fake;
static struct spool spool;
static char dir[64];

static void
add_bundle(time_t t, char id_digit)
{
	char id[SPOOL_ID_MAX];

	memset(id, id_digit, sizeof id - 1);
	id[sizeof id - 1] = '\0';
	ck_assert_int_eq(spool_begin(&spool), 0);
	ck_assert_int_eq(file_write_all(spool.file.fd, "x", 1), 0);
	ck_assert_int_eq(spool_commit(&spool, id,
	    (struct timespec){ .tv_sec = t }), 0);
}

static enum retry_verdict
fake_send(struct target *t, const struct parcel *p, uint64_t timeout_ns,
    struct answer *a)
{
	struct fake *f = (struct fake *)t;
	size_t i = f->calls < f->n ? f->calls : f->n - 1;
	char c;

	ck_assert_uint_eq(p->size, 1);
	ck_assert_int_eq(pread(p->fd, &c, 1, 0), 1);
	ck_assert_uint_gt(timeout_ns, 0);
	if (f->calls == 0 && f->late)
		add_bundle(1, 'f');
	strcpy(f->ids[f->calls % 16], p->id);
	f->calls++;
	f->timeout_ns = timeout_ns;
	f->world->now_ns += f->takes_ns;
	a->retry_after_s = f->after_s;
	buf_adds(&a->why, "why");
	buf_adds(&a->text, "text");
	return f->says[i];
}

static void
set_up(void)
{
	world = (struct world){ 0 };
	fake = (struct fake){ .calls = 0 };
	strcpy(dir, "/tmp/gp-deliver.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(spool_open(&spool, dir, (struct bound_sum){ 0 }), 0);
	diag_set_verbosity(-1);
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void
tear_down(void)
{
	spool_close(&spool);
	nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static struct deliver_result
run(const enum retry_verdict *says, size_t n, uint64_t retries,
    uint64_t max_time_ns)
{
	const struct deliver_env env = { .now_ns = now_ns, .time = day_time,
		.sleep_ns = sleep_ns, .random = no_chance, .ctx = &world };
	const struct deliver_limits limits = { .retries = retries,
		.max_time_ns = max_time_ns };
	struct deliver_result r = { 0 };

	fake.target = (struct target){ .name = "fake", .send = fake_send };
	fake.world = &world;
	fake.says = says;
	fake.n = n;
	fake.calls = 0;
	deliver(&spool, &fake.target, &limits, &env, &r);
	buf_free(&r.why);
	return r;
}

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

	spool_set_not_before(&spool, day_time(&world) + 100);
	r = run(done, 1, 5, SECOND);
	ck_assert_int_eq(r.end, DELIVER_ALL);
}
END_TEST

START_TEST(a_busy_sender_is_told_from_one_that_is_done)
{
	struct spool other;
	struct deliver_result r;

	ck_assert_int_eq(spool_open(&other, dir, (struct bound_sum){ 0 }), 0);
	ck_assert_int_eq(spool_lock(&other), 0);
	r = run(done, 1, 5, SECOND);
	ck_assert_int_eq(r.end, DELIVER_ALL);
	add_bundle(10, '1');
	r = run(done, 1, 5, SECOND);
	ck_assert_int_eq(r.end, DELIVER_BUSY);
	ck_assert_uint_eq(r.waiting, 1);
	spool_close(&other);
	r = run(done, 1, 5, SECOND);
	ck_assert_int_eq(r.end, DELIVER_ALL);
	ck_assert_uint_eq(r.sent, 1);
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
	snprintf(path, sizeof path, "%s/rejected", dir);
	ck_assert_int_eq(rmdir(path), 0);
	r = run((const enum retry_verdict[]){ RETRY_REJECT }, 1, 5, SECOND);
	ck_assert_int_eq(r.end, DELIVER_EIO);
	ck_assert_uint_eq(fake.calls, 1);
	ck_assert_uint_eq(r.waiting, 1);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("deliver");
	TCase *rules = tcase_create("retry"), *t = tcase_create("deliver");

	tcase_add_test(rules, statuses_mean_what_the_table_says);
	tcase_add_test(rules, backoff_doubles_up_to_a_minute);
	tcase_add_test(rules, the_server_s_wish_comes_first_within_reason);
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, an_empty_spool_is_all_sent);
	tcase_add_test(t, the_oldest_goes_first);
	tcase_add_test(t, what_comes_while_sending_is_sent_too);
	tcase_add_test(t, attempts_end_and_nothing_overtakes);
	tcase_add_test(t, attempts_are_counted_for_each_bundle);
	tcase_add_test(t, time_is_never_overrun);
	tcase_add_test(t, no_time_is_no_attempt);
	tcase_add_test(t, a_wish_beyond_the_time_is_kept_for_the_next_run);
	tcase_add_test(t, a_wish_with_nothing_to_send_is_none);
	tcase_add_test(t, a_busy_sender_is_told_from_one_that_is_done);
	tcase_add_test(t, one_that_is_rejected_does_not_stop_the_others);
	tcase_add_test(t, a_target_that_refuses_us_gets_no_more);
	tcase_add_test(t, a_spool_that_cannot_be_emptied_ends_it);
	suite_add_tcase(s, rules);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	SRunner *r = srunner_create(suite());
	int failed;

	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
