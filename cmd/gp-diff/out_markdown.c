#include <math.h>

#include "output.h"

/* A code span in a cell: nothing can end it but a backtick, and the cell only a
 * bar. */
static void
put_code(FILE *f, const char *s)
{
	putc('`', f);
	for (; *s; s++) {
		if (*s == '|')
			putc('\\', f);
		putc(*s == '`' ? '\'' : *s, f);
	}
	putc('`', f);
}

static void
put_value(FILE *f, const struct report *r, double v)
{
	if (r->shares)
		fprintf(f, " %.2f %% |", 100 * v);
	else
		fprintf(f, " %.5g |", v);
}

static const char *
mark(const struct row *row)
{
	if (row->verdict == VERDICT_FAIL)
		return "**fail**";
	if (row->verdict == VERDICT_OPEN)
		return "undecided";
	if (row->grew)
		return row->is_new ? "new" : "grew";
	if (row->shrank)
		return row->is_gone ? "gone" : "shrank";
	return "";
}

static void
put_row(FILE *f, const struct report *r, const struct row *row)
{
	fputs("| ", f);
	put_code(f, report_name(r, row));
	fputs(" |", f);
	put_value(f, r, row->d.value[0]);
	put_value(f, r, row->d.value[1]);
	if (row->is_new || row->is_gone)
		fputs(" | |", f);
	else
		fprintf(f, " %+.1f %% | %+.1f to %+.1f %% |",
		    100 * expm1(row->d.log_ratio), 100 * (row->d.low - 1),
		    100 * (row->d.high - 1));
	fprintf(f, " %s |\n", mark(row));
}

void
output_markdown(FILE *f, const struct report *r, size_t top)
{
	struct buf b = { 0 };

	report_put_verdict(r, &b);
	if (b.len)
		fprintf(f, "**%s**\n\n", buf_str(&b));
	buf_reset(&b);
	report_put_side(r, COMPARE_BASE, &b);
	buf_adds(&b, " before, ");
	report_put_side(r, COMPARE_NEW, &b);
	fprintf(f, "%s after.\n\n", buf_str(&b));
	buf_free(&b);
	fputs("| function | before | after | change | interval | |\n"
	    "|---|--:|--:|--:|--:|---|\n", f);
	for (size_t i = 0; i < r->rows && i < top; i++)
		put_row(f, r, &r->row[i]);
}
