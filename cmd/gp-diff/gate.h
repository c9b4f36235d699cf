/*
 * gate.h - the rules of --fail-on, applied to the rows of a report.
 *
 * Inside of report.c: what it has at hand while it makes a report, and the
 * functions that judge by it.
 */
#ifndef GP_DIFF_GATE_H
#define GP_DIFF_GATE_H

#include "report.h"

/* A frame that may become a row, or be part of one. */
struct candidate {
	const char *name;
	uint64_t set; /* of the stacks that hold it */
	uint32_t frame, depth;
	bool large; /* at or above the floor */
};

/* What one call of report_make() works with. */
struct work {
	struct report *r;
	struct candidate *c;    /* sorted: equal sets together */
	size_t n;
	size_t *begin;          /* by row: its first candidate; one more */
	bool *gated;            /* by row: some rule looks at it */
	size_t runs[COMPARE_SIDES];
	uint64_t *x[COMPARE_SIDES];
	double *exposure[COMPARE_SIDES];
	double critical, scale; /* value of all in the base: 1 of shares */
};

/* Whether a rule looks at a row. */
bool gate_applies(const struct work *w, const struct rule *rule, size_t row);

/* Set the verdicts of the rows, which are compared, and of the report. */
void gate_judge(struct work *w);

#endif
