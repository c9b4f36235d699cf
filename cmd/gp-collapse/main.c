/*
 * gp-collapse - merge streams and folded files into one folded text.
 *
 *	#gp version=1 kind=named …
 *	#process pid=7 comm=sh …
 *	sh-7;main;read 3                     sh;main;read 8
 *	sh-7;main;write 4            -->     sh;main;write 4
 *	#end lines=2 samples=7 lost=0
 *	#gp version=1 kind=named …
 *	sh-9;main;read 5
 *	#end lines=1 samples=5 lost=0
 *
 * All is read, then all is written: sorted output needs the last line of the
 * input. Memory depends on distinct stacks only. The work is done in
 * libcommon/profile/: fold.c reads, profile.c merges and writes.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/opt.h"
#include "base/outfile.h"
#include "base/parse.h"
#include "profile/filter.h"
#include "profile/fold.h"
#include "profile/input.h"
#include "profile/suffix.h"
#include "stream/stream.h"
#include "table.h"

static struct options {
	bool app, program, meta, strip_hex, merge_recursion;
	uint32_t keep; /* suffixes */
	bool kept;     /* by one of --kernel, --jit */
	struct input_options in;
	struct filter filter, peek;
	struct table_options table;
	const char *output;
} options = { .keep = SUFFIX_ALL };

static const char *
set_annotate(void *dst, const char *arg)
{
	return suffix_parse_set(arg, dst);
}

/* --kernel and --jit add up, as with stackcollapse-perf.pl. */
static const char *
keep_too(const char *word)
{
	uint32_t set = 0;
	const char *wrong = suffix_parse_set(word, &set);

	options.keep = options.kept ? options.keep | set : set;
	options.kept = true;
	return wrong;
}

static const char *
keep_kernel(void *dst, const char *arg)
{
	(void)dst, (void)arg;
	return keep_too("kernel,inline");
}

static const char *
keep_jit(void *dst, const char *arg)
{
	(void)dst, (void)arg;
	return keep_too("jit,inline");
}

static const char *
keep_all(void *dst, const char *arg)
{
	(void)dst, (void)arg;
	return keep_too("all");
}

static const char *
set_compat(void *dst, const char *arg)
{
	bool *compat = dst;

	*compat = true;
	return strcmp(arg, "flamegraph") == 0 ? NULL : "not flamegraph";
}

static const char *
set_top(void *dst, const char *arg)
{
	options.table.top = true;
	return parse_u64(arg, dst) ? NULL : "not a whole number in range";
}

static const struct opt opts[] = {
	INPUT_OPTIONS(&options.in),
	{ 0, "app", OPT_FLAG, &options.app, NULL,
	    "start each stack with its application, or [no-app]", NULL },
	{ 0, "program", OPT_FLAG, &options.program, NULL,
	    "start each stack with its program: file, runtime, build", NULL },
	{ 0, "annotate", OPT_CALL, &options.keep, "LIST",
	    "suffixes to keep: kernel,jit,python, all (default), none",
	    set_annotate },
	{ 0, "kernel", OPT_CALL, NULL, NULL,
	    "keep the suffix of kernel frames, and of inlined ones",
	    keep_kernel },
	{ 0, "jit", OPT_CALL, NULL, NULL,
	    "keep that of compiled frames, and of inlined ones", keep_jit },
	{ 0, "all", OPT_CALL, NULL, NULL, "the same as --annotate=all",
	    keep_all },
	{ 0, "addrs", OPT_FLAG, &options.in.reading.addrs, NULL,
	    "show addresses of frames without a name", NULL },
	{ 0, "srcline", OPT_FLAG, &options.in.reading.lines, NULL,
	    "show source lines, where the input has them", NULL },
	{ 0, "strip-hex", OPT_FLAG, &options.strip_hex, NULL,
	    "write 0x... for hexadecimal numbers in names", NULL },
	{ 0, "merge-recursion", OPT_FLAG, &options.merge_recursion, NULL,
	    "write a function that calls itself once", NULL },
	FILTER_OPTIONS(&options.filter),
	FILTER_OPTIONS_CUT(&options.filter),
	{ 0, "top", OPT_CALL, &options.table.n, "N",
	    "a table of the N hottest functions instead of stacks", set_top },
	{ 0, "peek", OPT_CALL, &options.peek, "REGEX",
	    "tables of callers and callees of the functions that match",
	    filter_option_focus },
	{ 0, "json", OPT_FLAG, &options.table.json, NULL,
	    "write stacks or tables as JSON", NULL },
	{ 0, "compat", OPT_CALL, &options.in.reading.compat, "flamegraph",
	    "write what stackcollapse-perf.pl does of perf script output",
	    set_compat },
	{ 0, "meta", OPT_FLAG, &options.meta, NULL,
	    "write #gp, #lost and #end records too", NULL },
	{ 'o', "output", OPT_STR, &options.output, "FILE",
	    "write to FILE, replaced when complete", NULL },
	{ .kind = OPT_END },
};

static const struct opt_cmd cmd = {
	.name = "gp-collapse",
	.about = "Merge gp streams and folded files into one folded text.",
	.operands = "[file ...]",
	.opts = opts,
	.operands_max = UINT8_MAX,
	.section = "collapse",
};

static void
write_meta(const struct fold *f, struct stream_writer *w)
{
	const struct meta_totals totals = {
		.tool = cmd.name,
		.samples = f->profile.samples,
		.truncated = profile_truncated(&f->profile),
		.filtered = f->filtered,
		.containers = f->opt.heads.container,
		.apps = f->opt.heads.app,
		.programs = f->opt.heads.program,
	};
	struct buf b = { 0 };

	meta_write(&f->meta, &totals, &b);
	stream_write_record(w, &b);
	buf_free(&b);
}

/* #end with the same fields as the header, so that a cut file shows. */
static void
write_end(const struct fold *f, struct stream_writer *w)
{
	struct buf b = { 0 };
	uint64_t filtered;

	if (__builtin_add_overflow(f->meta.filtered, f->filtered, &filtered))
		filtered = UINT64_MAX;
	record_put_u64(&b, "truncated", profile_truncated(&f->profile));
	record_put_u64(&b, "filtered", filtered);
	stream_write_end(w, f->meta.lost, &b);
	buf_free(&b);
}

static void
write_folded(const struct fold *f, FILE *out)
{
	struct stream_writer w = { .f = out };

	if (options.meta)
		write_meta(f, &w);
	profile_write_folded(&f->profile, &w);
	if (options.meta)
		write_end(f, &w);
}

static void
write_output(const struct fold *f, FILE *out)
{
	if (options.table.top || options.table.peek || options.table.json)
		table_write(f, &options.table, out);
	else
		write_folded(f, out);
}

/* Suffixes come from asking for them, as with the script. */
static void
set_compat_options(struct reading_options *o)
{
	uint32_t kernel = 0, jit = 0;
	const char *wrong = suffix_parse_set("k", &kernel);

	wrong = wrong ? wrong : suffix_parse_set("j", &jit);
	o->compat_kernel = !wrong && options.keep != SUFFIX_ALL &&
	    (options.keep & kernel);
	o->compat_jit = !wrong && options.keep != SUFFIX_ALL &&
	    (options.keep & jit);
	if (options.kept && options.keep == SUFFIX_ALL)
		o->compat_kernel = o->compat_jit = true;
	if (!o->weight_given)
		o->weight = READING_PERIOD;
}

static void
check_options(void)
{
	const struct table_options *t = &options.table;

	if (options.peek.n)
		options.table.peek = &options.peek;
	if (options.in.reading.compat)
		set_compat_options(&options.in.reading);
	if (t->top && t->peek)
		opt_usage("--top and --peek exclude each other");
	if (options.meta && (t->top || t->peek || t->json))
		opt_usage("--meta and --%s exclude each other",
		    t->top ? "top" : t->peek ? "peek" : "json");
}

/* Read all, write all. */
static int
collapse(char **path)
{
	struct fold fold = { .opt = {
		.heads.app = options.app,
		.heads.program = options.program,
		.merge_recursion = options.merge_recursion,
		.frames = {
			.drop = ~options.keep,
			.strip_hex = options.strip_hex,
			.raw = options.in.reading.compat,
			.filter = options.filter.n ? &options.filter : NULL,
		},
	} };
	struct input in = {
		.reading = { .fold = &fold, .opt = options.in.reading },
		.format = options.in.from,
	};
	struct outfile out;
	int status;

	input_fold_options(&options.in, &fold.opt);
	status = input_read_all(&in, path);
	diag_verbose("%" PRIu64 " samples in %" PRIu32 " nodes of %" PRIu32
	    " names, %" PRIu64 " left out by filters", fold.profile.samples,
	    fold.profile.stacks.n, fold.profile.names.n, fold.filtered);
	if (outfile_open(&out, options.output) != 0)
		die(EX_CANTCREAT, "create %s:", out.name);
	write_output(&fold, out.f);
	if (outfile_done(&out) != 0)
		die(EX_IOERR, "write %s:", out.name);
	fold_free(&fold);
	return status;
}

int
main(int argc, char **argv)
{
	static char dash[] = "-", *no_operands[] = { dash, NULL };
	char **path = argv + opt_parse(&cmd, argc, argv);
	int status, lost;

	check_options();
	if (opt_checks())
		return EX_OK;
	input_survive_one_interrupt();
	status = collapse(*path ? path : no_operands);
	filter_free(&options.filter);
	filter_free(&options.peek);
	lost = diag_done();
	return status ? status : lost;
}
