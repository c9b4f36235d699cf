/*
 * Unit tests of gp-heartbeat's worker.c: when it gives a session up, how long it
 * waits, and what comes at a bad moment. Time is made up, and gp-run is a child
 * that waits to be told.
 */
#include <check.h>
#include <signal.h>
#include <time.h>

#include "cmd/gp-heartbeat/journal.h"

static int fake_clock(clockid_t clock, struct timespec *t);
static int fake_wait(const sigset_t *set, siginfo_t *info,
    const struct timespec *t);
static pid_t fake_fork(void);
static void close_and_more(struct journal *j);

#include "cmd/gp-heartbeat/alone.c"
#include "cmd/gp-heartbeat/journal.c"
#include "cmd/gp-heartbeat/journalplain.c"
#include "cmd/gp-heartbeat/journaltext.c"
#define clock_gettime fake_clock
#define sigtimedwait fake_wait
#define fork fake_fork
#define journal_close close_and_more
#define now_s worker_now_s
#include "cmd/gp-heartbeat/worker.c"
#undef clock_gettime
#undef fork
#undef journal_close
#include "suite.h"
#include "temp_dir.h"

static const char session[] = "00000000-0000-4000-8000-000000000001";
static const char other[] = "00000000-0000-4000-8000-000000000002";

static struct worker_options o;
static struct worker w;
static struct timespec now;
static unsigned ticks;
static pid_t child;
static void (*at_tick)(void), (*at_close)(void); /* once */

size_t
inventory_processes(void)
{
	return 0;
}

static int
fake_clock(clockid_t clock, struct timespec *t)
{
	(void)clock;
	*t = now;
	return 0;
}

static void
happen(void (**what)(void))
{
	void (*f)(void) = *what;

	*what = NULL;
	if (f)
		f();
}

/* Nobody sends a signal; half a second has passed, unless a child needs real
 * time. */
static int
fake_wait(const sigset_t *set, siginfo_t *info, const struct timespec *t)
{
	(void)set;
	(void)info;
	ck_assert_int_eq(t->tv_sec, 0);
	if (child) {
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
		return -1;
	}
	now.tv_nsec += t->tv_nsec;
	now.tv_sec += now.tv_nsec / 1000000000;
	now.tv_nsec %= 1000000000;
	ticks++;
	happen(&at_tick);
	return -1;
}

/* A gp-run that works until it is told to end, not for ever. check(3) has handlers,
 * which kill more than this: until they are gone it hears nothing. */
static pid_t
fake_fork(void)
{
	sigset_t all, before;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	child = fork();
	if (child == 0) {
		signal(SIGTERM, SIG_DFL);
		signal(SIGALRM, SIG_DFL);
		alarm(60);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	while (child == 0)
		pause();
	return child;
}

static void
close_and_more(struct journal *j)
{
	journal_close(j);
	happen(&at_close);
}

/* The journal, at the hands of a poll. */
static void
open_it(struct journal *j)
{
	char why[256];

	ck_assert_int_eq(journal_open(j, dir, why, sizeof why), JOURNAL_OK);
}

static void
save_it(struct journal *j)
{
	ck_assert_int_eq(journal_save(j), 0);
	journal_close(j);
}

static void
add(const char *id, enum command_kind kind, bool continuous)
{
	struct journal j;
	struct command *c;

	open_it(&j);
	c = journal_add(&j, id, 1000);
	c->kind = kind;
	c->continuous = continuous;
	c->duration_s = 60;
	c->frequency = 11;
	journal_apply(&j, c, 1000);
	save_it(&j);
}

static void
add_single_run(void)
{
	add(other, COMMAND_START, false);
}

static void
add_stop(void)
{
	add(other, COMMAND_STOP, false);
}

static struct command
find(const char *id)
{
	struct journal j;
	struct command c;

	open_it(&j);
	ck_assert_ptr_nonnull(journal_find(&j, id));
	c = *journal_find(&j, id);
	journal_close(&j);
	return c;
}

/* A cycle that ends with an exit status; whether the session has ended. */
static bool
cycle(int status)
{
	struct command run;
	bool failed;

	ck_assert_int_eq(take(&w, &run), EX_OK);
	ck_assert(run.continuous);
	ck_assert_int_eq(finish(&w, status << 8, &failed), EX_OK);
	return find(w.id).state != COMMAND_RUNNING;
}

static void
set_up(void)
{
	temp_dir_begin();
	o = (struct worker_options){ .dir = dir, .bindir = dir };
	w = (struct worker){ .o = &o };
	sigemptyset(&w.signals);
	diag_set_verbosity(-1);
}

static void
tear_down(void)
{
	temp_dir_end();
}

/* when a session is given up */

static const struct {
	int status;
	unsigned cycles; /* in a row that end it; 0: any number does not */
} ends[] = {
	{ EX_OK, 0 }, { 1, 0 }, { EX_TEMPFAIL, 0 }, { EX_DATAERR, 0 },
	{ EX_OSERR, 0 }, { EX_NOINPUT, 0 },
	/* What a server's 401 or 404 comes to, a token file that is half
	 * written, and a gp-run that is being installed. */
	{ EX_UNAVAILABLE, DOOMED_MAX }, { EX_CONFIG, DOOMED_MAX },
	{ 127, DOOMED_MAX },
	{ EX_USAGE, 1 }, { EX_NOPERM, 1 },
};

START_TEST(a_session_ends_after_so_many_cycles)
{
	const unsigned n = ends[_i].cycles;

	add(session, COMMAND_START, true);
	for (unsigned i = 1; i < (n ? n : 3 * DOOMED_MAX); i++)
		ck_assert(!cycle(ends[_i].status));
	ck_assert(cycle(ends[_i].status) == (n > 0));
	ck_assert(find(session).failed == (n > 0));
}
END_TEST

START_TEST(a_cycle_that_works_begins_the_count_anew)
{
	add(session, COMMAND_START, true);
	for (unsigned i = 0; i < 3 * DOOMED_MAX; i++)
		ck_assert(!cycle(i % DOOMED_MAX ? EX_UNAVAILABLE : EX_OK));
	ck_assert(cycle(EX_UNAVAILABLE));
}
END_TEST

START_TEST(so_does_another_session)
{
	add(session, COMMAND_START, true);
	for (unsigned i = 1; i < DOOMED_MAX; i++)
		ck_assert(!cycle(EX_CONFIG));
	add(other, COMMAND_START, true);
	for (unsigned i = 1; i < DOOMED_MAX; i++)
		ck_assert(!cycle(EX_CONFIG));
	ck_assert_str_eq(w.id, other);
	ck_assert(cycle(EX_CONFIG));
}
END_TEST

/* how long it waits */

START_TEST(after_a_bad_cycle_there_is_a_pause)
{
	add(session, COMMAND_START, true);
	ck_assert(!cycle(EX_UNAVAILABLE));
	pause_session(&w);
	ck_assert_int_eq(now.tv_sec, PAUSE_S);
}
END_TEST

START_TEST(none_after_a_session_that_has_ended)
{
	add(session, COMMAND_START, true);
	ck_assert(cycle(EX_USAGE));
	pause_session(&w);
	ck_assert_uint_eq(ticks, 0);
}
END_TEST

START_TEST(a_single_run_or_a_stop_ends_a_pause)
{
	add(session, COMMAND_START, true);
	ck_assert(!cycle(EX_UNAVAILABLE));
	at_tick = _i ? add_stop : add_single_run;
	pause_session(&w);
	ck_assert_uint_eq(ticks, 1);
}
END_TEST

/* what comes at a bad moment */

START_TEST(a_stop_right_after_a_run_was_taken_is_seen)
{
	add(session, COMMAND_START, _i);
	at_close = add_stop;
	ck_assert_int_eq(work(&w), EX_OK);
	ck_assert_int_eq(find(session).state, COMMAND_ENDED);
	ck_assert(!find(session).failed);
	ck_assert_int_eq(find(other).state, COMMAND_ENDED);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("worker");
	TCase *t = tcase_create("worker");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, a_session_ends_after_so_many_cycles, 0,
	    GP_COUNT(ends));
	tcase_add_test(t, a_cycle_that_works_begins_the_count_anew);
	tcase_add_test(t, so_does_another_session);
	tcase_add_test(t, after_a_bad_cycle_there_is_a_pause);
	tcase_add_test(t, none_after_a_session_that_has_ended);
	tcase_add_loop_test(t, a_single_run_or_a_stop_ends_a_pause, 0, 2);
	tcase_add_loop_test(t, a_stop_right_after_a_run_was_taken_is_seen, 0,
	    2);
	suite_add_tcase(s, t);
	return s;
}
