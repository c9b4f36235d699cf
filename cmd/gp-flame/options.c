#include "cmd/gp-flame/options.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/opt.h"

static struct options options;
static const char *colors, *image_only;
static bool dump_frames, hash, random_colors;

/* A decimal number above 0 and not beyond reason. */
static const char *
set_number(void *dst, const char *arg)
{
	char *end;
	double v = strtod(arg, &end);

	if (!isdigit((unsigned char)arg[0]) && arg[0] != '.')
		return "not a number above 0";
	if (*end || !(v > 0) || v > 1e6)
		return "not a number from 0 to 1,000,000";
	*(double *)dst = v;
	return NULL;
}

/* "0.1" pixels, or "0.5%" of the whole; 0 is everything. */
static const char *
set_minwidth(void *dst, const char *arg)
{
	char *end;

	(void)dst;
	options.minwidth = strtod(arg, &end);
	options.minwidth_percent = *end == '%';
	if (!isdigit((unsigned char)arg[0]) || (*end && strcmp(end, "%") != 0))
		return "not a width in pixels, nor a percentage";
	return isfinite(options.minwidth) ? NULL : "too large";
}

static const char *
set_columns(void *dst, const char *arg)
{
	(void)dst;
	if (strcmp(arg, "auto") == 0)
		options.columns = 0;
	else if (strcmp(arg, "1") == 0)
		options.columns = 1;
	else if (strcmp(arg, "2") == 0)
		options.columns = 2;
	else
		return "not auto, 1 or 2";
	return NULL;
}

static const char *
set_order(void *dst, const char *arg)
{
	*(bool *)dst = strcmp(arg, "width") == 0;
	return *(bool *)dst || strcmp(arg, "name") == 0 ? NULL :
	    "not name or width";
}

static const char *
set_normalize(void *dst, const char *arg)
{
	*(bool *)dst = strcmp(arg, "total") == 0;
	return *(bool *)dst || strcmp(arg, "none") == 0 ? NULL :
	    "not total or none";
}

static const char *
set_colors(void *dst, const char *arg)
{
	colors = arg;
	return palette_find(arg, dst) ? NULL :
	    "not kind, module, hot, mem, io, wakeup, chain, java, js, perl, "
	    "red, green, blue, aqua, yellow, purple or orange";
}

static const char *
set_bgcolors(void *dst, const char *arg)
{
	static const char *const words[] = { "yellow", "blue", "green", "grey" };

	*(const char **)dst = arg;
	for (size_t i = 0; i < GP_COUNT(words); i++)
		if (strcmp(arg, words[i]) == 0)
			return NULL;
	if (arg[0] == '#' && strlen(arg) == 7 &&
	    strspn(arg + 1, "0123456789abcdefABCDEF") == 6)
		return NULL;
	return "not yellow, blue, green, grey or #rrggbb";
}

static const char *
add_base(void *dst, const char *arg)
{
	const char **p = reallocarray(options.base, options.base_n + 1,
	    sizeof *p);

	(void)dst;
	if (!p)
		die_nomem();
	p[options.base_n++] = arg;
	options.base = p;
	return NULL;
}

static const struct opt table[] = {
	{ 0, "base", OPT_CALL, NULL, "FILE",
	    "show what is different from FILE; several add up", add_base },
	{ 0, "bgcolors", OPT_CALL, &options.bgcolors, "COLOR",
	    "background of the image: yellow, blue, green, grey, #rrggbb",
	    set_bgcolors },
	{ 0, "colors", OPT_CALL, &options.palette.id, "PALETTE",
	    "kind (default), module; in an image hot (default), mem, java, ...",
	    set_colors },
	{ 0, "columns", OPT_CALL, NULL, "N",
	    "columns of counts: 1, 2 (base and new), auto (default)",
	    set_columns },
	{ 0, "countname", OPT_STR, &options.countname, "TEXT",
	    "what is counted (default: samples)", NULL },
	{ 0, "cp", OPT_FLAG, &options.cp, NULL,
	    "keep the colors of names in palette.map", NULL },
	{ 0, "dump-frames", OPT_FLAG, &dump_frames, NULL,
	    "print depth, x, width, fill and title of each frame", NULL },
	{ 0, "factor", OPT_CALL, &options.factor, "NUM",
	    "multiply counts that are shown", set_number },
	{ 0, "flamechart", OPT_FLAG, &options.chart, NULL,
	    "frames in the order of the input, not merged", NULL },
	{ 0, "fontsize", OPT_CALL, &options.fontsize, "NUM",
	    "size of text in pixels (default: 12)", set_number },
	{ 0, "fonttype", OPT_STR, &options.fonttype, "FONT",
	    "font of the image (default: Verdana)", NULL },
	{ 0, "fontwidth", OPT_CALL, &options.fontwidth, "NUM",
	    "average width of a character by its size (default: 0.59)",
	    set_number },
	{ 0, "hash", OPT_FLAG, &hash, NULL,
	    "names that start alike have like colors", NULL },
	{ 0, "height", OPT_CALL, &options.height, "NUM",
	    "height of a frame in pixels (default: 16)", set_number },
	{ 0, "icicle", OPT_FLAG, &options.icicle, NULL,
	    "root on top", NULL },
	{ 0, "inverted", OPT_FLAG, &options.icicle, NULL,
	    "the same", NULL },
	{ 0, "minwidth", OPT_CALL, NULL, "NUM",
	    "leave out what is narrower: pixels, or % (default: 0.1)",
	    set_minwidth },
	{ 0, "nameattr", OPT_STR, &options.nameattr, "FILE",
	    "titles and links of functions", NULL },
	{ 0, "nametype", OPT_STR, &options.nametype, "TEXT",
	    "what names are (default: Function:)", NULL },
	{ 0, "negate", OPT_FLAG, &options.negate, NULL,
	    "switch the colors of more and less", NULL },
	{ 0, "normalize", OPT_CALL, &options.normalize, "HOW",
	    "differences of shares: total (default); of counts: none",
	    set_normalize },
	{ 0, "notes", OPT_STR, &options.notes, "TEXT",
	    "a remark that is kept with the graph", NULL },
	{ 0, "order", OPT_CALL, &options.by_width, "HOW",
	    "frames beside each other by name (default) or width", set_order },
	{ 'o', "output", OPT_STR, &options.output, "FILE",
	    "write to FILE, whole or not at all (default: standard output)",
	    NULL },
	{ 0, "print-csp", OPT_FLAG, &options.print_csp, NULL,
	    "print the Content-Security-Policy and exit", NULL },
	{ 0, "random", OPT_FLAG, &random_colors, NULL,
	    "a color for each frame, whatever its name", NULL },
	{ 0, "reverse", OPT_FLAG, &options.reverse, NULL,
	    "merge from the innermost frame", NULL },
	{ 0, "search", OPT_STR, &options.search, "REGEX",
	    "search for this at the start", NULL },
	{ 0, "subtitle", OPT_STR, &options.subtitle, "TEXT",
	    "second line of the heading (default: from the stream)", NULL },
	{ 0, "svg", OPT_FLAG, &options.svg, NULL,
	    "write an SVG image instead of a page", NULL },
	{ 0, "title", OPT_STR, &options.title, "TEXT",
	    "heading (default: Flame graph)", NULL },
	{ 0, "total", OPT_U64, &options.total, "N",
	    "the sum that the full width stands for", NULL },
	{ 0, "width", OPT_CALL, &options.width, "NUM",
	    "width of the image in pixels (default: 1200)", set_number },
	{ 0 },
};

static const struct opt_cmd cmd = {
	.name = "gp-flame",
	.about = "Draw folded stacks or a gp stream as a flame graph.",
	.operands = "[file ...]",
	.opts = table,
	.operands_max = UINT8_MAX,
};

/* The first option given that only an image knows. */
static const char *
find_image_only(const struct options *o)
{
	const struct {
		const char *name;
		bool given;
	} only[] = {
		{ "bgcolors", o->bgcolors }, { "cp", o->cp },
		{ "factor", o->factor > 0 }, { "fontsize", o->fontsize > 0 },
		{ "fonttype", o->fonttype }, { "fontwidth", o->fontwidth > 0 },
		{ "hash", hash }, { "height", o->height > 0 },
		{ "minwidth", o->minwidth >= 0 }, { "nameattr", o->nameattr },
		{ "nametype", o->nametype }, { "random", random_colors },
		{ "total", o->total }, { "width", o->width > 0 },
	};

	for (size_t i = 0; i < GP_COUNT(only); i++)
		if (only[i].given)
			return only[i].name;
	return NULL;
}

static void
check(struct options *o)
{
	if (!o->svg && (image_only = find_image_only(o)))
		opt_usage("--%s is for an image: it needs --svg", image_only);
	if (!o->svg && o->palette.id > PALETTE_MODULE)
		opt_usage("--colors=%s is for an image: it needs --svg",
		    colors);
	if (hash && random_colors)
		opt_usage("--hash and --random exclude each other");
	if (o->chart && (o->base_n || o->columns == 2))
		opt_usage("--flamechart has no base to compare with");
	if (o->base_n && o->columns == 2)
		opt_usage("--base and --columns=2 exclude each other");
	if (o->minwidth_percent && o->minwidth > 100)
		opt_usage("--minwidth: more than 100 %%");
}

static double
either(double given, double otherwise)
{
	return given > 0 ? given : otherwise;
}

static void
set_defaults(struct options *o)
{
	if (!o->title)
		o->title = o->chart ? "Flame chart" :
		    o->svg && o->icicle ? "Icicle graph" : "Flame graph";
	if (o->svg && !colors)
		o->palette.id = PALETTE_HOT;
	o->palette.by = hash ? PALETTE_BY_HASH : random_colors ?
	    PALETTE_RANDOM : PALETTE_BY_NAME;
	o->kind = dump_frames ? OUTPUT_DUMP : o->svg ? OUTPUT_SVG :
	    OUTPUT_PAGE;
	if (o->minwidth < 0)
		o->minwidth = 0.1;
	o->fontsize = either(o->fontsize, 12);
	o->fontwidth = either(o->fontwidth, 0.59);
	o->width = either(o->width, 1200);
	o->height = either(o->height, 16);
	o->factor = either(o->factor, 1);
	o->fonttype = o->fonttype ? o->fonttype : "Verdana";
	o->nametype = o->nametype ? o->nametype : "Function:";
	if (o->width < 100)
		opt_usage("--width: less than 100 pixels");
}

int
options_parse(struct options *o, int argc, char **argv)
{
	int first;

	options = (struct options){
		.countname = "samples", .notes = "", .search = "",
		.normalize = true, .minwidth = -1,
	};
	first = opt_parse(&cmd, argc, argv);
	check(&options);
	set_defaults(&options);
	*o = options;
	return first;
}
