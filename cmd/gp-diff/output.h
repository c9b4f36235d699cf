/*
 * output.h - the forms that a report is written in.
 *
 * All are text for another program or for a person, and all hold names that
 * strangers chose: each form escapes them as it must. Errors stay in the FILE.
 */
#ifndef GP_DIFF_OUTPUT_H
#define GP_DIFF_OUTPUT_H

#include <stdio.h>

#include "report.h"

enum output_scale {
	OUTPUT_COUNTS,   /* sample counts as they are */
	OUTPUT_SCALED,   /* base scaled to the sum of new, with decimals */
	OUTPUT_TRUNCATED, /* the same without, as difffolded.pl -n has it */
};

/* Two columns: "stack base new", in the order of sort(1) with LC_ALL=C. */
void output_folded(FILE *f, const struct compare *c, enum output_scale scale);

/* A table of the first top rows, and the verdict. */
void output_table(FILE *f, const struct report *r, size_t top);

/* The same as a table of GitHub's and GitLab's Markdown. */
void output_markdown(FILE *f, const struct report *r, size_t top);

/* Everything: every row, every run's samples. */
void output_json(FILE *f, const struct report *r);

/* A test case for each row that a rule looks at; open ones are skipped. */
void output_junit(FILE *f, const struct report *r);

/* Workflow commands of GitHub Actions: at most ten annotations, which is what
 * it shows of a step. */
void output_github(FILE *f, const struct report *r);

#endif
