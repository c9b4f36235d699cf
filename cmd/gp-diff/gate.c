#include "gate.h"

#include <math.h>

/* Smallest change of a share that a rule for all frames looks at. */
#define MIN_CHANGE 0.005
/* With the runs that are said to be needed, chance to miss what is there. */
#define MISS 0.1

bool
gate_applies(const struct work *w, const struct rule *rule, size_t row)
{
	for (size_t i = w->begin[row]; i < w->begin[row + 1]; i++)
		if (rule->has_re ?
		    rule_matches(rule, w->c[i].name) :
		    w->c[i].large)
			return true;
	return false;
}

/* The ratio from which on a rule minds. */
static double
limit_ratio(const struct work *w, const struct rule *rule,
    const struct row *row)
{
	const struct report *r = w->r;
	double change = r->min_change >= 0 ? r->min_change :
	    rule->has_re ? 0 : MIN_CHANGE;
	double least = 1 + (rule->points ? 0 : rule->limit);

	if (rule->points)
		change = fmax(change, rule->limit);
	return fmax(least, 1 + change * w->scale / row->d.shrunk[0]);
}

/* Runs a side that would tell whether a row is beyond a limit. */
static uint32_t
runs_needed(const struct work *w, const struct row *row, double limit)
{
	const struct report *r = w->r;
	double k = (double)(w->runs[0] + w->runs[1]) / 2, z, distance, n;

	if (row->d.log_ratio < log(limit)) {
		/* Not to count on a fall that may be chance. */
		distance = log(limit) - fmax(row->d.log_ratio, 0);
		z = w->critical + diffstat_quantile(MISS, 0);
	} else {
		distance = row->d.log_ratio;
		z = diffstat_quantile(r->alpha / (double)r->tests, 0) +
		    diffstat_quantile(MISS, 0);
	}
	n = z * row->d.se / distance;
	n = ceil(fmin(k * n * n, RUNS_NEEDED_MAX));
	return (uint32_t)fmax(n, fmax(k + 1, r->min_runs));
}

static void
judge_row(struct work *w, size_t i, const struct rule *rule)
{
	struct row *row = &w->r->row[i];
	double limit = limit_ratio(w, rule, row);
	enum verdict v = VERDICT_PASS;

	if (row->grew && exp(row->d.log_ratio) > limit)
		v = VERDICT_FAIL;
	else if (row->d.high > limit)
		v = VERDICT_OPEN;
	if (v <= row->verdict)
		return;
	row->verdict = v;
	row->rule = rule;
	if (v != VERDICT_PASS)
		row->runs_needed = v == VERDICT_OPEN ?
		    runs_needed(w, row, limit) : 0;
}

void
gate_judge(struct work *w)
{
	struct report *r = w->r;

	if (r->rules->n == 0)
		return;
	r->verdict = VERDICT_PASS;
	for (size_t k = 0; k < r->rules->n; k++) {
		const struct rule *rule = &r->rules->v[k];
		bool applied = false;

		for (size_t i = 0; i < r->rows; i++) {
			if (!gate_applies(w, rule, i))
				continue;
			applied = true;
			judge_row(w, i, rule);
		}
		if (!applied && rule->has_re && !r->unmatched)
			r->unmatched = rule;
	}
	if (r->unmatched)
		r->verdict = VERDICT_OPEN;
	r->few_runs = w->runs[0] < r->min_runs || w->runs[1] < r->min_runs;
	for (size_t i = 0; i < r->rows; i++) {
		struct row *row = &r->row[i];

		if (r->few_runs && row->verdict == VERDICT_FAIL)
			row->verdict = VERDICT_OPEN;
		if (row->verdict > r->verdict)
			r->verdict = row->verdict;
		if (row->runs_needed > r->runs_needed)
			r->runs_needed = row->runs_needed;
	}
	if (r->few_runs) {
		r->verdict = VERDICT_OPEN;
		if (r->runs_needed < r->min_runs)
			r->runs_needed = r->min_runs;
	}
}
