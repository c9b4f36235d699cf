#include "profile/input.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "stream/stream.h"

struct input {
	struct fold *fold;
	struct stream stream;
	uint64_t good; /* lines that meant something */
	uint64_t bad;
	bool wrong_kind;
};

static void
take_sample(struct input *in, const struct stream_line *l)
{
	const struct stream *s = &in->stream;

	in->good++;
	if (fold_sample(in->fold, l->text, l->stack_len, l->count) != 0)
		diag(DIAG_COLLAPSE_SUM, s->name, s->line, NULL);
	if (in->fold->notes & FRAMES_UNKNOWN_MODULE)
		diag(DIAG_COLLAPSE_MODULE, s->name, s->line, NULL);
	if (in->fold->notes & FRAMES_LONG_NAME)
		diag(DIAG_COLLAPSE_NAME, s->name, s->line, NULL);
	if (in->fold->notes & FOLD_DEEP)
		diag(DIAG_COLLAPSE_DEEP, s->name, s->line, NULL);
}

static void
take_record(struct input *in)
{
	const struct record *r = &in->stream.record;
	const char *kind = record_get(r, "kind");

	in->good++;
	if (record_is(r, "gp") && kind && strcmp(kind, "discover") == 0)
		in->wrong_kind = true;
	fold_record(in->fold, r);
}

static void
read_lines(struct input *in)
{
	struct stream *s = &in->stream;
	struct stream_line l;

	while (stream_read(s, &l) != STREAM_END) {
		if (l.type == STREAM_SAMPLE) {
			take_sample(in, &l);
		} else if (l.type == STREAM_RECORD) {
			take_record(in);
		} else {
			in->bad++;
			diag(l.bad, s->name, s->line, NULL);
		}
	}
}

/* Say what is wrong with the whole of it, and what that makes the status. */
static int
judge(const struct input *in)
{
	const struct stream *s = &in->stream;
	enum stream_err err = stream_check(s);

	if (in->wrong_kind) {
		diag_error("%s: is a list of processes, not a recording "
		    "(kind=discover)", s->name);
		return EX_DATAERR;
	}
	if (err == STREAM_EREAD)
		diag_error("%s: %s: %s", s->name, stream_strerror(err),
		    strerror(s->saved_errno));
	else if (err != STREAM_OK)
		diag_error("%s: %s", s->name, stream_strerror(err));
	if (err != STREAM_OK)
		return stream_exit_status(err);
	if (in->bad && !in->good) {
		diag_error("%s: holds no stack: is it folded text?", s->name);
		return EX_DATAERR;
	}
	return EX_OK;
}

int
input_read(struct fold *f, const char *path)
{
	struct input in = { .fold = f };
	bool is_stdin = strcmp(path, "-") == 0;
	int fd = STDIN_FILENO, status;

	if (!is_stdin) {
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0) {
			diag_error("open %s: %s", path, strerror(errno));
			return EX_NOINPUT;
		}
	} else if (isatty(fd)) {
		diag_say("reading from the terminal; end with Ctrl-D");
	}
	stream_init(&in.stream, fd, is_stdin ? "<stdin>" : path);
	read_lines(&in);
	fold_next_file(f);
	status = judge(&in);
	diag_verbose("%s: %llu lines", in.stream.name,
	    (unsigned long long)in.stream.line);
	stream_free(&in.stream);
	if (!is_stdin)
		close(fd);
	return status;
}
