/*
 * gp-flame - draw stacks as a flame graph in one HTML file.
 *
 *	main;parse;read 30            ┌──────────┐
 *	main;parse 10         ─►      │ read 30  │
 *	main;write 20                 ├──────────┴─────┬──────────┐
 *	                              │ parse 40       │ write 20 │
 *	                              ├────────────────┴──────────┤
 *	                              │ main 60                   │
 *	                              └───────────────────────────┘
 *
 * Input is folded text or a gp stream. All frames are kept, however narrow: the
 * page draws those that can be seen. An input that turns out incomplete is drawn
 * as far as it goes and marked so, and the exit status is 65.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/opt.h"
#include "cmd/gp-flame/input.h"
#include "cmd/gp-flame/page.h"

static const char *title = "Flame graph", *subtitle, *output;
static bool icicle, dump_frames, print_csp;

static const struct opt opts[] = {
	{ 0, "dump-frames", OPT_FLAG, &dump_frames, NULL,
	    "print depth, x, width and name of each frame, no page", NULL },
	{ 0, "icicle", OPT_FLAG, &icicle, NULL,
	    "open with the root on top", NULL },
	{ 'o', "output", OPT_STR, &output, "FILE",
	    "write to FILE, whole or not at all (default: standard output)",
	    NULL },
	{ 0, "print-csp", OPT_FLAG, &print_csp, NULL,
	    "print the page's Content-Security-Policy and exit", NULL },
	{ 0, "subtitle", OPT_STR, &subtitle, "TEXT",
	    "second line of the heading (default: from the stream)", NULL },
	{ 0, "title", OPT_STR, &title, "TEXT",
	    "heading and title of the page", NULL },
	{ 0 },
};

static const struct opt_cmd cmd = {
	.name = "gp-flame",
	.about = "draw folded stacks or a gp stream as a flame graph",
	.operands = "[file ...]",
	.opts = opts,
	.operands_max = UINT8_MAX,
};

static void
read_all(struct input *in, char **file, int n)
{
	if (n == 0)
		input_read(in, STDIN_FILENO, "<stdin>");
	for (int i = 0; i < n; i++) {
		int fd;

		if (strcmp(file[i], "-") == 0) {
			input_read(in, STDIN_FILENO, "<stdin>");
			continue;
		}
		fd = open(file[i], O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			die(EX_NOINPUT, "%s:", file[i]);
		input_read(in, fd, file[i]);
		close(fd);
	}
}

/* Names never hold a tab or a newline: the reader splits lines, and a tab would
 * end a column, so it becomes a blank. */
static void
dump_name(FILE *out, const struct flame *f, uint32_t node)
{
	size_t len;
	const char *s = "all";

	if (node == 0) {
		fputs(s, out);
		return;
	}
	s = flame_name(f, f->name[node], &len);
	for (size_t i = 0; i < len; i++)
		putc(s[i] == '\t' ? ' ' : s[i], out);
}

static void
dump(FILE *out, const struct flame *f)
{
	uint32_t level_end = 1, depth = 0;

	for (uint32_t i = 0; i < f->n; i++) {
		if (i == level_end) {
			depth++;
			level_end = f->first[i];
		}
		fprintf(out, "%" PRIu32 "\t%" PRIu64 "\t%" PRIu64 "\t", depth,
		    f->x[i], f->total[i]);
		dump_name(out, f, i);
		putc('\n', out);
	}
}

static void
write_result(FILE *out, const struct input *in)
{
	struct buf source = { 0 };
	struct page page = {
		.title = title,
		.subtitle = subtitle,
		.incomplete = buf_str(&in->wrong),
		.lost = in->meta.lost,
		.filtered = in->meta.filtered,
		.streams = in->meta.streams,
		.icicle = icicle,
	};

	if (dump_frames) {
		dump(out, &in->flame);
		return;
	}
	input_source(in, &source);
	if (!subtitle)
		page.subtitle = buf_str(&source);
	page_write(out, &page, &in->flame);
	buf_free(&source);
}

static void
write_file(const struct input *in)
{
	struct file_new new;
	FILE *out = NULL;
	int fd, bad;

	if (file_new(&new, output, 0644) != 0 || (fd = dup(new.fd)) < 0 ||
	    !(out = fdopen(fd, "w"))) {
		file_new_abort(&new);
		die(EX_CANTCREAT, "%s:", output);
	}
	write_result(out, in);
	bad = ferror(out);
	bad |= fclose(out);
	if (bad || file_new_commit(&new) != 0) {
		file_new_abort(&new);
		die(EX_IOERR, "%s:", output);
	}
}

static void
write_stdout(const struct input *in)
{
	write_result(stdout, in);
	if (file_close_stdout() != 0)
		die(EX_IOERR, "standard output:");
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

int
main(int argc, char **argv)
{
	struct input in = { 0 };
	int first = opt_parse(&cmd, argc, argv), status;

	if (print_csp) {
		puts(page_csp());
		return file_close_stdout() == 0 ? EX_OK : EX_IOERR;
	}
	read_all(&in, argv + first, argc - first);
	if (in.flame.samples == 0)
		refuse(&in);
	if (in.raw)
		diag_say("the stream has addresses in place of names: "
		    "run it through gp-symbolize first");
	flame_layout(&in.flame);
	diag_verbose("%" PRIu64 " samples, %" PRIu32 " frames, %" PRIu32
	    " names, %" PRIu32 " levels", in.flame.samples, in.flame.n - 1,
	    in.flame.names, in.flame.levels);
	if (output && strcmp(output, "-") != 0)
		write_file(&in);
	else
		write_stdout(&in);
	status = judge(&in);
	input_free(&in);
	return status;
}
