#include <math.h>

#include "base/jsonw.h"
#include "output.h"

static const char *
verdict_name(enum verdict v)
{
	switch (v) {
	case VERDICT_NONE:
		break;
	case VERDICT_PASS:
		return "pass";
	case VERDICT_OPEN:
		return "undecided";
	case VERDICT_FAIL:
		return "fail";
	}
	return "none";
}

static void
put_side(struct jsonw *w, const struct compare *c, enum compare_side side,
    const char *key)
{
	jsonw_object(w, key);
	jsonw_u64(w, "samples", compare_samples(c, side));
	jsonw_array(w, "runs");
	for (size_t i = 0; i < c->runs; i++)
		if (c->run[i].side == side)
			jsonw_u64(w, NULL, c->run[i].samples);
	jsonw_end(w);
	jsonw_end(w);
}

/* Samples of each run that hold the frame. */
static void
put_hits(struct jsonw *w, const struct report *r, const struct row *row,
    enum compare_side side, const char *key)
{
	const struct compare *c = r->compare;

	jsonw_array(w, key);
	for (size_t i = 0; i < c->runs; i++) {
		if (c->run[i].side != side)
			continue;
		jsonw_u64(w, NULL, row->frame == REPORT_ALL ?
		    c->run[i].samples : compare_hits(c, i, row->frame));
	}
	jsonw_end(w);
}

static void
put_row(struct jsonw *w, const struct report *r, const struct row *row)
{
	jsonw_line(w);
	jsonw_object(w, NULL);
	jsonw_str(w, "function", report_name(r, row));
	put_hits(w, r, row, COMPARE_BASE, "base");
	put_hits(w, r, row, COMPARE_NEW, "new");
	jsonw_double(w, "base_value", row->d.value[0]);
	jsonw_double(w, "new_value", row->d.value[1]);
	jsonw_double(w, "ratio", exp(row->d.log_ratio));
	jsonw_double(w, "low", row->d.low);
	jsonw_double(w, "high", row->d.high);
	jsonw_double(w, "phi", row->d.phi);
	jsonw_double(w, "p_more", row->p_more);
	jsonw_double(w, "p_less", row->p_less);
	jsonw_str(w, "verdict", verdict_name(row->verdict));
	if (row->rule)
		jsonw_str(w, "rule", row->rule->text);
	if (row->runs_needed)
		jsonw_u64(w, "runs_needed", row->runs_needed);
	jsonw_end(w);
}

void
output_json(FILE *f, const struct report *r)
{
	struct jsonw w = { .f = f };
	struct buf b = { 0 };

	jsonw_object(&w, NULL);
	jsonw_u64(&w, "version", 1);
	jsonw_str(&w, "verdict", verdict_name(r->verdict));
	report_put_verdict(r, &b);
	jsonw_str(&w, "text", buf_str(&b));
	buf_free(&b);
	jsonw_str(&w, "unit", r->shares ? "share of samples" :
	    "samples per unit of work");
	jsonw_double(&w, "confidence", 1 - r->alpha);
	jsonw_u64(&w, "tests", r->tests);
	if (r->runs_needed)
		jsonw_u64(&w, "runs_needed", r->runs_needed);
	put_side(&w, r->compare, COMPARE_BASE, "base");
	put_side(&w, r->compare, COMPARE_NEW, "new");
	jsonw_array(&w, "functions");
	for (size_t i = 0; i < r->rows; i++)
		put_row(&w, r, &r->row[i]);
	jsonw_end(&w);
	jsonw_end(&w);
	jsonw_done(&w);
}
