/*
 * out_ci.c - what continuous-integration systems read.
 *
 * Source: the JUnit XML that Jenkins, GitLab and GitHub's reporters take;
 * "Workflow commands for GitHub Actions", with the escapes of its toolkit.
 */
#include <string.h>

#include "output.h"
#include "profile/webtext.h"

enum { ANNOTATIONS_MAX = 10 };

static void
put_xml(FILE *f, const char *s)
{
	webtext_html(f, s, strlen(s));
}

static void
put_case(FILE *f, const struct report *r, const struct row *row)
{
	struct buf b = { 0 };

	report_put_row(r, row, &b);
	fputs("  <testcase classname=\"gp-diff\" name=\"", f);
	put_xml(f, report_name(r, row));
	fputs("\">", f);
	if (row->verdict != VERDICT_PASS) {
		fprintf(f, "<%s message=\"", row->verdict == VERDICT_FAIL ?
		    "failure" : "skipped");
		put_xml(f, buf_str(&b));
		fputs("\"/>", f);
	}
	fputs("</testcase>\n", f);
	buf_free(&b);
}

/* What leaves the gate undecided as a whole, beside single functions. */
static void
put_gate(FILE *f, const struct report *r)
{
	struct buf b = { 0 };

	report_put_verdict(r, &b);
	fputs("  <testcase classname=\"gp-diff\" name=\"gate\">", f);
	if (r->verdict == VERDICT_OPEN) {
		fputs("<skipped message=\"", f);
		put_xml(f, buf_str(&b));
		fputs("\"/>", f);
	} else if (r->verdict == VERDICT_FAIL) {
		fputs("<failure message=\"", f);
		put_xml(f, buf_str(&b));
		fputs("\"/>", f);
	}
	fputs("</testcase>\n", f);
	buf_free(&b);
}

void
output_junit(FILE *f, const struct report *r)
{
	size_t failed = report_count(r, VERDICT_FAIL);
	size_t open = report_count(r, VERDICT_OPEN);
	size_t passed = report_count(r, VERDICT_PASS);

	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", f);
	fprintf(f, "<testsuite name=\"gp-diff\" tests=\"%zu\" failures=\"%zu\" "
	    "errors=\"0\" skipped=\"%zu\">\n", failed + open + passed + 1,
	    failed + (r->verdict == VERDICT_FAIL),
	    open + (r->verdict == VERDICT_OPEN));
	put_gate(f, r);
	for (size_t i = 0; i < r->rows; i++)
		if (r->row[i].verdict != VERDICT_NONE)
			put_case(f, r, &r->row[i]);
	fputs("</testsuite>\n", f);
}

static void
put_command(FILE *f, const char *command, const char *message)
{
	fprintf(f, "::%s title=gp-diff::", command);
	for (; *message; message++) {
		if (*message == '%')
			fputs("%25", f);
		else if (*message == '\r')
			fputs("%0D", f);
		else if (*message == '\n')
			fputs("%0A", f);
		else
			putc(*message, f);
	}
	putc('\n', f);
}

void
output_github(FILE *f, const struct report *r)
{
	struct buf b = { 0 };
	size_t left = ANNOTATIONS_MAX;

	report_put_verdict(r, &b);
	if (b.len) {
		put_command(f, r->verdict == VERDICT_FAIL ? "error" :
		    r->verdict == VERDICT_OPEN ? "warning" : "notice",
		    buf_str(&b));
		left--;
	}
	for (size_t i = 0; i < r->rows && left; i++) {
		const struct row *row = &r->row[i];

		if (row->verdict != VERDICT_FAIL &&
		    row->verdict != VERDICT_OPEN)
			continue;
		buf_reset(&b);
		report_put_row(r, row, &b);
		put_command(f, row->verdict == VERDICT_FAIL ? "error" :
		    "warning", buf_str(&b));
		left--;
	}
	buf_free(&b);
}
