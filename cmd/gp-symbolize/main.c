/*
 * gp-symbolize - names in place of addresses.
 *
 *	#gp version=1 kind=raw …                   #gp version=1 kind=named …
 *	#process pid=7 comm=json …                 #process pid=7 comm=json …
 *	#module id=3 build_id=9c61… path=/usr/…    #module id=3 build_id=9c61…
 *	json-7;$3+1130;$3+11a4;$k+ffffffff81a0 5   json-7;main;parse;vfs_read_[k] 5
 *	#end lines=1 samples=5 lost=0              #end lines=1 samples=5 lost=0
 *
 * A filter: each line is written as soon as it is read, records unchanged. So it
 * may run beside gp-record, and opens the files that #module records name while
 * their processes live. names.h is the way from an address to a text.
 *
 * Samples are neither lost nor made here. If the input breaks off, all that came
 * is passed on, without an #end, so that what reads it knows as well.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/opt.h"
#include "flight.h"
#include "names.h"
#include "stream/stream.h"
#include "window.h"

struct symbolize {
	struct names names;
	struct stream_writer out;
	struct window window; /* lines that wait for what is in them */
	bool full;       /* they must go */
	struct flight flight;
	struct buf line; /* a record that is being written */
	uint64_t bad;    /* lines of this stream that were skipped */
	int status;      /* what the inputs have earned so far */
};

/* The fields of a record but some, behind begun text. */
static void
put_fields(struct buf *b, const struct record *r, const char *const *but)
{
	for (size_t i = 0; i < r->n; i++) {
		const char *const *p = but;

		while (*p && strcmp(*p, r->field[i].key) != 0)
			p++;
		if (!*p)
			record_put(b, r->field[i].key, r->field[i].value);
	}
}

static void
take_gp(struct symbolize *s, const struct stream *in)
{
	static const char *const but[] = { "version", "kind", NULL };
	const char *kind = record_get(&in->record, "kind");
	const char *version = record_get(&in->record, "version");

	if (!version || strcmp(version, "1") != 0)
		die(EX_DATAERR, "%s: %s", in->name,
		    stream_strerror(STREAM_EVERSION));
	if (!kind || (strcmp(kind, "raw") != 0 && strcmp(kind, "named") != 0))
		die(EX_DATAERR, "%s: not a stream of samples but of kind %s",
		    in->name, kind ? kind : "unknown");
	/* A stream that broke off before this one has no #end: its sums go. */
	s->out.lines = s->out.samples = 0;
	s->bad = 0;
	record_begin(&s->line, "gp");
	record_put(&s->line, "version", version);
	record_put(&s->line, "kind", s->names.keep_raw ? kind : "named");
	put_fields(&s->line, &in->record, but);
	record_end(&s->line);
}

/*
 * The sums are this stage's own. Lines that could not be read held samples that
 * the recorder counted: how many is the difference.
 */
static void
take_end(struct symbolize *s, const struct stream *in)
{
	static const char *const but[] = { "lines", "samples", "lost", NULL };
	uint64_t samples, lost;
	struct buf extra = { 0 };

	if (!record_get_u64(&in->record, "samples", &samples))
		samples = 0;
	if (!record_get_u64(&in->record, "lost", &lost))
		lost = 0;
	if (s->bad && samples > s->out.samples) {
		record_begin(&s->line, "lost");
		record_put_u64(&s->line, "count", samples - s->out.samples);
		record_put(&s->line, "reason", "bad-line");
		record_end(&s->line);
		lost += samples - s->out.samples;
	}
	put_fields(&extra, &in->record, but);
	stream_write_record(&s->out, &s->line);
	stream_write_end(&s->out, lost, &extra);
	buf_free(&extra);
}

static void
take_names(struct symbolize *s, const struct stream *in)
{
	if (!names_take_record(&s->names, &in->record))
		diag(DIAG_STREAM_RECORD, in->name, in->line, "%s",
		    in->record.tag);
}

/* Whether a record means nothing any more where addresses have become names. */
static bool
is_used_up(const struct symbolize *s, const struct record *r)
{
	return !s->names.keep_raw && record_is(r, "kfunction");
}

static void
take_record(struct symbolize *s, const struct stream *in,
    const struct stream_line *l)
{
	flight_reset(&s->flight);
	buf_reset(&s->line);
	if (record_is(&in->record, "end")) {
		take_end(s, in);
		return;
	}
	if (record_is(&in->record, "gp")) {
		take_gp(s, in);
	} else {
		buf_add(&s->line, l->text, l->len);
		buf_addc(&s->line, '\n');
	}
	/* On its way before the files are looked for: that may take a while. */
	stream_write_record(&s->out, &s->line);
	take_names(s, in);
}

static void
put_line(struct symbolize *s, const char *text, const struct window_line *l)
{
	if (l->count) {
		flight_add(&s->flight, text, l->len, l->count);
		return;
	}
	flight_reset(&s->flight);
	fwrite(text, 1, l->len, s->out.f);
}

/* Write the lines that wait. */
static void
release(struct symbolize *s)
{
	struct window *w = &s->window;

	if (w->n == 0)
		return;
	names_fetch(&s->names);
	for (size_t i = 0; i < w->n; i++)
		put_line(s, w->text.s + w->line[i].at, &w->line[i]);
	window_reset(w);
}

static void
take_sample(struct symbolize *s, const struct stream_line *l)
{
	if (l->count == 0)
		return;
	if (!names_wants_many(&s->names)) {
		flight_add(&s->flight, l->text, l->stack_len, l->count);
		return;
	}
	s->full = window_add(&s->window, l->text, l->stack_len, l->count);
	s->full |= flight_expect(&s->flight, l->text, l->stack_len);
	if (s->full)
		release(s);
}

/* A record in the midst of lines that wait, which means nothing to them, takes
 * effect now, and its place among them. */
static void
hold_record(struct symbolize *s, const struct stream *in,
    const struct stream_line *l)
{
	buf_reset(&s->line);
	buf_add(&s->line, l->text, l->len);
	buf_addc(&s->line, '\n');
	s->full = window_add(&s->window, s->line.s, s->line.len, 0);
	take_names(s, in);
	if (s->full)
		release(s);
}

static void
report(struct symbolize *s, const struct stream *in)
{
	enum stream_err err = stream_check(in);

	if (err == STREAM_OK && in->saw_gp)
		return;
	if (err == STREAM_EREAD)
		diag_say("%s: %s: %s", in->name, stream_strerror(err),
		    strerror(in->saved_errno));
	else if (err != STREAM_OK)
		diag_say("%s: %s", in->name, stream_strerror(err));
	else
		diag_say("%s: has no #gp record: not a gp stream", in->name);
	if (s->status == 0)
		s->status = err == STREAM_OK ? EX_DATAERR :
		    stream_exit_status(err);
}

/* Whether there is more to read while lines may still wait for it. */
static bool
is_coming(const struct window *w, int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int left = window_left_ms(w);

	return left > 0 && poll(&p, 1, left) > 0;
}

static void
filter(struct symbolize *s, int fd, const char *name)
{
	struct stream_line l;
	struct stream in;

	stream_init(&in, fd, name);
	for (;;) {
		/* Nothing is kept back while the input is waited for. */
		if (!stream_has_line(&in)) {
			if (s->window.n && !is_coming(&s->window, fd))
				release(s);
			flight_land(&s->flight);
			fflush(s->out.f);
		}
		switch (stream_read(&in, &l)) {
		case STREAM_END:
			release(s);
			flight_reset(&s->flight);
			report(s, &in);
			stream_free(&in);
			return;
		case STREAM_SAMPLE:
			take_sample(s, &l);
			break;
		case STREAM_RECORD:
			if (is_used_up(s, &in.record)) {
				take_names(s, &in);
				break;
			}
			if (s->window.n && names_is_addition(&s->names,
			    &in.record)) {
				hold_record(s, &in, &l);
				break;
			}
			/* It may give what comes before another meaning. */
			release(s);
			take_record(s, &in, &l);
			break;
		case STREAM_BAD:
			diag(l.bad, name, in.line, NULL);
			s->bad++;
			break;
		}
	}
}

static void
filter_path(struct symbolize *s, const char *path)
{
	int fd;

	if (strcmp(path, "-") == 0) {
		filter(s, STDIN_FILENO, "<stdin>");
		return;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		die(EX_NOINPUT, "open %s:", path);
	filter(s, fd, path);
	close(fd);
}

static const char *
parse_paths(void *dst, const char *arg)
{
	struct dress *d = dst;

	d->full_paths = strcmp(arg, "full") == 0;
	return d->full_paths || strcmp(arg, "base") == 0 ? NULL :
	    "neither base nor full";
}

/* "templates,args,clones" */
static const char *
parse_simplify(void *dst, const char *arg)
{
	struct dress *d = dst;

	while (*arg) {
		size_t len = strcspn(arg, ",");

		if (len == 9 && memcmp(arg, "templates", len) == 0)
			d->no_templates = true;
		else if (len == 4 && memcmp(arg, "args", len) == 0)
			d->no_args = true;
		else if (len == 6 && memcmp(arg, "clones", len) == 0)
			d->no_clones = true;
		else
			return "not of templates, args and clones";
		arg += len + (arg[len] == ',');
	}
	return NULL;
}

int
main(int argc, char **argv)
{
	static struct symbolize s = {
		.names = {
			.file_ns = JAIL_WAIT_MS * UINT64_C(1000000),
			.server_ns = DEBUGINFOD_S * UINT64_C(1000000000),
		},
		.flight = { .names = &s.names, .out = &s.out },
	};
	const struct opt opts[] = {
		{ 0, "addrs", OPT_FLAG, &s.names.addrs, NULL,
		    "show also where in its file an address without a name is",
		    NULL },
		{ 0, "file-timeout", OPT_DURATION, &s.names.file_ns, "TIME",
		    "give up on a file after TIME (default 30s)", NULL },
		{ 0, "inline", OPT_FLAG, &s.names.inlines, NULL,
		    "show inlined functions as frames of their own", NULL },
		{ 0, "keep-raw", OPT_FLAG, &s.names.keep_raw, NULL,
		    "leave addresses without a name as they came", NULL },
		{ 0, "lines", OPT_FLAG, &s.names.lines, NULL,
		    "show source files and lines behind names", NULL },
		{ 0, "no-demangle", OPT_FLAG, &s.names.dress.no_demangle, NULL,
		    "leave C++, Rust and D names as the linker sees them",
		    NULL },
		{ 0, "no-jail", OPT_FLAG, &s.names.no_jail, NULL,
		    "read files in this process, for debugging", NULL },
		{ 0, "offline", OPT_FLAG, &s.names.offline, NULL,
		    "ask no debuginfod server", NULL },
		{ 0, "paths", OPT_CALL, &s.names.dress, "FORM",
		    "of source files: base (the default) or full",
		    parse_paths },
		{ 0, "server-timeout", OPT_DURATION, &s.names.server_ns, "TIME",
		    "wait for debuginfod servers for TIME in all (default 20s)",
		    NULL },
		{ 0, "simplify", OPT_CALL, &s.names.dress, "LIST",
		    "shorten names by templates, args, clones", parse_simplify },
		{ 0 },
	};
	const struct opt_cmd cmd = {
		.name = "gp-symbolize",
		.about = "put names in place of the addresses in a raw stream",
		.operands = "[file ...]",
		.opts = opts,
		.operands_max = UINT8_MAX,
		.section = "symbolize",
	};
	/* Without a buffer glibc does not look at the size. */
	static char out[256 * 1024];
	int i = opt_parse(&cmd, argc, argv), status;

	if (opt_checks())
		return EX_OK;

	names_init(&s.names);
	s.out.f = stdout;
	setvbuf(stdout, out, _IOFBF, sizeof out);
	if (i == argc)
		filter(&s, STDIN_FILENO, "<stdin>");
	for (; i < argc; i++)
		filter_path(&s, argv[i]);
	diag_verbose("%llu addresses, %llu looked up, in %u files",
	    (unsigned long long)s.names.frames,
	    (unsigned long long)s.names.made, s.names.modules.images.n);
	names_free(&s.names);
	window_free(&s.window);
	flight_free(&s.flight);
	buf_free(&s.line);
	if (file_close_stdout() != 0)
		die(EX_IOERR, "write to standard output:");
	status = diag_done();
	return s.status ? s.status : status;
}
