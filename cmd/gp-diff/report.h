/*
 * report.h - what a comparison found, and what the gate says of it.
 *
 *	compare.h, samples of a run ──► a row a frame ──► Holm ──► rules ──► verdict
 *
 * Frames that are in exactly the same stacks (main, and what it always calls) are one test and one row, named by the innermost. A row takes
 * part if the frame has at least the floor's share on one side, or is named by a
 * rule.
 *
 * A rule fails for a row if the growth is significant after the adjustment AND
 * the estimate is beyond the rule's limit AND the change is beyond min_change.
 * It is undecided if it does not fail, but growth beyond both cannot be excluded
 * with the confidence asked for. So "pass" says something: no frame that matters
 * has grown beyond the limit.
 */
#ifndef GP_DIFF_REPORT_H
#define GP_DIFF_REPORT_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "profile/compare.h"
#include "profile/diffstat.h"

/* The frame of the row that is the sum of all; only where costs are compared
 * rather than shares. */
#define REPORT_ALL UINT32_MAX

/* "5%", "2pp", "frame~^app::|3%": --fail-on. */
struct rule {
	const char *text; /* as it was given */
	regex_t re;
	bool has_re;
	double limit;     /* 0.05: five percent more; or of points */
	bool points;      /* the limit is of the share: percentage points */
};

struct rules {
	struct rule *v;
	size_t n;
};

/* Add a rule; NULL, or what is wrong with it (valid until the next call). */
GP_MUSTUSE const char *rules_add(struct rules *r, const char *text);

/* Whether a rule looks at a frame of that name. */
bool rule_matches(const struct rule *rule, const char *name);

void rules_free(struct rules *r);

/* Runs that are said to be needed; as many stand for "no number would do". */
enum { RUNS_NEEDED_MAX = 10000 };

enum verdict { VERDICT_NONE, VERDICT_PASS, VERDICT_OPEN, VERDICT_FAIL };

struct row {
	uint32_t frame;     /* name of compare.all, or REPORT_ALL */
	struct diffstat d;
	double p_more, p_less; /* adjusted */
	bool grew, shrank;  /* significantly */
	bool is_new, is_gone;
	enum verdict verdict;
	const struct rule *rule; /* that failed, or left it open */
	uint32_t runs_needed; /* a side, to decide; 0 if it is decided */
};

struct report {
	/* what the caller sets */
	const struct compare *compare;
	const struct rules *rules;
	bool shares;           /* else cost for a unit of work */
	const double *work;    /* of each run, if not shares */
	double alpha, floor;   /* 0.05, 0.005 */
	double min_change;     /* of a share; below 0: 0.005, and none for rules
	                        * that name frames */
	uint32_t min_runs;     /* a side; with fewer nothing is decided */
	/* the result */
	struct row *row;       /* largest change first */
	size_t rows;
	size_t tests;          /* that p values are adjusted for */
	enum verdict verdict;
	bool few_runs;         /* fewer than min_runs on a side */
	const struct rule *unmatched; /* names no frame that there is */
	uint32_t runs_needed;  /* a side, if open */
};

/* Compare, and judge. report_free() it. */
void report_make(struct report *r);

/* Name of a row's frame. */
const char *report_name(const struct report *r, const struct row *row);

/* How many rows have a verdict. */
size_t report_count(const struct report *r, enum verdict v);

/* Add "parse: 20.1% -> 26.2%, x1.302 (1.262 to 1.343), limit 5%". */
void report_put_row(const struct report *r, const struct row *row,
    struct buf *b);

/* Add "20000 samples in 5 runs". */
void report_put_side(const struct report *r, enum compare_side side,
    struct buf *b);

/* Add the verdict as a sentence: "gate failed: …"; nothing without rules. */
void report_put_verdict(const struct report *r, struct buf *b);

void report_free(struct report *r);

#endif
