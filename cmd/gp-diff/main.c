/*
 * gp-diff - what costs more in some recordings than in others, and whether that
 * is too much.
 *
 *	base1 base2 base3  --  new1 new2 new3
 *
 *	base 10482 samples in 3 runs; new 10479 samples in 3 runs; 41 tests
 *	     base      new     change   ratio        interval       p        function
 *	   20.13%   26.21%    +6.08pp   1.302   1.229-1.380   <0.0001 FAIL   parse
 *	gate failed: 1 of 41 grew beyond the limit
 *
 * Reading is gp-collapse's; compare.h brings the runs together, diffstat.h has
 * the statistics, report.h the verdict, out_*.c the forms.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/opt.h"
#include "base/outfile.h"
#include "output.h"
#include "profile/fold.h"
#include "profile/input.h"
#include "profile/suffix.h"

enum normalize { NORMALIZE_TOTAL, NORMALIZE_NONE, NORMALIZE_TRUNCATE };
enum form { TABLE, FOLDED, JSON, MARKDOWN, JUNIT, GITHUB, FORMS };
enum { EX_UNDECIDED = 3 };

static struct options {
	enum normalize normalize;
	bool normalize_given;
	bool self, strip_hex, undecided_passes;
	bool form[FORMS];
	struct filter filter;
	struct rules rules;
	const char *work;
	double confidence, floor, min_change;
	uint64_t min_runs, top;
	const char *output;
} options = {
	.confidence = 0.95,
	.floor = 0.005,
	.min_change = -1,
	.min_runs = 3,
	.top = 30,
};

static const char *
add_rule(void *dst, const char *arg)
{
	return rules_add(dst, arg);
}

static const char *
set_normalize(void *dst, const char *arg)
{
	static const char *const word[] = { "total", "none", "truncate" };

	options.normalize_given = true;
	for (size_t i = 0; i < sizeof word / sizeof *word; i++) {
		if (strcmp(arg, word[i]) == 0) {
			*(enum normalize *)dst = (enum normalize)i;
			return NULL;
		}
	}
	return "is not total, none or truncate";
}

static const char *
set_undecided(void *dst, const char *arg)
{
	if (strcmp(arg, "pass") != 0 && strcmp(arg, "fail") != 0)
		return "is not pass or fail";
	*(bool *)dst = arg[0] == 'p';
	return NULL;
}

/* "95%" or "0.5%", without the sign too. */
static const char *
set_percent(void *dst, const char *arg)
{
	char *end;
	double v;

	if ((*arg < '0' || *arg > '9') && *arg != '.')
		return "is not a percentage";
	v = strtod(arg, &end);
	if (*end == '%')
		end++;
	if (*end || !(v >= 0 && v <= 100))
		return "is not a percentage";
	*(double *)dst = v / 100;
	return NULL;
}

static const struct opt opts[] = {
	{ 0, "fail-on", OPT_CALL, &options.rules, "RULE",
	    "fail on growth beyond 5%, 2pp, or 'frame~^app::|3%'",
	    add_rule },
	{ 0, "inconclusive", OPT_CALL, &options.undecided_passes, "WORD",
	    "what too few samples or runs are: fail (3, default), pass (0)",
	    set_undecided },
	{ 0, "work", OPT_STR, &options.work, "N1,N2",
	    "compare cost for a unit of work; work done by a run of each side",
	    NULL },
	{ 0, "normalize", OPT_CALL, &options.normalize, "WORD",
	    "compare shares of the total (default), none: sample counts",
	    set_normalize },
	{ 0, "self", OPT_FLAG, &options.self, NULL,
	    "compare functions without what they call", NULL },
	{ 0, "strip-hex", OPT_FLAG, &options.strip_hex, NULL,
	    "take 0x1f2a in names for 0x...", NULL },
	FILTER_OPTIONS(&options.filter),
	{ 0, "confidence", OPT_CALL, &options.confidence, "PERCENT",
	    "of intervals, and of the gate not to fail by chance (95%)",
	    set_percent },
	{ 0, "floor", OPT_CALL, &options.floor, "PERCENT",
	    "smallest share that is looked at (0.5%)", set_percent },
	{ 0, "min-change", OPT_CALL, &options.min_change, "PERCENT",
	    "smallest change of a share that fails (0.5%)", set_percent },
	{ 0, "min-runs", OPT_U64, &options.min_runs, "N",
	    "runs a side without which nothing is decided (3)", NULL },
	{ 0, "top", OPT_U64, &options.top, "N",
	    "rows of the table (30)", NULL },
	{ 0, "folded", OPT_FLAG, &options.form[FOLDED], NULL,
	    "write two columns for a difference flame graph", NULL },
	{ 0, "json", OPT_FLAG, &options.form[JSON], NULL,
	    "write JSON", NULL },
	{ 0, "markdown", OPT_FLAG, &options.form[MARKDOWN], NULL,
	    "write a table for a pull request", NULL },
	{ 0, "junit", OPT_FLAG, &options.form[JUNIT], NULL,
	    "write JUnit XML", NULL },
	{ 0, "github", OPT_FLAG, &options.form[GITHUB], NULL,
	    "write annotations of GitHub Actions", NULL },
	{ 'o', "output", OPT_STR, &options.output, "FILE",
	    "write to FILE, replaced when complete", NULL },
	{ .kind = OPT_END },
};

static const struct opt_cmd cmd = {
	.name = "gp-diff",
	.about = "Compare recordings before and after a change, and judge.",
	.operands = "base ... -- new ...",
	.opts = opts,
	.operands_max = UINT8_MAX,
};

/* Stands in argv for the "--" between the two sides, so that options may stand
 * behind it. Known by its address. */
static char separator[] = "the new side";

static void
mark_separator(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--") == 0) {
			argv[i] = separator;
			return;
		}
	}
}

/* What must be the same in all recordings, or they say nothing of each other. */
struct common {
	char *event, *freq;
	const char *first; /* the file that said so */
};

static void
check_same(char **known, const struct meta *m, const char *key,
    struct common *all, const char *path)
{
	const char *value = meta_get(m, key);

	if (!value)
		return;
	if (!*known) {
		*known = strdup(value);
		if (!*known)
			die_nomem();
		all->first = path;
	} else if (strcmp(*known, value) != 0) {
		die(EX_DATAERR, "%s: has %s=%s, but %s has %s", path, key,
		    value, all->first, *known);
	}
}

static void
add_run(struct compare *c, const char *path, enum compare_side side,
    struct common *all)
{
	struct fold f = { .opt = {
		.frames.drop = ~SUFFIX_ALL,
		.frames.filter = options.filter.n ? &options.filter : NULL,
	} };
	struct input in = { .reading.fold = &f };
	int status = input_read(&in, path);

	input_done(&in);
	if (status != EX_OK)
		exit(status);
	check_same(&all->event, &f.meta, "event", all, path);
	if (options.work || options.normalize == NORMALIZE_NONE)
		check_same(&all->freq, &f.meta, "freq", all, path);
	if (f.profile.samples == 0)
		die(EX_DATAERR, "%s: has no samples%s", path,
		    f.filtered ? " that the filters let through" : "");
	if (!compare_add(c, &f.profile, side))
		die(EX_DATAERR, "%s: too many samples", path);
	fold_free(&f);
}

static void
read_runs(struct compare *c, char **path, int n)
{
	struct common all = { 0 };
	int base = 0;

	while (base < n && path[base] != separator)
		base++;
	if (base == n && n != 2)
		opt_usage("expected two files, or base ... -- new ...");
	if (base == n)
		base = 1;
	else if (base == 0 || base == n - 1)
		opt_usage("no files %s --", base ? "behind" : "before");
	for (int i = 0; i < base; i++)
		add_run(c, path[i], COMPARE_BASE, &all);
	for (int i = base + (path[base] == separator); i < n; i++)
		add_run(c, path[i], COMPARE_NEW, &all);
	free(all.event);
	free(all.freq);
}

/* Read "1000" or "1000+990+1010" into work[], n numbers; NULL or what is wrong. */
static const char *
parse_work(const char *s, size_t len, double *work, size_t n)
{
	const char *end = s + len;
	size_t given = 0;

	while (s < end) {
		char *after;
		double v = strtod(s, &after);

		if (*s < '0' || *s > '9' || !(v > 0) || v > 1e300 ||
		    after > end || (after < end && *after != '+'))
			return "is not N1,N2 with numbers above 0";
		if (given == n)
			return "has more numbers than there are runs";
		work[given++] = v;
		s = after + (after < end);
	}
	if (given == 0 || (given != 1 && given != n))
		return "needs one number for a side, or one for each run";
	for (; given < n; given++)
		work[given] = work[0];
	return NULL;
}

/* The work of each run; all 1 if nothing was said. */
static double *
read_work(const struct compare *c)
{
	size_t base = compare_runs(c, COMPARE_BASE);
	double *work = calloc(c->runs, sizeof *work);
	const char *comma, *wrong;

	if (!work)
		die_nomem();
	for (size_t i = 0; i < c->runs; i++)
		work[i] = 1;
	if (!options.work)
		return work;
	comma = strchr(options.work, ',');
	if (!comma)
		opt_usage("--work=%s: is not N1,N2", options.work);
	wrong = parse_work(options.work, (size_t)(comma - options.work), work,
	    base);
	if (!wrong)
		wrong = parse_work(comma + 1, strlen(comma + 1), work + base,
		    c->runs - base);
	if (wrong)
		opt_usage("--work=%s: %s", options.work, wrong);
	return work;
}

static enum form
chosen_form(void)
{
	enum form form = TABLE;

	for (int i = 0; i < FORMS; i++) {
		if (!options.form[i])
			continue;
		if (form != TABLE)
			opt_usage("only one form at a time");
		form = (enum form)i;
	}
	return form;
}

static void
check_options(enum form form)
{
	bool costs = options.work || options.normalize == NORMALIZE_NONE;

	if (options.work && options.normalize_given)
		opt_usage("--work and --normalize exclude each other");
	if (form == FOLDED && options.work)
		opt_usage("--folded has no use for --work");
	if (options.confidence < 0.5 || options.confidence >= 1)
		opt_usage("--confidence is from 50%% to below 100%%");
	if (options.min_runs < 1 || options.min_runs > 1000)
		opt_usage("--min-runs is from 1 to 1000");
	for (size_t i = 0; i < options.rules.n; i++)
		if (costs && options.rules.v[i].points)
			opt_usage("--fail-on=%s: points are of shares",
			    options.rules.v[i].text);
}

static void
write_form(FILE *f, enum form form, const struct report *r)
{
	static const enum output_scale scale[] = {
		[NORMALIZE_TOTAL] = OUTPUT_SCALED,
		[NORMALIZE_NONE] = OUTPUT_COUNTS,
		[NORMALIZE_TRUNCATE] = OUTPUT_TRUNCATED,
	};

	switch (form) {
	case TABLE:
		output_table(f, r, options.top);
		break;
	case FOLDED:
		output_folded(f, r->compare, options.normalize_given ?
		    scale[options.normalize] : OUTPUT_COUNTS);
		break;
	case JSON:
		output_json(f, r);
		break;
	case MARKDOWN:
		output_markdown(f, r, options.top);
		break;
	case JUNIT:
		output_junit(f, r);
		break;
	case GITHUB:
		output_github(f, r);
		break;
	case FORMS:
		break;
	}
}

static int
gate_status(const struct report *r)
{
	if (r->verdict == VERDICT_FAIL)
		return 1;
	if (r->verdict == VERDICT_OPEN && !options.undecided_passes)
		return EX_UNDECIDED;
	return EX_OK;
}

static void
say_verdict(const struct report *r)
{
	struct buf b = { 0 };

	report_put_verdict(r, &b);
	diag_say("%s", buf_str(&b));
	buf_free(&b);
}

int
main(int argc, char **argv)
{
	struct compare c = { 0 };
	struct report r = {
		.compare = &c,
		.rules = &options.rules,
	};
	struct outfile out;
	enum form form;
	double *work;
	int first, damaged, status;

	mark_separator(argc, argv);
	first = opt_parse(&cmd, argc, argv);
	form = chosen_form();
	check_options(form);
	c.self = options.self;
	c.strip_hex = options.strip_hex;
	read_runs(&c, argv + first, argc - first);
	damaged = diag_done();
	if (damaged && options.rules.n)
		die(EX_DATAERR, "lines of the input were lost: no verdict");
	work = read_work(&c);
	r.work = work;
	r.shares = !options.work && options.normalize != NORMALIZE_NONE;
	r.alpha = 1 - options.confidence;
	r.floor = options.floor;
	r.min_change = options.min_change;
	r.min_runs = (uint32_t)options.min_runs;
	if (form != FOLDED || options.rules.n)
		report_make(&r);
	if (outfile_open(&out, options.output) != 0)
		die(EX_CANTCREAT, "create %s:", out.name);
	write_form(out.f, form, &r);
	if (outfile_done(&out) != 0)
		die(EX_IOERR, "write %s:", out.name);
	if (r.verdict > VERDICT_PASS && (form != TABLE || options.output))
		say_verdict(&r);
	status = options.rules.n ? gate_status(&r) : damaged;
	free(work);
	report_free(&r);
	rules_free(&options.rules);
	filter_free(&options.filter);
	compare_free(&c);
	return status;
}
