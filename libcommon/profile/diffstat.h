/*
 * diffstat.h - whether something costs more in some runs than in others.
 *
 *	base runs   x: 100 of 1000,  98 of 990      share 10.0 %
 *	new runs    x: 131 of 1010, 127 of 980      share 13.0 %
 *	            ratio 1.30, 95 % between 1.12 and 1.51, p 0.0004
 *
 * What is compared is a part x of something measured in each of several runs a
 * side: of all samples (a share), or for each unit of exposure (a rate: of work
 * done, or of one run). Counts of one run are binomial, or Poisson; runs differ
 * by more than that, since machines do, and by how much is estimated from the
 * runs themselves (a quasi-likelihood with dispersion phi, never below 1):
 *
 *	L   = ln(p2 / p1)             with half a sample added to each side
 *	phi = Pearson's chi-square of the runs about their side's mean, by its
 *	      degrees of freedom, runs - 2
 *	SE  = sqrt(phi ((1 - p1) / x1 + (1 - p2) / x2))      rates: without p
 *	t   = L / SE, Student's with runs - 2 degrees of freedom
 *
 * With one run a side there is nothing to estimate phi from: DIFFSTAT_PHI_GUESS
 * stands for it, and the normal distribution for Student's.
 *
 * Many things are compared at once, so by chance alone some differ; p values
 * are adjusted by Holm's method, which keeps the chance of even one false find
 * below the level.
 *
 * Source: McCullagh and Nelder, Generalized Linear Models, 2nd ed., 4.5 and 9
 * (dispersion); Haldane 1956, Anscombe 1956 (the half); Holm 1979.
 */
#ifndef GP_DIFFSTAT_H
#define GP_DIFFSTAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DIFFSTAT_PHI_GUESS 2.0

/* The runs of one side. exposure: what x is a part of, a number above 0; for a
 * share at least as large as x. */
struct diffstat_side {
	const uint64_t *x;
	const double *exposure;
	size_t runs; /* 1 or more */
};

struct diffstat {
	double value[2];    /* share, or rate for a unit of exposure */
	double shrunk[2];   /* the same with the half: never 0 */
	double phi;
	double df;          /* of Student's t; 0: the normal distribution */
	double log_ratio, se;
	double low, high;   /* bounds of the ratio */
	double p_more, p_less; /* one-sided, not adjusted */
};

/*
 * Compare the new side with the base side.
 *
 * shares: x are parts of the exposures. critical: the t that makes the bounds,
 * diffstat_quantile(0.025, diffstat_df(…)) for 95 % between them. Where nothing can differ (no exposure, or a share of all on both sides), the
 * ratio is 1 and p is 1.
 */
void diffstat_compare(const struct diffstat_side *base,
    const struct diffstat_side *new, bool shares, double critical,
    struct diffstat *d);

/* Degrees of freedom of so many runs; 0 stands for the normal distribution. */
static inline double
diffstat_df(size_t base_runs, size_t new_runs)
{
	return (double)(base_runs + new_runs) - 2;
}

/*
 * Holm's adjustment of n values in place: what is at or below the level after it
 * is found, with a chance of at most that level that any of these finds is
 * false.
 */
void diffstat_holm(double *p, size_t n);

/* The chance that Student's t with df degrees of freedom (0: the normal
 * distribution) is above t. */
double diffstat_tail(double t, double df);

/* The t that is passed with that chance, 0 < chance < 1. */
double diffstat_quantile(double chance, double df);

#endif
