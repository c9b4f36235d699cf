/*
 * The gate on simulated benchmarks: how often it fails where nothing changed,
 * and how often it finds what did.
 *
 * A program has FUNCTIONS functions whose costs fall like 1/rank. A run takes
 * about so many samples; each function's are Poisson about its cost, which
 * itself differs from run to run by some percent, as machines do. Seeds are
 * fixed, so the outcome is, too.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/gp-diff/gate.c"
#include "cmd/gp-diff/report.c"
#include "cmd/gp-diff/rules.c"
#include "cmd/gp-diff/sentence.c"
#include "suite.h"

enum { FUNCTIONS = 60, HOT = 1, TRIALS = 200 };

static uint64_t seed;

static uint64_t
random_u64(void)
{
	uint64_t z = seed += 0x9e3779b97f4a7c15; /* splitmix64 */

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static double
random_unit(void)
{
	return ((double)(random_u64() >> 11) + 0.5) / 9007199254740992.0;
}

static double
random_normal(void)
{
	return sqrt(-2 * log(random_unit())) *
	    cos(6.283185307179586 * random_unit());
}

static uint64_t
random_poisson(double mean)
{
	double p = exp(-mean), sum = p, u = random_unit();
	uint64_t k = 0;

	if (mean > 50)
		return (uint64_t)fmax(0, round(mean + sqrt(mean) *
		    random_normal()));
	while (u > sum && k < 1000) {
		p *= mean / (double)++k;
		sum += p;
	}
	return k;
}

/* A fifth of the time is f1's; main calls them all. slower: of f1's cost. */
static void
add_run(struct compare *c, enum compare_side side, double samples,
    double noise, double slower)
{
	struct profile p = { 0 };
	uint32_t main_node, node;
	double cost[FUNCTIONS], sum = 0;
	char name[16];

	for (int i = 0; i < FUNCTIONS; i++) {
		cost[i] = i == HOT ? 0 : 1.0 / (i + 2);
		sum += cost[i];
	}
	cost[HOT] = sum / 4;
	sum += cost[HOT];
	cost[HOT] *= slower;
	main_node = stacktab_push(&p.stacks, 0, intern_add(&p.names, "main", 4));
	for (int i = 0; i < FUNCTIONS; i++) {
		double mean = samples * cost[i] / sum *
		    exp(noise * random_normal());
		int len = snprintf(name, sizeof name, "f%d", i);

		node = stacktab_push(&p.stacks, main_node,
		    intern_add(&p.names, name, (size_t)len));
		if (!profile_count(&p, node, random_poisson(mean)))
			abort();
	}
	if (!compare_add(c, &p, side))
		abort();
	profile_free(&p);
}

struct plan {
	const char *rule;
	size_t runs; /* a side */
	double samples, noise, slower;
	double min_change;
};

static enum verdict
try(const struct plan *plan, uint32_t *needed)
{
	struct compare c = { 0 };
	struct rules rules = { 0 };
	struct report r = {
		.compare = &c, .rules = &rules, .shares = true,
		.alpha = 0.05, .floor = 0.005, .min_runs = 3,
		.min_change = plan->min_change,
	};

	if (rules_add(&rules, plan->rule))
		abort();
	for (size_t i = 0; i < plan->runs; i++)
		add_run(&c, COMPARE_BASE, plan->samples, plan->noise, 1);
	for (size_t i = 0; i < plan->runs; i++)
		add_run(&c, COMPARE_NEW, plan->samples, plan->noise,
		    plan->slower);
	report_make(&r);
	if (needed)
		*needed = r.runs_needed;
	report_free(&r);
	rules_free(&rules);
	compare_free(&c);
	return r.verdict;
}

static int
count(const struct plan *plan, enum verdict v, uint64_t start)
{
	int n = 0;

	seed = start;
	for (int i = 0; i < TRIALS; i++)
		n += try(plan, NULL) == v;
	return n;
}

/* Where nothing changed; of all frames, and of one. Without a limit or a least
 * change to help, what is left is the statistics: 5 % at most. */
static const struct plan nothing[] = {
	{ "5%", 3, 3500, 0.02, 1, -1 },
	{ "5%", 5, 3500, 0.02, 1, -1 },
	{ "5%", 5, 3500, 0.10, 1, -1 },
	{ "0%", 3, 3500, 0.00, 1, 0 },
	{ "0%", 5, 3500, 0.02, 1, 0 },
	{ "0%", 10, 20000, 0.05, 1, 0 },
	{ "frame~^f1$|0%", 5, 3500, 0.02, 1, 0 },
	{ "frame~^f1$|0%", 10, 20000, 0.05, 1, 0 },
};

START_TEST(nothing_changed_and_the_gate_rarely_fails)
{
	int failed = count(&nothing[_i], VERDICT_FAIL, 11);
	/* Three standard errors above the rate that is stated. */
	double most = TRIALS * 0.05 + 3 * sqrt(TRIALS * 0.05 * 0.95);

	ck_assert_msg(failed <= (int)most, "%d of %d", failed, TRIALS);
}
END_TEST

/* The numbers of runs that gp-diff(1) tells. */
static const struct plan slower[] = {
	{ "frame~^f1$|2%", 10, 20000, 0.02, 1.05, -1 },
	{ "frame~^f1$|5%", 5, 3500, 0.02, 1.20, -1 },
	{ "5%", 5, 3500, 0.02, 1.30, -1 },
	{ "5%", 10, 3500, 0.02, 1.20, -1 },
};

START_TEST(a_regression_is_found_nine_times_of_ten)
{
	int failed = count(&slower[_i], VERDICT_FAIL, 23);

	ck_assert_msg(failed >= TRIALS * 9 / 10, "%d of %d", failed, TRIALS);
}
END_TEST

START_TEST(enough_samples_and_no_change_pass)
{
	const struct plan plan = { "frame~^f1$|5%", 10, 20000, 0.02, 1, -1 };
	int passed = count(&plan, VERDICT_PASS, 31);

	ck_assert_msg(passed >= TRIALS * 9 / 10, "%d of %d", passed, TRIALS);
}
END_TEST

START_TEST(a_regression_never_passes_for_want_of_samples)
{
	const struct plan plan = { "frame~^f1$|5%", 3, 150, 0.02, 1.3, -1 };
	int passed = count(&plan, VERDICT_PASS, 41);

	ck_assert_msg(passed <= TRIALS / 20, "%d of %d", passed, TRIALS);
	ck_assert(count(&plan, VERDICT_OPEN, 41) > TRIALS / 2);
}
END_TEST

static int
by_size(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* One set of runs may mislead, so it is the middle of what many say. */
START_TEST(as_many_runs_as_it_says_decide)
{
	struct plan plan = { "frame~^f1$|5%", 3, 1000, 0.02, 1, -1 };
	uint32_t needed[TRIALS];
	size_t open = 0;
	int decided;

	seed = 53;
	for (int i = 0; i < TRIALS; i++) {
		if (try(&plan, &needed[open]) != VERDICT_OPEN)
			continue;
		ck_assert_uint_gt(needed[open], 3);
		open++;
	}
	ck_assert_uint_gt(open, TRIALS / 2);
	qsort(needed, open, sizeof *needed, by_size);
	plan.runs = needed[open / 2];
	ck_assert_uint_lt(plan.runs, 200);
	decided = TRIALS - count(&plan, VERDICT_OPEN, 59);
	ck_assert_msg(decided >= TRIALS * 3 / 4, "%d of %d with %zu runs",
	    decided, TRIALS, plan.runs);
}
END_TEST

START_TEST(too_few_runs_decide_nothing)
{
	const struct plan plan = { "5%", 2, 20000, 0.02, 3, -1 };

	ck_assert_int_eq(count(&plan, VERDICT_OPEN, 61), TRIALS);
}
END_TEST

START_TEST(a_rule_that_names_nothing_decides_nothing)
{
	const struct plan plan = { "frame~^g1$|5%", 5, 3500, 0.02, 1, -1 };

	ck_assert_int_eq(count(&plan, VERDICT_OPEN, 67), TRIALS);
}
END_TEST

static const struct {
	const char *text;
	double limit;
	bool re, points;
} good[] = {
	{ "5%", 0.05, false, false },
	{ "0.5 %", 0.005, false, false },
	{ "2pp", 0.02, false, true },
	{ "frame~^app::|3%", 0.03, true, false },
	{ "frame~a|b|3%", 0.03, true, false },
	{ "frame~|10%", 0.10, true, false },
};

START_TEST(rules_are_read)
{
	struct rules r = { 0 };

	ck_assert_ptr_null(rules_add(&r, good[_i].text));
	ck_assert(fabs(r.v[0].limit - good[_i].limit) < 1e-12);
	ck_assert(r.v[0].has_re == good[_i].re);
	ck_assert(r.v[0].points == good[_i].points);
	rules_free(&r);
}
END_TEST

static const char *const bad[] = {
	"", "5", "%", "-5%", "5%%", "pp", "1e99%", "nan%", "0x5%", "inf%",
	"frame~x", "frame~(|5%", "frame~x|", "frame~x|5", "frame^x|5%", "5% ",
};

START_TEST(wrong_rules_are_refused)
{
	struct rules r = { 0 };

	ck_assert_ptr_nonnull(rules_add(&r, bad[_i]));
	ck_assert_uint_eq(r.n, 0);
	rules_free(&r);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("gate");
	TCase *t = tcase_create("gate");

	tcase_set_timeout(t, 0);
	tcase_add_loop_test(t, nothing_changed_and_the_gate_rarely_fails, 0,
	    sizeof nothing / sizeof *nothing);
	tcase_add_loop_test(t, a_regression_is_found_nine_times_of_ten, 0,
	    sizeof slower / sizeof *slower);
	tcase_add_test(t, enough_samples_and_no_change_pass);
	tcase_add_test(t, a_regression_never_passes_for_want_of_samples);
	tcase_add_test(t, as_many_runs_as_it_says_decide);
	tcase_add_test(t, too_few_runs_decide_nothing);
	tcase_add_test(t, a_rule_that_names_nothing_decides_nothing);
	tcase_add_loop_test(t, rules_are_read, 0, sizeof good / sizeof *good);
	tcase_add_loop_test(t, wrong_rules_are_refused, 0,
	    sizeof bad / sizeof *bad);
	suite_add_tcase(s, t);
	return s;
}
