#include <math.h>

#include "output.h"

/* "20.13%" of a share, "1234.5" of a cost. */
static void
put_value(FILE *f, const struct report *r, double v)
{
	if (r->shares)
		fprintf(f, "%8.2f%%", 100 * v);
	else
		fprintf(f, "%9.5g", v);
}

static void
put_change(FILE *f, const struct report *r, const struct row *row)
{
	double change = row->d.value[1] - row->d.value[0];

	if (r->shares)
		fprintf(f, " %+8.2fpp", 100 * change);
	else
		fprintf(f, " %+10.4g", change);
}

static const char *
word(const struct row *row)
{
	if (row->verdict == VERDICT_FAIL)
		return "FAIL";
	if (row->verdict == VERDICT_OPEN)
		return "open";
	if (row->grew)
		return row->is_new ? "new" : "grew";
	if (row->shrank)
		return row->is_gone ? "gone" : "shrank";
	return "-";
}

static void
put_row(FILE *f, const struct report *r, const struct row *row)
{
	double p = fmin(row->p_more, row->p_less);

	put_value(f, r, row->d.value[0]);
	put_value(f, r, row->d.value[1]);
	put_change(f, r, row);
	if (row->is_new || row->is_gone)
		fprintf(f, " %7s %15s", "-", "-");
	else
		fprintf(f, " %7.3f %7.3f-%-7.3f", exp(row->d.log_ratio),
		    row->d.low, row->d.high);
	if (p < 0.0001)
		fputs(" <0.0001", f);
	else
		fprintf(f, " %7.4f", p);
	fprintf(f, " %-6s %s\n", word(row), report_name(r, row));
}

void
output_table(FILE *f, const struct report *r, size_t top)
{
	struct buf b = { 0 };

	buf_adds(&b, "base ");
	report_put_side(r, COMPARE_BASE, &b);
	buf_adds(&b, "; new ");
	report_put_side(r, COMPARE_NEW, &b);
	fprintf(f, "%s; %zu test%s\n", buf_str(&b), r->tests,
	    r->tests == 1 ? "" : "s");
	buf_reset(&b);
	fprintf(f, "%9s%9s %10s %7s %15s %7s %-6s %s\n", "base", "new",
	    "change", "ratio", "interval", "p", "", "function");
	for (size_t i = 0; i < r->rows && i < top; i++)
		put_row(f, r, &r->row[i]);
	report_put_verdict(r, &b);
	if (b.len)
		fprintf(f, "%s\n", buf_str(&b));
	buf_free(&b);
}
