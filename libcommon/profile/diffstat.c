#include "profile/diffstat.h"

#include <math.h>
#include <stdlib.h>

#include "base/diag.h"

/*
 * The regularized incomplete beta function by its continued fraction, evaluated
 * by Lentz's method (Abramowitz and Stegun 26.5.8). It converges fast for
 * x < (a + 1) / (a + b + 2); the caller sees to that.
 */
static double
beta_fraction(double a, double b, double x)
{
	enum { TERMS_MAX = 500 };
	const double tiny = 1e-300, precision = 1e-15;
	double c = 1, d = 1 - (a + b) * x / (a + 1), h;

	d = 1 / (fabs(d) < tiny ? tiny : d);
	h = d;
	for (int i = 1; i <= TERMS_MAX; i++) {
		double m = i, term, step;

		term = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
		d = 1 + term * d;
		d = 1 / (fabs(d) < tiny ? tiny : d);
		c = 1 + term / c;
		c = fabs(c) < tiny ? tiny : c;
		h *= d * c;
		term = -(a + m) * (a + b + m) * x /
		    ((a + 2 * m) * (a + 2 * m + 1));
		d = 1 + term * d;
		d = 1 / (fabs(d) < tiny ? tiny : d);
		c = 1 + term / c;
		c = fabs(c) < tiny ? tiny : c;
		step = d * c;
		h *= step;
		if (fabs(step - 1) < precision)
			break;
	}
	return h;
}

static double
beta_regularized(double a, double b, double x)
{
	double front;

	if (x <= 0)
		return 0;
	if (x >= 1)
		return 1;
	front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) +
	    b * log1p(-x));
	if (x < (a + 1) / (a + b + 2))
		return front * beta_fraction(a, b, x) / a;
	return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

double
diffstat_tail(double t, double df)
{
	double half;

	if (df <= 0)
		return erfc(t / sqrt(2)) / 2;
	half = beta_regularized(df / 2, 0.5, df / (df + t * t)) / 2;
	return t > 0 ? half : 1 - half;
}

double
diffstat_quantile(double chance, double df)
{
	double low = -1, high = 1;

	while (diffstat_tail(low, df) < chance)
		low *= 2;
	while (diffstat_tail(high, df) > chance)
		high *= 2;
	for (int i = 0; i < 200 && high - low > 1e-12 * (1 + fabs(low)); i++) {
		double mid = (low + high) / 2;

		if (diffstat_tail(mid, df) > chance)
			low = mid;
		else
			high = mid;
	}
	return (low + high) / 2;
}

struct sums {
	double x, exposure;
};

static struct sums
sum_of(const struct diffstat_side *s)
{
	struct sums t = { 0 };

	for (size_t i = 0; i < s->runs; i++) {
		t.x += (double)s->x[i];
		t.exposure += s->exposure[i];
	}
	return t;
}

/* Pearson's chi-square of a side's runs about their mean. */
static double
chi_square(const struct diffstat_side *s, const struct sums *t, bool shares)
{
	double chi = 0, mean = t->exposure > 0 ? t->x / t->exposure : 0;

	for (size_t i = 0; i < s->runs; i++) {
		double expected = s->exposure[i] * mean, off, variance;

		variance = shares ? expected * (1 - mean) : expected;
		off = (double)s->x[i] - expected;
		if (variance > 0)
			chi += off * off / variance;
	}
	return chi;
}

/* Variance of the logarithm of one side's value, before dispersion. */
static double
log_variance(const struct sums *t, double value, bool shares)
{
	return (shares ? 1 - value : 1) / (t->x + 0.5);
}

void
diffstat_compare(const struct diffstat_side *base,
    const struct diffstat_side *new, bool shares, double critical,
    struct diffstat *d)
{
	const struct diffstat_side *side[2] = { base, new };
	double variance = 0, chi = 0, t;

	*d = (struct diffstat){
		.df = diffstat_df(base->runs, new->runs),
		.low = 1, .high = 1, .p_more = 1, .p_less = 1,
	};
	for (int g = 0; g < 2; g++) {
		struct sums sum = sum_of(side[g]);

		if (sum.exposure <= 0)
			return;
		d->value[g] = sum.x / sum.exposure;
		d->shrunk[g] = (sum.x + 0.5) /
		    (sum.exposure + (shares ? 1 : 0));
		chi += chi_square(side[g], &sum, shares);
		variance += log_variance(&sum, d->value[g], shares);
	}
	d->phi = d->df > 0 ? fmax(1, chi / d->df) : DIFFSTAT_PHI_GUESS;
	d->log_ratio = log(d->shrunk[1] / d->shrunk[0]);
	d->se = sqrt(d->phi * variance);
	if (!(d->se > 0)) {
		d->log_ratio = 0;
		return;
	}
	t = d->log_ratio / d->se;
	d->low = exp(d->log_ratio - critical * d->se);
	d->high = exp(d->log_ratio + critical * d->se);
	d->p_more = diffstat_tail(t, d->df);
	d->p_less = diffstat_tail(-t, d->df);
}

struct ranked {
	double p;
	size_t at;
};

static int
by_p(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->p != y->p)
		return x->p < y->p ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

void
diffstat_holm(double *p, size_t n)
{
	struct ranked *r = n ? calloc(n, sizeof(*r)) : NULL;
	double least = 0;

	if (n && !r)
		die_nomem();
	for (size_t i = 0; i < n; i++)
		r[i] = (struct ranked){ p[i], i };
	if (n)
		qsort(r, n, sizeof(*r), by_p);
	for (size_t i = 0; i < n; i++) {
		least = fmax(least, fmin(1, r[i].p * (double)(n - i)));
		p[r[i].at] = least;
	}
	free(r);
}
