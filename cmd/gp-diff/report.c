#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "gate.h"

static uint64_t
hits(const struct compare *c, size_t run, uint32_t frame)
{
	return frame == REPORT_ALL ? c->run[run].samples :
	    compare_hits(c, run, frame);
}

static const char *
frame_name(const struct compare *c, uint32_t frame)
{
	return frame == REPORT_ALL ? "[all samples]" :
	    intern_str(&c->all.names, frame);
}

const char *
report_name(const struct report *r, const struct row *row)
{
	return frame_name(r->compare, row->frame);
}

static bool
is_named(const struct report *r, uint32_t frame)
{
	for (size_t i = 0; i < r->rules->n; i++)
		if (r->rules->v[i].has_re &&
		    rule_matches(&r->rules->v[i],
		    frame_name(r->compare, frame)))
			return true;
	return false;
}

/* Whether any sample has it; how many there are of each side to sum. Of what was
 * filtered out, and with --self of what is never innermost, only the name is left. */
static bool
is_there(const struct report *r, uint32_t frame, uint64_t *sum)
{
	const struct compare *c = r->compare;

	sum[COMPARE_BASE] = sum[COMPARE_NEW] = 0;
	for (size_t i = 0; i < c->runs; i++)
		sum[c->run[i].side] += hits(c, i, frame);
	return sum[COMPARE_BASE] || sum[COMPARE_NEW];
}

static bool
is_large(const struct report *r, const uint64_t *sum)
{
	const struct compare *c = r->compare;

	for (enum compare_side side = 0; side < COMPARE_SIDES; side++) {
		double all = (double)compare_samples(c, side);

		if (sum[side] && (double)sum[side] >= r->floor * all)
			return true;
	}
	return false;
}

/* Equal sets together; of these the innermost first. */
static int
by_set(const void *va, const void *vb)
{
	const struct candidate *a = va, *b = vb;

	if (a->set != b->set)
		return a->set < b->set ? -1 : 1;
	if (a->depth != b->depth)
		return a->depth > b->depth ? -1 : 1;
	return strcmp(a->name, b->name);
}

static void
add_candidate(struct work *w, uint32_t frame, uint64_t set, uint32_t depth,
    bool large)
{
	w->c[w->n++] = (struct candidate){
		.name = frame_name(w->r->compare, frame),
		.set = set,
		.frame = frame,
		.depth = depth,
		.large = large,
	};
}

static void
find_candidates(struct work *w)
{
	struct report *r = w->r;
	uint32_t names = r->compare->all.names.n;
	uint32_t *depth = compare_depths(r->compare);
	uint64_t *set = compare_sets(r->compare);

	w->c = grow_zeroed((size_t)names + 1, sizeof *w->c);
	if (!r->shares)
		add_candidate(w, REPORT_ALL, 0, 0, true);
	for (uint32_t i = 0; i < names; i++) {
		uint64_t sum[COMPARE_SIDES];
		bool there = is_there(r, i, sum), large = is_large(r, sum);

		if (there && (large || is_named(r, i)))
			add_candidate(w, i, set[i], depth[i], large);
	}
	free(set);
	free(depth);
	qsort(w->c, w->n, sizeof *w->c, by_set);
}

/* Group the candidates into rows; each is called by the innermost frame that
 * somebody named, else the innermost. */
static void
find_rows(struct work *w)
{
	struct report *r = w->r;
	bool named = false;

	r->row = grow_zeroed(w->n, sizeof *r->row);
	w->begin = grow_zeroed(w->n + 1, sizeof *w->begin);
	w->gated = grow_zeroed(w->n, sizeof *w->gated);
	for (size_t i = 0; i < w->n; i++) {
		uint32_t frame = w->c[i].frame;

		if (i == 0 || w->c[i - 1].set != w->c[i].set) {
			w->begin[r->rows] = i;
			r->row[r->rows++].frame = frame;
			named = is_named(r, frame);
		} else if (!named && is_named(r, frame)) {
			r->row[r->rows - 1].frame = frame;
			named = true;
		}
	}
	w->begin[r->rows] = w->n;
}

static void
find_exposures(struct work *w)
{
	const struct report *r = w->r;
	const struct compare *c = r->compare;
	size_t n[COMPARE_SIDES] = { 0 };
	double samples = 0, work = 0;

	for (enum compare_side side = 0; side < COMPARE_SIDES; side++) {
		w->runs[side] = compare_runs(c, side);
		w->x[side] = grow_zeroed(w->runs[side], sizeof **w->x);
		w->exposure[side] = grow_zeroed(w->runs[side],
		    sizeof **w->exposure);
	}
	for (size_t i = 0; i < c->runs; i++) {
		enum compare_side side = c->run[i].side;
		double e = r->shares ? (double)c->run[i].samples : r->work[i];

		w->exposure[side][n[side]++] = e;
		if (side == COMPARE_BASE) {
			samples += (double)c->run[i].samples;
			work += e;
		}
	}
	w->scale = samples > 0 && work > 0 ? samples / work : 1;
	w->critical = diffstat_quantile(r->alpha / 2,
	    diffstat_df(w->runs[COMPARE_BASE], w->runs[COMPARE_NEW]));
}

static void
compare_row(struct work *w, struct row *row)
{
	const struct compare *c = w->r->compare;
	size_t n[COMPARE_SIDES] = { 0 };
	uint64_t sum[COMPARE_SIDES] = { 0 };
	struct diffstat_side side[COMPARE_SIDES];

	for (size_t i = 0; i < c->runs; i++) {
		enum compare_side s = c->run[i].side;
		uint64_t x = hits(c, i, row->frame);

		w->x[s][n[s]++] = x;
		sum[s] += x;
	}
	for (int s = 0; s < COMPARE_SIDES; s++)
		side[s] = (struct diffstat_side){
			w->x[s], w->exposure[s], w->runs[s],
		};
	diffstat_compare(&side[COMPARE_BASE], &side[COMPARE_NEW],
	    w->r->shares, w->critical, &row->d);
	row->is_new = sum[COMPARE_BASE] == 0;
	row->is_gone = sum[COMPARE_NEW] == 0;
}

/* Adjust the p values of those rows that are gated, or of those that are not. */
static size_t
adjust(struct work *w, bool gated)
{
	struct report *r = w->r;
	double *more = grow_zeroed(r->rows, sizeof *more);
	double *less = grow_zeroed(r->rows, sizeof *less);
	size_t n = 0;

	for (size_t i = 0; i < r->rows; i++) {
		if (w->gated[i] != gated)
			continue;
		more[n] = r->row[i].d.p_more;
		less[n++] = r->row[i].d.p_less;
	}
	diffstat_holm(more, n);
	diffstat_holm(less, n);
	for (size_t i = r->rows, k = n; i-- > 0;) {
		struct row *row = &r->row[i];

		if (w->gated[i] != gated)
			continue;
		row->p_more = more[--k];
		row->p_less = less[k];
		row->grew = row->p_more <= r->alpha;
		row->shrank = row->p_less <= r->alpha;
	}
	free(more);
	free(less);
	return n;
}

/* For qsort(), which has no argument for it. */
static const struct compare *sort_compare;

static int
by_change(const void *va, const void *vb)
{
	const struct row *a = va, *b = vb;
	double x = fabs(a->d.value[1] - a->d.value[0]);
	double y = fabs(b->d.value[1] - b->d.value[0]);

	if (a->verdict == VERDICT_FAIL || b->verdict == VERDICT_FAIL)
		if (a->verdict != b->verdict)
			return a->verdict == VERDICT_FAIL ? -1 : 1;
	if (x != y)
		return x > y ? -1 : 1;
	return strcmp(frame_name(sort_compare, a->frame),
	    frame_name(sort_compare, b->frame));
}

void
report_make(struct report *r)
{
	struct work w = { .r = r };

	find_candidates(&w);
	find_rows(&w);
	find_exposures(&w);
	for (size_t i = 0; i < r->rows; i++) {
		compare_row(&w, &r->row[i]);
		w.gated[i] = r->rules->n == 0;
		for (size_t k = 0; k < r->rules->n; k++)
			w.gated[i] |= gate_applies(&w, &r->rules->v[k], i);
	}
	r->tests = adjust(&w, true);
	(void)adjust(&w, false);
	gate_judge(&w);
	sort_compare = r->compare;
	qsort(r->row, r->rows, sizeof *r->row, by_change);
	sort_compare = NULL;
	for (int side = 0; side < COMPARE_SIDES; side++) {
		free(w.x[side]);
		free(w.exposure[side]);
	}
	free(w.begin);
	free(w.gated);
	free(w.c);
}

void
report_free(struct report *r)
{
	free(r->row);
	r->row = NULL;
	r->rows = 0;
}
