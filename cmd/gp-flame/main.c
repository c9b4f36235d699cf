/*
 * gp-flame - draw stacks as a flame graph in one HTML file, or an SVG image.
 *
 *	main;parse;read 30            ┌──────────┐
 *	main;parse 10         ─►      │ read 30  │
 *	main;write 20                 ├──────────┴─────┬──────────┐
 *	                              │ parse 40       │ write 20 │
 *	                              ├────────────────┴──────────┤
 *	                              │ main 60                   │
 *	                              └───────────────────────────┘
 *
 * Input is folded text or a gp stream, or two of them to compare. A page has all
 * frames, however narrow, and its script (page/) draws those that can be seen; an
 * image has those that are wide enough. An input that turns out incomplete is
 * drawn as far as it goes and marked so, and the exit status is 65.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/outfile.h"
#include "cmd/gp-flame/boxes.h"
#include "cmd/gp-flame/input.h"
#include "profile/nameattr.h"
#include "cmd/gp-flame/options.h"
#include "cmd/gp-flame/page.h"
#include "profile/palmap.h"
#include "cmd/gp-flame/svg.h"

static struct options options;

static void
read_file(struct input *in, enum input_side side, const char *path)
{
	int fd;

	if (strcmp(path, "-") == 0) {
		input_read(in, side, STDIN_FILENO, "<stdin>");
		return;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		die(EX_NOINPUT, "%s:", path);
	input_read(in, side, fd, path);
	close(fd);
}

static void
read_all(struct input *in, char **file, int n)
{
	in->columns = options.base_n || options.chart ? 1 : options.columns;
	in->flame.diff = options.base_n || options.columns == 2;
	in->flame.chart = options.chart;
	in->flame.reverse = options.reverse && options.kind != OUTPUT_PAGE;
	in->flame.by_width = options.by_width && options.kind != OUTPUT_PAGE;
	for (size_t i = 0; i < options.base_n; i++)
		read_file(in, INPUT_BASE, options.base[i]);
	if (n == 0)
		read_file(in, INPUT_NEW, "-");
	for (int i = 0; i < n; i++)
		read_file(in, INPUT_NEW, file[i]);
	input_done(in);
}

static void
write_image(FILE *out, const struct input *in, const char *subtitle)
{
	struct nameattr attr = { 0 };
	struct palmap map = { 0 };
	struct svg s = {
		.o = &options,
		.attr = &attr,
		.kept = options.cp ? &map : NULL,
		.subtitle = subtitle,
		.incomplete = buf_str(&in->wrong),
	};

	if (options.nameattr && nameattr_read(&attr, options.nameattr) != 0)
		die(EX_NOINPUT, "%s:", options.nameattr);
	if (options.cp && palmap_read(&map, PALMAP_FILE) != 0)
		die(EX_NOINPUT, PALMAP_FILE ":");
	svg_write(out, &s, &in->flame);
	if (options.cp && palmap_write(&map, PALMAP_FILE) != 0)
		die(EX_CANTCREAT, PALMAP_FILE ":");
	nameattr_free(&attr);
	palmap_free(&map);
}

static void
write_page(FILE *out, const struct input *in, const char *subtitle)
{
	const struct page page = {
		.o = &options,
		.subtitle = subtitle,
		.incomplete = buf_str(&in->wrong),
		.f = &in->flame,
		.timeline = &in->timeline,
		.interval_ns = in->clock.interval_ns,
		.meta = &in->meta,
		.base_meta = &in->base_meta,
	};

	page_write(out, &page);
}

static void
write_result(FILE *out, const struct input *in)
{
	struct buf source = { 0 };
	const char *subtitle = options.subtitle;

	if (!subtitle) {
		input_source(in, &source);
		subtitle = buf_str(&source);
	}
	if (options.kind == OUTPUT_DUMP)
		boxes_dump(out, &in->flame, &options);
	else if (options.kind == OUTPUT_SVG)
		write_image(out, in, subtitle);
	else
		write_page(out, in, subtitle);
	buf_free(&source);
}

/* Input without a sample: no page, and what was there stays. */
GP_NORETURN static void
refuse(const struct input *in)
{
	int lost = diag_done();

	if (in->err == STREAM_EREAD) {
		errno = in->saved_errno;
		die(EX_IOERR, "%s:", buf_str(&in->wrong));
	}
	if (in->err != STREAM_OK)
		die(stream_exit_status(in->err), "%s", buf_str(&in->wrong));
	die(EX_DATAERR, lost ? "the input has no line that is a sample" :
	    "the input has no samples");
}

/* The page is written: the exit status that its input earns. */
static int
judge(const struct input *in)
{
	int status = diag_done();

	if (in->err == STREAM_OK)
		return status;
	if (in->err == STREAM_EREAD) {
		errno = in->saved_errno;
		die(EX_IOERR, "%s:", buf_str(&in->wrong));
	}
	die(stream_exit_status(in->err), "%s (drawn as far as it goes)",
	    buf_str(&in->wrong));
}

static void
lay_out(struct input *in)
{
	struct flame *f = &in->flame;

	if (in->raw)
		diag_say("the stream has addresses in place of names: "
		    "run it through gp-symbolize first");
	if (options.total && options.total < f->samples)
		diag_say("--total is less than the sum of the counts, "
		    "not used");
	if (f->diff && f->base_samples == 0)
		diag_say("the base has no samples: all is new");
	flame_layout(f);
	timeline_sort(&in->timeline, f->number);
	diag_verbose("%" PRIu64 " samples, %" PRIu32 " frames, %" PRIu32
	    " names, %" PRIu32 " levels", f->samples, f->n - 1, f->names,
	    f->levels);
}

int
main(int argc, char **argv)
{
	struct input in = { 0 };
	int first = options_parse(&options, argc, argv), status;
	struct outfile out;

	if (options.print_csp) {
		puts(options.svg ? svg_csp() : page_csp());
		return file_close_stdout() == 0 ? EX_OK : EX_IOERR;
	}
	read_all(&in, argv + first, argc - first);
	if (in.flame.samples == 0)
		refuse(&in);
	lay_out(&in);
	if (outfile_open(&out, options.output) != 0)
		die(EX_CANTCREAT, "create %s:", out.name);
	write_result(out.f, &in);
	if (outfile_done(&out) != 0)
		die(EX_IOERR, "write %s:", out.name);
	status = judge(&in);
	input_free(&in);
	free(options.base);
	return status;
}
