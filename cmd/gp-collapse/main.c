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
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/opt.h"
#include "profile/filter.h"
#include "profile/fold.h"
#include "profile/input.h"
#include "profile/suffix.h"
#include "stream/stream.h"

enum { NO_TABLE = -1 };

static struct options {
	bool pid, tid, container, meta;
	uint32_t keep; /* suffixes */
	struct filter filter;
	uint64_t top;
	const char *output;
} options = { .keep = SUFFIX_ALL, .top = (uint64_t)NO_TABLE };

static const char *
set_annotate(void *dst, const char *arg)
{
	return suffix_parse_set(arg, dst);
}

static const char *
add_focus(void *dst, const char *arg)
{
	return filter_add(dst, FILTER_FOCUS, arg);
}

static const char *
add_ignore(void *dst, const char *arg)
{
	return filter_add(dst, FILTER_IGNORE, arg);
}

static const char *
add_hide(void *dst, const char *arg)
{
	return filter_add(dst, FILTER_HIDE, arg);
}

static const struct opt opts[] = {
	{ 0, "pid", OPT_FLAG, &options.pid, NULL,
	    "one process frame for each pid: comm-PID", NULL },
	{ 0, "tid", OPT_FLAG, &options.tid, NULL,
	    "one for each thread: comm-PID/TID, if recorded so", NULL },
	{ 0, "container", OPT_FLAG, &options.container, NULL,
	    "start each stack with its container, or [host]", NULL },
	{ 0, "annotate", OPT_CALL, &options.keep, "LIST",
	    "suffixes to keep: kernel,jit,python, all (default), none",
	    set_annotate },
	{ 0, "focus", OPT_CALL, &options.filter, "REGEX",
	    "only stacks with a frame that matches", add_focus },
	{ 0, "ignore", OPT_CALL, &options.filter, "REGEX",
	    "no stacks with a frame that matches", add_ignore },
	{ 0, "hide", OPT_CALL, &options.filter, "REGEX",
	    "leave out the frames that match", add_hide },
	{ 0, "top", OPT_U64, &options.top, "N",
	    "a table of the N hottest functions instead of stacks", NULL },
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
		.containers = f->opt.container,
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

static double
percent(uint64_t part, uint64_t whole)
{
	return whole ? 100.0 * (double)part / (double)whole : 0;
}

static void
write_top(const struct fold *f, FILE *out)
{
	const struct profile *p = &f->profile;
	struct profile_sum *sum;
	size_t n = profile_sums(p, &sum);
	uint64_t taken;

	fprintf(out, "%12s %6s %12s %6s  %s\n", "self", "self%", "total", "total%",
	    "function");
	for (size_t i = 0; i < n && i < options.top; i++)
		fprintf(out, "%12" PRIu64 " %5.1f%% %12" PRIu64 " %5.1f%%  %s\n",
		    sum[i].self, percent(sum[i].self, p->samples),
		    sum[i].total, percent(sum[i].total, p->samples),
		    intern_str(&p->names, sum[i].name));
	free(sum);
	taken = p->samples + f->filtered + f->meta.filtered + f->meta.lost;
	fprintf(out, "%" PRIu64 " samples taken, %" PRIu64 " lost, %" PRIu64
	    " truncated", taken, f->meta.lost, profile_truncated(p));
	if (f->filtered + f->meta.filtered)
		fprintf(out, ", %" PRIu64 " left out by filters",
		    f->filtered + f->meta.filtered);
	fputc('\n', out);
}

static void
write_output(const struct fold *f, FILE *out)
{
	if (options.top != (uint64_t)NO_TABLE)
		write_top(f, out);
	else
		write_folded(f, out);
}

static void
write_file(const struct fold *f, const char *path)
{
	struct file_new file;
	FILE *out;
	int fd, bad;

	if (file_new(&file, path, 0666) != 0) {
		file_new_abort(&file);
		die(EX_CANTCREAT, "create %s:", path);
	}
	fd = dup(file.fd);
	out = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (!out) {
		file_new_abort(&file);
		die(EX_OSERR, "write %s:", path);
	}
	write_output(f, out);
	bad = ferror(out);
	if (fclose(out) != 0 || bad || file_new_commit(&file) != 0) {
		file_new_abort(&file);
		die(EX_IOERR, "write %s:", path);
	}
}

static void
ignore_once(int sig)
{
	(void)sig;
}

/*
 * Ctrl-C reaches every stage of a pipeline. The recorder ends in good order on
 * it, and what it still says has to be collapsed; a second one ends this too.
 */
static void
survive_one_interrupt(void)
{
	struct sigaction act = {
		.sa_handler = ignore_once,
		.sa_flags = (int)SA_RESETHAND | SA_RESTART,
	};
	struct stat st;

	if (fstat(STDIN_FILENO, &st) == 0 && S_ISFIFO(st.st_mode))
		sigaction(SIGINT, &act, NULL);
}

int
main(int argc, char **argv)
{
	static char dash[] = "-", *no_operands[] = { dash, NULL };
	char **path = argv + opt_parse(&cmd, argc, argv);
	struct fold fold = { .opt = {
		.pid = options.pid || options.tid,
		.tid = options.tid,
		.container = options.container,
		.frames.drop = ~options.keep,
		.frames.filter = options.filter.n ? &options.filter : NULL,
	} };
	int status = EX_OK, s;

	if (options.top != (uint64_t)NO_TABLE && options.meta)
		opt_usage("--top and --meta exclude each other");
	if (opt_checks())
		return EX_OK;
	if (!*path)
		path = no_operands;
	survive_one_interrupt();
	for (; *path; path++) {
		s = input_read(&fold, *path);
		status = status ? status : s;
	}
	diag_verbose("%" PRIu64 " samples in %" PRIu32 " nodes of %" PRIu32
	    " names, %" PRIu64 " left out by filters", fold.profile.samples,
	    fold.profile.stacks.n, fold.profile.names.n, fold.filtered);
	if (options.output)
		write_file(&fold, options.output);
	else
		write_output(&fold, stdout);
	fold_free(&fold);
	filter_free(&options.filter);
	if (file_close_stdout() != 0)
		die(EX_IOERR, "write standard output:");
	s = diag_done();
	return status ? status : s;
}
