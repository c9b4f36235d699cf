/*
 * sentence.c - rows and verdicts in words.
 */
#include <inttypes.h>
#include <math.h>

#include "report.h"

/* "20.13%" of a share; "1234.5" of a cost. */
static void
put_value(const struct report *r, double v, struct buf *b)
{
	if (r->shares)
		buf_addf(b, "%.2f%%", 100 * v);
	else
		buf_addf(b, "%.6g", v);
}

void
report_put_row(const struct report *r, const struct row *row, struct buf *b)
{
	buf_addf(b, "%s: ", report_name(r, row));
	put_value(r, row->d.value[0], b);
	buf_adds(b, " -> ");
	put_value(r, row->d.value[1], b);
	if (row->is_new)
		buf_adds(b, ", new");
	else
		buf_addf(b, ", x%.3f (%.3f to %.3f)", exp(row->d.log_ratio),
		    row->d.low, row->d.high);
	if (row->rule)
		buf_addf(b, ", limit %s", row->rule->text);
}

size_t
report_count(const struct report *r, enum verdict v)
{
	size_t n = 0;

	for (size_t i = 0; i < r->rows; i++)
		n += r->row[i].verdict == v;
	return n;
}

static void
put_open(const struct report *r, struct buf *b)
{
	size_t open = report_count(r, VERDICT_OPEN);
	const char *sep = "gate undecided: ";

	if (r->unmatched) {
		buf_addf(b, "%sno frame matches %s", sep, r->unmatched->text);
		sep = "; ";
	}
	if (r->few_runs) {
		buf_addf(b, "%sfewer than %" PRIu32 " runs a side", sep,
		    r->min_runs);
		sep = "; ";
	}
	if (open) {
		buf_addf(b, "%s%zu of %zu may have grown beyond the limit",
		    sep, open, r->tests);
		sep = "; ";
	}
	if (r->runs_needed >= RUNS_NEEDED_MAX)
		buf_addf(b, "%stoo close to the limit for any number of runs",
		    sep);
	else if (r->runs_needed)
		buf_addf(b, "%s%" PRIu32 " runs like these a side would do",
		    sep, r->runs_needed);
}

void
report_put_verdict(const struct report *r, struct buf *b)
{
	switch (r->verdict) {
	case VERDICT_NONE:
		break;
	case VERDICT_PASS:
		buf_addf(b, "gate passed: none of %zu has grown beyond the "
		    "limit", r->tests);
		break;
	case VERDICT_OPEN:
		put_open(r, b);
		break;
	case VERDICT_FAIL:
		buf_addf(b, "gate failed: %zu of %zu grew beyond the limit",
		    report_count(r, VERDICT_FAIL), r->tests);
		break;
	}
}

void
report_put_side(const struct report *r, enum compare_side side,
    struct buf *b)
{
	size_t runs = compare_runs(r->compare, side);

	buf_addf(b, "%" PRIu64 " samples in %zu run%s",
	    compare_samples(r->compare, side), runs, runs == 1 ? "" : "s");
}
