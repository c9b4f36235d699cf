#include "cmd/gp-flame/svg.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "cmd/gp-flame/boxes.h"
#include "profile/kind.h"
#include "profile/webtext.h"
#include "base/utf8.h"

/* svg_css, svg_js as bytes; SVG_CSS_HASH, SVG_JS_HASH. */
#include "cmd/gp-flame/svg.inc"

#define XPAD 10.0
#define FRAME_PAD 1.0

struct layout {
	const struct options *o;
	double scale;   /* pixels a sample */
	double least;   /* narrower frames are left out */
	double top, height; /* of the frames; of the image */
	uint32_t levels;
};

const char *
svg_csp(void)
{
	return "default-src 'none'; script-src 'sha256-" SVG_JS_HASH "'; "
	    "style-src 'sha256-" SVG_CSS_HASH "'";
}

static void
put_text(FILE *out, const char *s)
{
	webtext_html(out, s, strlen(s));
}

static double
width_of(const struct flame *f, const struct layout *l, uint32_t node)
{
	uint64_t n = node ? f->total[node] : boxes_total(f, l->o);

	return (double)n * l->scale;
}

/* The deepest level with a frame that is wide enough gives the height. */
static void
measure(struct layout *l, const struct svg *s, const struct flame *f)
{
	const struct options *o = l->o = s->o;
	uint32_t level_end = 1, depth = 0, deepest = 0;
	double line = o->fontsize * 2;

	l->scale = (o->width - 2 * XPAD) / (double)boxes_total(f, o);
	l->least = o->minwidth_percent ?
	    (o->width - 2 * XPAD) * o->minwidth / 100 : o->minwidth;
	for (uint32_t i = 0; i < f->n; i++) {
		if (i == level_end) {
			depth++;
			level_end = f->first[i];
		}
		if (i == 0 || (double)f->total[i] >= l->least / l->scale)
			deepest = depth;
	}
	l->levels = deepest + 1;
	l->top = o->fontsize * 3 + (*s->subtitle ? line : 0);
	l->height = l->top + l->levels * o->height + line + 10;
}

/* flamegraph.pl's choice for its palettes; white under differences, most of which
 * are pale. */
static const char *
choose_ground(const struct options *o, bool diff)
{
	enum palette_id id = o->palette.id;

	if (o->bgcolors)
		return o->bgcolors;
	if (diff)
		return "#ffffff";
	if (id == PALETTE_MEM)
		return "green";
	if (id == PALETTE_IO || id == PALETTE_WAKEUP || id == PALETTE_CHAIN)
		return "blue";
	if (id <= PALETTE_MODULE || (id >= PALETTE_RED && id <= PALETTE_ORANGE))
		return "grey";
	return "yellow";
}

static void
put_background(FILE *out, const char *name)
{
	static const struct {
		const char *name, *from, *to;
	} grounds[] = {
		{ "yellow", "#eeeeee", "#eeeeb0" },
		{ "blue", "#eeeeee", "#e0e0ff" },
		{ "green", "#eef2ee", "#e0ffe0" },
		{ "grey", "#f8f8f8", "#e8e8e8" },
	};
	const char *from = name, *to = name;

	for (size_t i = 0; i < GP_COUNT(grounds); i++)
		if (strcmp(name, grounds[i].name) == 0) {
			from = grounds[i].from;
			to = grounds[i].to;
		}
	fprintf(out, "<defs><linearGradient id=\"background\" x1=\"0\" "
	    "y1=\"0\" x2=\"0\" y2=\"1\"><stop stop-color=\"%s\" offset=\"5%%\""
	    "/><stop stop-color=\"%s\" offset=\"95%%\"/></linearGradient>"
	    "</defs>\n", from, to);
}

/* A line of text outside the frames. anchor: what of it is at x. What does nothing
 * without the script is hidden until that runs, with or without a style sheet. */
static void
put_line(FILE *out, const char *id, double x, double y, const char *anchor,
    const char *text)
{
	bool button = strcmp(id, "search") == 0 || strcmp(id, "unzoom") == 0;

	fprintf(out, "<text id=\"%s\" x=\"%.2f\" y=\"%.2f\" "
	    "text-anchor=\"%s\"%s>", id, x, y, anchor,
	    button ? " visibility=\"hidden\"" : "");
	put_text(out, text);
	fputs("</text>\n", out);
}

static void
put_head(FILE *out, const struct svg *s, const struct layout *l, bool diff)
{
	const struct options *o = s->o;

	fprintf(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg "
	    "xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" "
	    "width=\"%g\" height=\"%g\" viewBox=\"0 0 %g %g\" "
	    "font-size=\"%g\" font-family=\"", o->width, l->height, o->width,
	    l->height, o->fontsize);
	put_text(out, o->fonttype);
	fprintf(out, "\" data-char=\"%g\" data-inverted=\"%d\" "
	    "data-nametype=\"", o->fontsize * o->fontwidth, o->icicle);
	put_text(out, o->nametype);
	fputs("\" data-search=\"", out);
	put_text(out, o->search);
	fputs("\">\n<title>", out);
	put_text(out, o->title);
	fputs("</title>\n", out);
	if (*o->notes || *s->incomplete) {
		fputs("<desc>", out);
		put_text(out, *s->incomplete ? "Incomplete: " : "");
		put_text(out, s->incomplete);
		put_text(out, *s->incomplete && *o->notes ? "; " : "");
		put_text(out, o->notes);
		fputs("</desc>\n", out);
	}
	fputs("<style><![CDATA[", out);
	fwrite(svg_css, 1, sizeof svg_css, out);
	fputs("]]></style>\n", out);
	put_background(out, choose_ground(o, diff));
}

static void
put_frame_text(FILE *out, const struct svg *s, const struct layout *l)
{
	const struct options *o = s->o;
	double line = o->fontsize * 2, foot = l->height - (line + 10) / 2;

	fputs("<rect width=\"100%\" height=\"100%\" fill=\"url(#background)\""
	    "/>\n", out);
	fprintf(out, "<g font-size=\"%g\">", o->fontsize + 5);
	put_line(out, "title", o->width / 2, line, "middle", o->title);
	fputs("</g>\n", out);
	if (*s->subtitle)
		put_line(out, "subtitle", o->width / 2, 2 * line, "middle",
		    s->subtitle);
	if (*s->incomplete)
		put_line(out, "incomplete", XPAD, 2 * line, "start",
		    "Incomplete input");
	put_line(out, "details", XPAD, foot, "start", " ");
	put_line(out, "unzoom", XPAD, line, "start", "Reset zoom");
	put_line(out, "search", o->width - XPAD, line, "end", "Search");
	put_line(out, "matched", o->width - XPAD, foot, "end", " ");
}

/* The first chars characters of a name, or two less and "..". */
static void
put_label(FILE *out, const char *s, size_t len, double chars)
{
	size_t at = 0, cut = 0, n = 0;

	if (chars < 3)
		return;
	while (at < len && (double)n < chars) {
		size_t step = utf8_len(s + at, len - at);

		if (n + 2 <= (size_t)chars)
			cut = at;
		at += step ? step : 1;
		n++;
	}
	webtext_html(out, s, at < len ? cut : len);
	if (at < len)
		fputs("..", out);
}

static void
open_group(FILE *out, const struct nameattr_of *of, const struct boxes *fr)
{
	if (of->href) {
		fputs("<a href=\"", out);
		put_text(out, of->href);
		fputs("\" target=\"", out);
		put_text(out, of->target ? of->target : "_top");
		fputs("\"><title>", out);
	} else {
		fputs("<g><title>", out);
	}
	if (of->title)
		put_text(out, of->title);
	else
		webtext_html(out, fr->title.s, fr->title.len);
	fputs("</title>", out);
}

static void
put_frame(FILE *out, const struct svg *s, const struct layout *l,
    const struct flame *f, const struct boxes *fr)
{
	const struct options *o = s->o;
	const struct nameattr_of *of = nameattr_get(s->attr, fr->name,
	    fr->len);
	double w = width_of(f, l, fr->node);
	double x1 = XPAD + (double)f->x[fr->node] * l->scale, x2 = x1 + w;
	double y = l->top + FRAME_PAD + o->height * (o->icicle ? fr->depth :
	    l->levels - 1 - fr->depth);

	open_group(out, of, fr);
	/* As wide as two rounded ends are apart: no gap, no overlap. */
	fprintf(out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
	    "height=\"%.1f\" fill=\"#%06" PRIx32 "\" rx=\"2\" ry=\"2\"/>"
	    "<text x=\"%.2f\" y=\"%.2f\">", x1, y,
	    round(x2 * 10) / 10 - round(x1 * 10) / 10, o->height - FRAME_PAD,
	    fr->fill, x1 + 3, y + (o->height - FRAME_PAD) / 2 + 3);
	put_label(out, fr->name, kind_bare_len(fr->name, fr->len),
	    floor(w / (o->fontsize * o->fontwidth)));
	fprintf(out, "</text></%s>\n", of->href ? "a" : "g");
}

void
svg_write(FILE *out, const struct svg *s, const struct flame *f)
{
	struct boxes fr = { .f = f, .o = s->o, .kept = s->kept };
	struct layout l;

	measure(&l, s, f);
	fr.least = l.least / l.scale;
	put_head(out, s, &l, f->diff);
	put_frame_text(out, s, &l);
	fputs("<g id=\"frames\">\n", out);
	while (boxes_next(&fr))
		put_frame(out, s, &l, f, &fr);
	fputs("</g>\n<script><![CDATA[", out);
	fwrite(svg_js, 1, sizeof svg_js, out);
	fputs("]]></script>\n</svg>\n", out);
}
