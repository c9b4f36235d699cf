/* targets.h: which processes are looked into for what a dead one had. */
#include "cmd/gp-symbolize/targets.c"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "suite.h"

/* Above the largest pid that Linux gives. */
enum { DEAD = 1 << 22 };

enum { LIVING = TARGETS_RELATIVES_MAX + 2 };

static struct targets t;
static pid_t child[LIVING];

static void
setup(void)
{
	for (int i = 0; i < LIVING; i++) {
		child[i] = fork();
		ck_assert_int_ge(child[i], 0);
		if (child[i] == 0)
			for (;;)
				pause();
	}
}

static void
teardown(void)
{
	for (int i = 0; i < LIVING; i++) {
		kill(child[i], SIGKILL);
		waitpid(child[i], NULL, 0);
	}
	targets_free(&t);
}

/* Add a process; its target. */
static uint32_t
add(long pid, const char *container)
{
	char s[128];
	struct record r = { 0 };
	int n = snprintf(s, sizeof s, "#process pid=%ld comm=x%s%s", pid,
	    container ? " container=" : "", container ? container : "");

	ck_assert(record_parse(&r, s, (size_t)n));
	ck_assert(targets_add(&t, &r));
	record_free(&r);
	return t.n - 1;
}

/* The pid of the next one that a search opens; 0: none. */
static pid_t
next(struct targets_search *s, uint32_t target)
{
	struct proc p;
	pid_t pid;

	if (!targets_open_relative(&t, target, s, &p))
		return 0;
	pid = (pid_t)p.pid;
	ck_assert_int_eq(pid, t.v[s->last].pid);
	proc_done(&p);
	return pid;
}

START_TEST(the_living_are_found_behind_any_number_of_dead)
{
	struct targets_search s = { 0 }, again = { 0 };
	uint32_t of = 0;

	(void)add(child[0], "c1");
	for (int i = 0; i < 100; i++)
		of = add(DEAD + i, "c1");
	(void)add(child[1], "c2");
	(void)add(child[2], NULL);
	ck_assert_int_eq(next(&s, of), child[0]);
	ck_assert_int_eq(next(&s, of), 0);
	/* Each of the dead was looked for only once. */
	for (uint32_t i = 1; i < of; i++)
		ck_assert(t.v[i].gone);
	ck_assert_int_eq(next(&again, of), child[0]);
}
END_TEST

START_TEST(a_search_looks_into_a_few_of_the_living_the_newest_first)
{
	struct targets_search s = { 0 };
	uint32_t of = add(DEAD, "c1");

	for (int i = 0; i < LIVING; i++)
		(void)add(child[i], "c1");
	for (int i = 0; i < TARGETS_RELATIVES_MAX; i++)
		ck_assert_int_eq(next(&s, of), child[LIVING - 1 - i]);
	ck_assert_int_eq(next(&s, of), 0);
	ck_assert_int_eq(next(&s, of), 0);
}
END_TEST

START_TEST(a_search_passes_by_a_bounded_number_of_the_dead)
{
	struct targets_search s = { 0 }, again = { 0 };
	uint32_t of = 0;

	(void)add(child[0], "c1");
	(void)add(child[1], "c1");
	for (int i = 0; i < TARGETS_LOOKED_AT_MAX - 1; i++)
		of = add(DEAD + i, "c1");
	ck_assert_int_eq(next(&s, of), child[1]);
	ck_assert_int_eq(next(&s, of), 0);
	of = add(DEAD + TARGETS_LOOKED_AT_MAX, "c1");
	ck_assert_int_eq(next(&again, of), 0);
}
END_TEST

START_TEST(processes_of_a_stream_before_are_no_relatives)
{
	struct targets_search s = { 0 };
	uint32_t of;

	(void)add(child[0], "c1");
	targets_reset(&t);
	of = add(DEAD, "c1");
	ck_assert_int_eq(next(&s, of), 0);
}
END_TEST

START_TEST(what_ended_while_the_stream_came_is_gone)
{
	uint32_t target = add(child[0], NULL);
	struct proc p;

	ck_assert(targets_open(&t, target, &p));
	proc_done(&p);
	kill(child[0], SIGKILL);
	ck_assert_int_eq(waitpid(child[0], NULL, 0), child[0]);
	ck_assert(!targets_open(&t, target, &p));
	ck_assert(!targets_open(&t, target, &p));
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("targets");
	TCase *c = tcase_create("targets");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, the_living_are_found_behind_any_number_of_dead);
	tcase_add_test(c,
	    a_search_looks_into_a_few_of_the_living_the_newest_first);
	tcase_add_test(c, a_search_passes_by_a_bounded_number_of_the_dead);
	tcase_add_test(c, processes_of_a_stream_before_are_no_relatives);
	tcase_add_test(c, what_ended_while_the_stream_came_is_gone);
	suite_add_tcase(s, c);
	return s;
}
