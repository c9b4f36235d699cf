#include "profile/diffstat.h"

#include <check.h>
#include <math.h>

#include "suite.h"

static bool
near(double a, double b, double relative)
{
	return fabs(a - b) <= relative * fmax(fabs(a), fabs(b));
}

/* Upper tails, from printed tables of Student's t and the normal distribution. */
static const struct {
	double t, df, tail;
} tails[] = {
	{ 12.706204736, 1, 0.025 },
	{ 4.604094871, 4, 0.005 },
	{ 1.859548038, 8, 0.05 },
	{ 2.228138852, 10, 0.025 },
	{ 2.845339710, 20, 0.005 },
	{ 1.979930405, 120, 0.025 },
	{ 0, 7, 0.5 },
	{ 1.959963985, 0, 0.025 },
	{ 3.090232306, 0, 0.001 },
};

START_TEST(tails_are_those_of_tables)
{
	double tail = diffstat_tail(tails[_i].t, tails[_i].df);

	ck_assert_msg(near(tail, tails[_i].tail, 1e-6), "%g", tail);
	ck_assert(near(diffstat_tail(-tails[_i].t, tails[_i].df), 1 - tail,
	    1e-12));
}
END_TEST

START_TEST(quantiles_are_the_reverse)
{
	for (double df = 0; df < 50; df += 3)
		for (double p = 1e-9; p < 1; p = p < 0.1 ? p * 7 : p + 0.13) {
			double t = diffstat_quantile(p, df);

			ck_assert(near(diffstat_tail(t, df), p, 1e-6));
		}
}
END_TEST

START_TEST(holm_multiplies_by_how_many_are_left)
{
	double p[] = { 0.01, 0.04, 0.03, 0.005 };
	const double want[] = { 0.03, 0.06, 0.06, 0.02 };
	double big[] = { 0.9, 0.8 };

	diffstat_holm(p, 4);
	for (int i = 0; i < 4; i++)
		ck_assert(near(p[i], want[i], 1e-12));
	diffstat_holm(big, 2);
	ck_assert(big[0] == 1 && big[1] == 1);
	diffstat_holm(NULL, 0);
}
END_TEST

START_TEST(one_run_a_side_by_hand)
{
	const uint64_t x[] = { 100 }, y[] = { 150 };
	const double n[] = { 1000 };
	const struct diffstat_side base = { x, n, 1 }, new = { y, n, 1 };
	struct diffstat d;

	diffstat_compare(&base, &new, true, 1.959963985, &d);
	ck_assert(d.df == 0 && d.phi == DIFFSTAT_PHI_GUESS);
	ck_assert(near(d.value[0], 0.1, 1e-12));
	ck_assert(near(d.value[1], 0.15, 1e-12));
	ck_assert(near(d.log_ratio, log(150.5 / 100.5), 1e-12));
	ck_assert(near(d.se, sqrt(2 * (0.9 / 100.5 + 0.85 / 150.5)), 1e-12));
	ck_assert(near(d.p_more, erfc(d.log_ratio / d.se / sqrt(2)) / 2,
	    1e-12));
	ck_assert(near(d.low * d.high, exp(2 * d.log_ratio), 1e-9));
}
END_TEST

START_TEST(runs_that_differ_widen_the_interval)
{
	const uint64_t calm[] = { 100, 101, 99, 100 };
	const uint64_t wild[] = { 60, 140, 55, 145 };
	const double n[] = { 1000, 1000, 1000, 1000 };
	const struct diffstat_side a = { calm, n, 4 }, b = { wild, n, 4 };
	struct diffstat d, e;

	diffstat_compare(&a, &a, true, 2, &d);
	ck_assert(d.phi == 1 && d.df == 6);
	diffstat_compare(&a, &b, true, 2, &e);
	/* Pearson's chi-square of wild: four deviations about 100 of 1000. */
	ck_assert(near(e.phi, (40 * 40 + 40 * 40 + 45 * 45 + 45 * 45 + 2) /
	    90.0 / 6, 1e-9));
	ck_assert(e.high / e.low > d.high / d.low);
}
END_TEST

START_TEST(rates_are_compared_for_each_unit_of_exposure)
{
	const uint64_t x[] = { 1000, 2000 }, y[] = { 600, 1200 };
	const double n[] = { 10, 20 }, m[] = { 5, 10 };
	const struct diffstat_side base = { x, n, 2 }, new = { y, m, 2 };
	struct diffstat d;

	diffstat_compare(&base, &new, false, 2, &d);
	ck_assert(near(d.value[0], 100, 1e-12));
	ck_assert(near(d.value[1], 120, 1e-12));
	ck_assert(near(exp(d.log_ratio), 1.2, 1e-3));
	ck_assert(near(d.se, sqrt(1 / 3000.5 + 1 / 1800.5), 1e-12));
}
END_TEST

START_TEST(where_nothing_can_differ_nothing_does)
{
	const uint64_t all[] = { 50, 70 }, none[] = { 0, 0 };
	const double n[] = { 50, 70 }, no[] = { 0, 0 };
	const struct diffstat_side a = { all, n, 2 }, z = { none, n, 2 };
	const struct diffstat_side e = { none, no, 2 };
	struct diffstat d;

	diffstat_compare(&a, &a, true, 2, &d);
	ck_assert(d.low == 1 && d.high == 1 && d.p_more == 1);
	diffstat_compare(&z, &z, true, 2, &d);
	ck_assert(d.low <= 1 && d.high >= 1 && d.p_more >= 0.5);
	diffstat_compare(&e, &a, true, 2, &d);
	ck_assert(d.low == 1 && d.high == 1 && d.p_more == 1);
}
END_TEST

START_TEST(what_is_new_or_gone_is_found)
{
	const uint64_t none[] = { 0, 0, 0 }, some[] = { 40, 50, 45 };
	const double n[] = { 1000, 1000, 1000 };
	const struct diffstat_side z = { none, n, 3 }, s = { some, n, 3 };
	struct diffstat d;

	diffstat_compare(&z, &s, true, 2, &d);
	ck_assert(d.value[0] == 0 && d.shrunk[0] > 0);
	ck_assert(d.p_more < 0.05);
	diffstat_compare(&s, &z, true, 2, &d);
	ck_assert(d.p_less < 0.05);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("diffstat");
	TCase *t = tcase_create("diffstat");

	tcase_add_loop_test(t, tails_are_those_of_tables, 0,
	    sizeof tails / sizeof *tails);
	tcase_add_test(t, quantiles_are_the_reverse);
	tcase_add_test(t, holm_multiplies_by_how_many_are_left);
	tcase_add_test(t, one_run_a_side_by_hand);
	tcase_add_test(t, runs_that_differ_widen_the_interval);
	tcase_add_test(t, rates_are_compared_for_each_unit_of_exposure);
	tcase_add_test(t, where_nothing_can_differ_nothing_does);
	tcase_add_test(t, what_is_new_or_gone_is_found);
	suite_add_tcase(s, t);
	return s;
}
