/* Delivery with a server, a clock and a chance that are made up. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "ship/deliver.h"
#include "ship/trim.h"

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
	uint64_t pieces;    /* how many it takes a bundle in; 0: one */
	uint64_t froms[16]; /* where each piece began */
	const char *memo;   /* what it wants to be reminded of */
	char reminded[STATE_MEMO_MAX];
	bool dies;          /* in prepare */
	enum retry_verdict prepares;
	char why[64];
};

static uint64_t (*chance)(void *ctx); /* NULL: none */
static struct world world;
static struct fake fake;
static struct spool spool;
static char dir[64];

/* For two targets, of which the second is another's. */
static void
add_id(time_t t, const char *id)
{
	static const char *const targets[] = { "fake", "other" };

	ck_assert_int_eq(spool_begin(&spool), 0);
	ck_assert_int_eq(file_write_all(spool.fd, "x", 1), 0);
	ck_assert_int_eq(spool_commit(&spool, id,
	    (struct timespec){ .tv_sec = t }, targets, 2), 0);
}

static void
add_bundle(time_t t, char id_digit)
{
	char id[SPOOL_ID_MAX];

	memset(id, id_digit, sizeof id - 1);
	id[sizeof id - 1] = '\0';
	add_id(t, id);
}

static uint64_t
waiting_for(const char *target)
{
	struct queue q;
	uint64_t n;

	ck_assert_int_eq(queue_open(&q, &spool, target), 0);
	n = queue_count(&q);
	queue_close(&q);
	return n;
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
	f->froms[f->calls % 16] = p->from;
	memcpy(f->reminded, t->memo, sizeof f->reminded);
	if (f->memo)
		state_set(t->memo, sizeof t->memo, f->memo);
	f->calls++;
	f->timeout_ns = timeout_ns;
	f->world->now_ns += f->takes_ns;
	a->retry_after_s = f->after_s;
	a->bytes = p->size;
	if (f->says[i] == RETRY_DONE && p->from + 1 < f->pieces)
		a->next = p->from + 1;
	buf_adds(&a->why, "why");
	buf_adds(&a->text, "text");
	return f->says[i];
}

static enum retry_verdict
fake_prepare(struct target *t, const struct parcel *p, struct answer *a)
{
	struct fake *f = (struct fake *)t;

	(void)p;
	if (f->dies)
		_exit(0);
	buf_adds(&a->why, "unprepared");
	return f->prepares;
}

static void
set_up(void)
{
	world = (struct world){ 0 };
	fake = (struct fake){ .calls = 0 };
	chance = NULL;
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

/* What a day's worth of jitter is made of. */
static uint64_t
some_chance(void *ctx)
{
	struct world *w = ctx;

	return (w->now_ns ^ w->sleeps) * 0x9e3779b97f4a7c15u;
}

static struct deliver_result
run(const enum retry_verdict *says, size_t n, uint64_t retries,
    uint64_t max_time_ns)
{
	const struct deliver_env env = { .now_ns = now_ns, .time = day_time,
		.sleep_ns = sleep_ns, .random = chance ? chance : no_chance,
		.ctx = &world };
	const struct deliver_limits limits = { .retries = retries,
		.max_time_ns = max_time_ns };
	struct deliver_result r = { 0 };
	struct queue q;

	fake.target = (struct target){ .name = "fake", .send = fake_send };
	if (fake.dies || fake.prepares)
		fake.target.prepare = fake_prepare;
	fake.world = &world;
	fake.says = says;
	fake.n = n;
	fake.calls = 0;
	ck_assert_int_eq(queue_open(&q, &spool, "fake"), 0);
	deliver(&q, &fake.target, &limits, &env, &r);
	queue_close(&q);
	snprintf(fake.why, sizeof fake.why, "%s", buf_str(&r.why));
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

static Suite *
suite(void)
{
	Suite *s = suite_create("deliver");
	TCase *rules = tcase_create("retry"), *t = tcase_create("deliver");

	tcase_add_test(rules, statuses_mean_what_the_table_says);
	tcase_add_test(rules, backoff_doubles_up_to_a_minute);
	tcase_add_test(rules, the_server_s_wish_comes_first_within_reason);
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
	tcase_add_test(t, what_one_target_has_got_waits_for_the_other);
	tcase_add_test(t, pieces_go_on_where_they_stopped);
	tcase_add_test(t, a_memo_comes_back_in_the_next_run);
	tcase_add_test(t, a_bundle_that_kills_is_given_up);
	tcase_add_test(t, the_oldest_is_dropped_and_counted_for_those_who_lack_it);
	tcase_add_test(t, a_busy_sender_is_told_from_one_that_is_done);
	tcase_add_test(t, one_that_is_rejected_does_not_stop_the_others);
	tcase_add_test(t, a_target_that_refuses_us_gets_no_more);
	tcase_add_test(t, a_target_that_cannot_be_asked_leaves_all_where_it_is);
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
