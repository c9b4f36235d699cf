/*
 * gp-convert - write profiles in the formats of other tools.
 *
 *	#gp version=1 kind=named freq=99 ...       profile.pb.gz, which
 *	python3-7;main (app.py:31)_[p];read 3  ->  go tool pprof reads,
 *	#end lines=1 samples=3 lost=0              or any other format
 *
 * Reading is gp-collapse's (profile/input.h), writing the formats' own
 * (profile/convert.h); here are the options. What a format has no place for is
 * left out, everything else survives the way there and back.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/opt.h"
#include "base/outfile.h"
#include "profile/convert.h"
#include "profile/filter.h"
#include "profile/input.h"
#include "profile/suffix.h"

static struct options {
	const struct convert_format *to;
	const char *output;
	bool no_lines, no_addrs;
	struct input_options in;
	struct filter filter;
} options;

static const char *
set_to(void *dst, const char *arg)
{
	static struct buf wrong;
	const struct convert_format *f = convert_find(arg);

	*(const struct convert_format **)dst = f;
	if (f)
		return NULL;
	buf_adds(&wrong, "not one of ");
	for (size_t i = 0; (f = convert_format(i)); i++) {
		buf_adds(&wrong, i ? ", " : "");
		buf_adds(&wrong, f->name);
	}
	return buf_str(&wrong);
}

static const struct opt opts[] = {
	{ 0, "to", OPT_CALL, &options.to, "FORMAT",
	    "format of the output: pprof, speedscope, ... (by FILE's name)",
	    set_to },
	{ 'o', "output", OPT_STR, &options.output, "FILE",
	    "write to FILE, replaced when complete", NULL },
	INPUT_OPTIONS(&options.in),
	{ 0, "no-lines", OPT_FLAG, &options.no_lines, NULL,
	    "leave out source lines that the input has apart", NULL },
	{ 0, "no-addrs", OPT_FLAG, &options.no_addrs, NULL,
	    "leave out addresses of frames without a name", NULL },
	FILTER_OPTIONS(&options.filter),
	FILTER_OPTIONS_CUT(&options.filter),
	{ .kind = OPT_END },
};

static const struct opt_cmd cmd = {
	.name = "gp-convert",
	.about = "Write profiles in the formats of other tools.",
	.operands = "[file ...]",
	.opts = opts,
	.operands_max = UINT8_MAX,
};

static void
check_options(void)
{
	if (!options.to && options.output)
		options.to = convert_guess(options.output);
	if (!options.to)
		opt_usage("--to=FORMAT is needed%s", options.output ?
		    ": the name of the file does not tell" : "");
	if (options.to->binary && !options.output && isatty(STDOUT_FILENO))
		opt_usage("%s is nothing for a terminal: give -o FILE",
		    options.to->name);
	options.in.reading.lines = !options.no_lines;
	options.in.reading.addrs = !options.no_addrs;
}

static void
write_output(const struct convert *c)
{
	struct outfile out;
	const char *missing;

	if (outfile_open(&out, options.output) != 0)
		die(EX_CANTCREAT, "create %s:", out.name);
	missing = options.to->write(c, out.f);
	if (missing) {
		outfile_abort(&out);
		die(EX_UNAVAILABLE, "%s", missing);
	}
	if (outfile_done(&out) != 0)
		die(EX_IOERR, "write %s:", out.name);
}

/* Read all, write all. */
static int
convert(char **path)
{
	struct fold fold = { .opt = {
		.frames = {
			.drop = ~SUFFIX_ALL,
			.filter = options.filter.n ? &options.filter : NULL,
		},
	} };
	struct input in = {
		.reading = { .fold = &fold, .opt = options.in.reading },
		.format = options.in.from,
	};
	struct timeline timeline = { 0 };
	struct clock clock = { .timeline = &timeline };
	struct convert c = {
		.fold = &fold, .timeline = &timeline,
		.tool = "gp-convert/" GP_VERSION,
		.weight = options.in.reading.weight == READING_PERIOD ?
		    "weight" : NULL,
	};
	int status;

	input_fold_options(&options.in, &fold.opt);
	convert_fold_options(options.to, &fold.opt);
	if (options.to->has & CONVERT_TIMES)
		in.reading.clock = &clock;
	status = input_read_all(&in, path);
	timeline_sort(&timeline, NULL);
	c.start = clock.first_start;
	write_output(&c);
	timeline_free(&timeline);
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
	input_survive_one_interrupt();
	status = convert(*path ? path : no_operands);
	filter_free(&options.filter);
	lost = diag_done();
	return status ? status : lost;
}
