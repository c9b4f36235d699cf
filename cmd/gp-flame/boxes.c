#include "cmd/gp-flame/boxes.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "profile/diffstat.h"

#define SEPARATOR "-"  /* flamegraph.pl's frames between two kinds of stack */
#define SEPARATOR2 "--"

uint64_t
boxes_total(const struct flame *f, const struct options *o)
{
	return o->total > f->samples ? o->total : f->samples;
}

/* The change of a frame's share in percent of all, or of its count in percent
 * of what is new. */
static double
change(const struct flame *f, const struct options *o, uint32_t node)
{
	double now = (double)f->total[node], base = (double)f->base_total[node];
	double whole = (double)boxes_total(f, o), d;

	if (whole <= 0)
		return 0;
	d = 100 * now / whole;
	if (!o->normalize)
		d -= 100 * base / whole;
	else if (f->base_samples)
		d -= 100 * base / (double)f->base_samples;
	if (fabs(d) < 0.005)
		return 0; /* not "-0.00" */
	return o->negate ? -d : d;
}

/* As the page's compare(): what the interval of the ratio does not rule out to be
 * the same is the same. */
int
boxes_difference(const struct flame *f, const struct options *o,
    uint32_t node)
{
	const double whole[2] = {
		o->normalize ? (double)f->base_samples : 1,
		o->normalize ? (double)f->samples : 1,
	};
	const struct diffstat_side base = {
		.x = &f->base_total[node], .exposure = &whole[0], .runs = 1,
	}, new = {
		.x = &f->total[node], .exposure = &whole[1], .runs = 1,
	};
	struct diffstat d;
	int step;

	if (f->base_samples == 0)
		return 0;
	diffstat_compare(&base, &new, o->normalize,
	    diffstat_quantile(0.025, diffstat_df(1, 1)), &d);
	if (d.low <= 1 && d.high >= 1)
		return 0;
	step = (int)fmin(fmax(round(fabs(d.log_ratio / log(2)) *
	    PALETTE_STEPS), 1), PALETTE_STEPS);
	return (d.log_ratio > 0) != o->negate ? step : -step;
}

static bool
is_separator(const struct boxes *s, const char *what)
{
	return s->len == strlen(what) && memcmp(s->name, what, s->len) == 0;
}

static uint32_t
choose_fill(struct boxes *s)
{
	uint32_t c;

	if (s->f->diff)
		return palette_difference(boxes_difference(s->f, s->o,
		    s->node), false);
	if (s->node == 0 && s->palette.id <= PALETTE_MODULE)
		return palette_kind(KIND_PROCESS, 3, false);
	if (s->palette.id > PALETTE_MODULE && is_separator(s, SEPARATOR))
		return 0xc8c8c8;
	if (s->palette.id > PALETTE_MODULE && is_separator(s, SEPARATOR2))
		return 0xa0a0a0;
	if (s->kept && palmap_find(s->kept, s->name, s->len, &c))
		return c;
	/* To flamegraph.pl the root has no name. */
	c = palette_colour(&s->palette, s->name, s->node ? s->len : 0,
	    s->depth == 1);
	if (s->kept)
		palmap_set(s->kept, s->name, s->len, c);
	return c;
}

/* "1,234,567" */
static void
add_count(struct buf *b, double v)
{
	char digits[32];
	int n = snprintf(digits, sizeof digits, "%.0f", v);

	for (int i = 0; i < n; i++) {
		if (i && (n - i) % 3 == 0)
			buf_addc(b, ',');
		buf_addc(b, digits[i]);
	}
}

static void
make_title(struct boxes *s)
{
	uint64_t total = boxes_total(s->f, s->o);
	uint64_t n = s->node ? s->f->total[s->node] : total;

	buf_reset(&s->title);
	buf_add(&s->title, s->name, s->len);
	buf_adds(&s->title, " (");
	add_count(&s->title, (double)n * s->o->factor);
	buf_addf(&s->title, " %s, ", s->o->countname);
	if (s->node == 0)
		buf_adds(&s->title, "100%");
	else
		buf_addf(&s->title, "%.2f%%", total ?
		    100 * (double)n / (double)total : 0);
	if (s->f->diff)
		buf_addf(&s->title, "; %+.2f%%", change(s->f, s->o, s->node));
	buf_addc(&s->title, ')');
}

/* Go to the next node that is wide enough. */
static bool
next_node(struct boxes *s)
{
	const struct flame *f = s->f;

	for (; s->next < f->n; s->next++) {
		if (s->next == s->level_end) {
			s->depth++;
			s->level_end = f->first[s->next];
		}
		if (s->next == 0 || (double)f->total[s->next] >= s->least) {
			s->node = s->next++;
			return true;
		}
	}
	return false;
}

bool
boxes_next(struct boxes *s)
{
	if (s->next == 0) {
		s->palette = s->o->palette;
		s->level_end = 1;
	}
	if (!next_node(s)) {
		buf_free(&s->title);
		return false;
	}
	s->name = "all";
	s->len = strlen(s->name);
	if (s->node)
		s->name = flame_name(s->f, s->f->name[s->node], &s->len);
	s->fill = choose_fill(s);
	make_title(s);
	return true;
}

/* A tab in a name would end a column; newlines the reader has split at. */
static void
put_text(FILE *out, const struct buf *b)
{
	for (size_t i = 0; i < b->len; i++)
		putc(b->s[i] == '\t' ? ' ' : b->s[i], out);
}

void
boxes_dump(FILE *out, const struct flame *f, const struct options *o)
{
	struct boxes s = { .f = f, .o = o };

	while (boxes_next(&s)) {
		uint64_t width = s.node ? f->total[s.node] : boxes_total(f, o);

		fprintf(out, "%" PRIu32 "\t%" PRIu64 "\t%" PRIu64 "\t#%06"
		    PRIx32 "\t", s.depth, f->x[s.node], width, s.fill);
		put_text(out, &s.title);
		putc('\n', out);
	}
}
