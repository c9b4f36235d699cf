#include "profile/input.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diag.h"
#include "profile/austin.h"
#include "profile/bpftrace.h"
#include "profile/gprofiler.h"
#include "profile/perfcompat.h"
#include "profile/perfreport.h"
#include "profile/perfscript.h"
#include "profile/pprof.h"
#include "profile/speedscope.h"
#include "stream/stream.h"

/* Bad lines for a good one that are not damage, but another format. */
enum { HARDLY = 100 };

/* What is the same for all formats: could it be read at all? */
static int
judge_stream(const struct reading *r, enum stream_err err, int saved_errno)
{
	if (err == STREAM_EREAD)
		diag_error("%s: %s: %s", r->name, stream_strerror(err),
		    strerror(saved_errno));
	else if (err != STREAM_OK)
		diag_error("%s: %s", r->name, stream_strerror(err));
	return stream_exit_status(err);
}

static int
judge_lines(const struct reading *r, const struct lines *l)
{
	switch (l->source.err) {
	case SOURCE_OK:
		break;
	case SOURCE_EREAD:
		return judge_stream(r, STREAM_EREAD, l->source.saved_errno);
	case SOURCE_EPACKED:
		return judge_stream(r, STREAM_EPACKED, 0);
	case SOURCE_ELIB:
		return judge_stream(r, STREAM_ELIB, 0);
	}
	return l->n ? EX_OK : judge_stream(r, STREAM_EEMPTY, 0);
}

static bool
take_stream_record(struct reading *r, const struct record *record)
{
	const char *kind = record_get(record, "kind");

	r->good++;
	fold_record(r->fold, record);
	if (r->clock)
		clock_record(r->clock, record);
	return record_is(record, "gp") && kind &&
	    strcmp(kind, "discover") == 0;
}

/* What is wanted of a sample line, of which it may have too little. */
static void
take_sample(struct reading *r, const struct stream_line *l, bool *rounded)
{
	uint64_t count = l->count, base;
	uint32_t nano = l->nano, base_nano;
	size_t len = l->stack_len;

	if (r->opt.columns != READING_ONE) {
		if (!stream_split_count(l->text, &len, &base, &base_nano)) {
			reading_bad(r, "it has one count, not two");
			return;
		}
		if (r->opt.columns == READING_BASE) {
			count = base;
			nano = base_nano;
		}
	}
	if (nano && !*rounded)
		diag(DIAG_COLLAPSE_FRACTION, r->name, r->line, NULL);
	*rounded |= nano != 0;
	reading_stack(r, fold_sample_part(r->fold, l->text, len, count, nano),
	    count);
}

/* Whether what is taken for the stack ends in a number as well. */
static bool
has_two_counts(const struct stream_line *l)
{
	char last = l->stack_len ? l->text[l->stack_len - 1] : 'x';
	size_t len = l->stack_len;
	uint64_t count;
	uint32_t nano;

	return last <= '9' && stream_split_count(l->text, &len, &count, &nano);
}

static int
read_folded(struct reading *r, struct lines *l)
{
	struct stream s;
	struct stream_line line;
	uint64_t samples = 0, two = 0;
	bool discover = false, rounded = false;
	int status;

	stream_init_lines(&s, l, r->name);
	s.decimals = true;
	while (stream_read(&s, &line) != STREAM_END) {
		r->line = s.line;
		if (line.type == STREAM_SAMPLE) {
			samples++;
			if (two + 1 == samples)
				two += has_two_counts(&line);
			take_sample(r, &line, &rounded);
		} else if (line.type == STREAM_RECORD) {
			discover |= take_stream_record(r, &s.record);
		} else {
			r->bad++;
			diag(line.bad, r->name, r->line, NULL);
		}
	}
	fold_next_file(r->fold);
	if (two && two == samples && r->opt.columns == READING_ONE)
		diag_say("%s: each stack ends in a number: if lines have two "
		    "counts, see --columns", r->name);
	r->line = s.in.n;
	if (discover) {
		diag_error("%s: is a list of processes, not a recording "
		    "(kind=discover)", r->name);
		status = EX_DATAERR;
	} else {
		status = judge_stream(r, stream_check(&s), s.saved_errno);
	}
	stream_free(&s);
	return status;
}

/* A reader that takes a line at a time. */
struct line_reader {
	struct reading *r;
	union {
		struct perfscript perfscript;
		struct perfreport perfreport;
		struct bpftrace bpftrace;
		struct gprofiler gprofiler;
	};
};

static void
take_line(struct line_reader *x, enum detect_format format, const char *s,
    size_t len)
{
	switch (format) {
	case DETECT_PERF_SCRIPT:
		perfscript_line(&x->perfscript, s, len);
		break;
	case DETECT_PERF_REPORT:
		perfreport_line(&x->perfreport, s, len);
		break;
	case DETECT_BPFTRACE:
		bpftrace_line(&x->bpftrace, s, len);
		break;
	case DETECT_BPFTRACE_JSON:
		bpftrace_json_line(&x->bpftrace, s, len);
		break;
	case DETECT_AUSTIN:
		austin_line(x->r, s, len);
		break;
	case DETECT_GPROFILER:
		gprofiler_line(&x->gprofiler, s, len);
		break;
	case DETECT_UNSURE:
	case DETECT_FOLDED:
	case DETECT_SPEEDSCOPE:
	case DETECT_PPROF:
		break;
	}
}

/* The end of the file; what the reader took is freed. NULL, or what is wrong with
 * the whole of it. */
static const char *
end_lines(struct line_reader *x, enum detect_format format)
{
	const char *wrong = NULL;

	if (format == DETECT_PERF_SCRIPT) {
		perfscript_end(&x->perfscript);
		perfscript_free(&x->perfscript);
	} else if (format == DETECT_BPFTRACE ||
	    format == DETECT_BPFTRACE_JSON) {
		bpftrace_end(&x->bpftrace);
		bpftrace_free(&x->bpftrace);
	} else if (format == DETECT_PERF_REPORT) {
		if (x->perfreport.children)
			wrong = "counts stacks more than once: perf report "
			    "needs --no-children";
		perfreport_free(&x->perfreport);
	}
	return wrong;
}

static int
read_by_line(struct reading *r, struct lines *l, enum detect_format format)
{
	/* All of them begin with the pointer to what they fill. */
	struct line_reader x = { .r = r, .perfscript.r = r };
	const char *s, *wrong;
	size_t len;

	while (lines_next(l, &s, &len)) {
		r->line = l->n;
		if (len == LINES_TOO_LONG)
			reading_bad(r, "it is too long");
		else
			take_line(&x, format, s, len);
	}
	wrong = end_lines(&x, format);
	if (!wrong)
		return judge_lines(r, l);
	diag_error("%s: %s", r->name, wrong);
	return EX_DATAERR;
}

/* Formats of which all is needed before the first stack is known. */
static int
read_whole(struct reading *r, struct lines *l, enum detect_format format)
{
	size_t max = format == DETECT_PPROF ? PPROF_SIZE_MAX :
	    SPEEDSCOPE_SIZE_MAX;
	const char *wrong = NULL;
	struct buf b = { 0 };
	int status = EX_OK;

	if (!lines_rest(l, &b, max))
		wrong = "is too large";
	else if (l->source.err != SOURCE_OK)
		status = judge_lines(r, l);
	else if (format == DETECT_PPROF)
		wrong = pprof_read(r, b.s, b.len);
	else
		wrong = speedscope_read(r, b.s, b.len);
	buf_free(&b);
	if (wrong) {
		diag_error("%s: %s", r->name, wrong);
		status = EX_DATAERR;
	}
	return status;
}

static int
read_perf_compat(struct reading *r, struct lines *l)
{
	struct perfcompat p = {
		.r = r, .kernel = r->opt.compat_kernel,
		.jit = r->opt.compat_jit, .pid = r->fold->opt.heads.pid,
		.tid = r->fold->opt.heads.tid,
	};
	const char *s;
	size_t len;

	while (lines_next(l, &s, &len)) {
		r->line = l->n;
		if (len == LINES_TOO_LONG)
			reading_bad(r, "it is too long");
		else
			perfcompat_line(&p, s, len);
	}
	perfcompat_free(&p);
	return judge_lines(r, l);
}

/* What people take for a profile; NULL if it is not that. */
static const char *
what_it_is(const char *s, size_t len)
{
	if (len >= 4 && memcmp(s, "\177ELF", 4) == 0)
		return "is a program or a library, no profile";
	if (len >= 8 && memcmp(s, "PERFILE2", 8) == 0)
		return "is a perf.data file: give what perf script prints of it";
	return NULL;
}

/* *wrong: why it has none, or NULL. */
static enum detect_format
find_format(const struct input *in, struct lines *l, const char **wrong)
{
	enum detect_format f = in->format;
	const char *s;
	size_t len;
	bool more;

	*wrong = NULL;
	while (f == DETECT_UNSURE && !*wrong) {
		more = lines_peek(l, &s, &len, DETECT_MAX);
		*wrong = what_it_is(s, len);
		f = detect(s, len, !more);
	}
	return f;
}

/* Damage leaves more: what is something else has lines that look like stacks,
 * too. */
static bool
is_hardly_read(const struct reading *r)
{
	return r->bad / HARDLY > r->good || (r->bad && !r->good);
}

static int
read_lines(struct input *in, struct lines *l)
{
	struct reading *r = &in->reading;
	const char *wrong;
	enum detect_format format = find_format(in, l, &wrong);
	int status;

	if (wrong) {
		diag_error("%s: %s", r->name, wrong);
		return EX_DATAERR;
	}
	diag_verbose("%s: is read as %s", r->name, detect_name(format));
	r->line = r->good = r->bad = r->skipped = 0;
	if (r->clock)
		clock_next_file(r->clock);
	if (format == DETECT_FOLDED)
		status = read_folded(r, l);
	else if (format == DETECT_PPROF || format == DETECT_SPEEDSCOPE)
		status = read_whole(r, l, format);
	else if (format == DETECT_PERF_SCRIPT && r->opt.compat)
		status = read_perf_compat(r, l);
	else
		status = read_by_line(r, l, format);
	if (status == EX_OK && is_hardly_read(r)) {
		diag_error(r->good ? "%s: hardly a line of it could be read as %s" :
		    "%s: holds no stack that could be read as %s", r->name,
		    detect_name(format));
		status = EX_DATAERR;
	}
	if (status == EX_OK && r->skipped && !r->good && r->opt.event) {
		diag_error("%s: holds no sample of %s, but of %s", r->name,
		    r->opt.event, buf_str(&r->event));
		status = EX_DATAERR;
	}
	diag_verbose("%s: %llu lines", r->name, (unsigned long long)r->line);
	return status;
}

int
input_read(struct input *in, const char *path)
{
	bool is_stdin = strcmp(path, "-") == 0;
	int fd = STDIN_FILENO, status;
	struct lines l;

	if (!is_stdin) {
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0) {
			diag_error("open %s: %s", path, strerror(errno));
			return EX_NOINPUT;
		}
	} else if (isatty(fd)) {
		diag_say("reading from the terminal; end with Ctrl-D");
	}
	in->reading.name = is_stdin ? "<stdin>" : path;
	lines_init(&l, fd);
	status = read_lines(in, &l);
	lines_free(&l);
	if (!is_stdin)
		close(fd);
	return status;
}

void
input_done(struct input *in)
{
	int err = fold_round(in->reading.fold);

	if (err != 0)
		diag(err == FOLD_ENONE ? DIAG_COLLAPSE_NOTHING :
		    DIAG_COLLAPSE_SUM, in->reading.name, 0, NULL);
	reading_done(&in->reading);
}

int
input_read_all(struct input *in, char *const *path)
{
	int status = EX_OK, s;

	for (; *path; path++) {
		s = input_read(in, *path);
		status = status ? status : s;
	}
	input_done(in);
	return status;
}

const char *
input_option_weight(void *options, const char *word)
{
	struct reading_options *o = options;
	bool period = strcmp(word, "period") == 0;

	o->weight = period ? READING_PERIOD : READING_SAMPLES;
	o->weight_given = true;
	return period || strcmp(word, "samples") == 0 ? NULL :
	    "neither samples nor period";
}

const char *
input_option_columns(void *options, const char *word)
{
	static const char *const words[] = {
		[READING_ONE] = "1", [READING_NEW] = "2",
		[READING_BASE] = "base",
	};
	struct reading_options *o = options;

	for (size_t i = 0; i < GP_COUNT(words); i++)
		if (strcmp(words[i], word) == 0) {
			o->columns = (enum reading_columns)i;
			return NULL;
		}
	return "not one of 1, 2, base";
}

static void
ignore_once(int sig)
{
	(void)sig;
}

void
input_fold_options(const struct input_options *o, struct fold_options *f)
{
	f->heads.pid = o->pid || o->tid;
	f->heads.tid = o->tid;
	f->heads.container = o->container;
}

void
input_survive_one_interrupt(void)
{
	struct sigaction act = {
		.sa_handler = ignore_once,
		.sa_flags = (int)SA_RESETHAND | SA_RESTART,
	};
	struct stat st;

	if (fstat(STDIN_FILENO, &st) == 0 && S_ISFIFO(st.st_mode))
		sigaction(SIGINT, &act, NULL);
}
