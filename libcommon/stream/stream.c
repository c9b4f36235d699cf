#include "stream/stream.h"

#include <string.h>

#include "base/ascii.h"
#include "base/parse.h"

void
stream_init(struct stream *s, int fd, const char *name)
{
	*s = (struct stream){ .name = name };
	lines_init(&s->in, fd);
}

void
stream_init_lines(struct stream *s, struct lines *l, const char *name)
{
	*s = (struct stream){ .name = name, .in = *l };
	*l = (struct lines){ 0 };
}

static void
fail(struct stream *s, enum stream_err err)
{
	if (s->err == STREAM_OK)
		s->err = err;
}

/* Nothing more comes; why? */
static void
watch_source(struct stream *s)
{
	switch (s->in.source.err) {
	case SOURCE_OK:
		return;
	case SOURCE_EREAD:
		s->saved_errno = s->in.source.saved_errno;
		fail(s, STREAM_EREAD);
		return;
	case SOURCE_EPACKED:
		fail(s, STREAM_EPACKED);
		return;
	case SOURCE_ELIB:
		fail(s, STREAM_ELIB);
		return;
	}
}

bool
stream_has_line(const struct stream *s)
{
	return lines_ready(&s->in);
}

bool
stream_split_count(const char *s, size_t *len, uint64_t *count,
    uint32_t *nano)
{
	size_t end = ascii_before_blanks(s, *len), start;

	for (start = end; start; start--)
		if ((s[start - 1] < '0' || s[start - 1] > '9') &&
		    !(nano && s[start - 1] == '.'))
			break;
	if (start == 0 || !ascii_is_blank(s[start - 1]) ||
	    !(nano ? parse_decimal(s + start, end - start, count, nano) :
	    parse_digits(s + start, end - start, count)))
		return false;
	start = ascii_before_blanks(s, start);
	if (start)
		*len = start;
	return start > 0;
}

/* "stack count", any blanks between and behind. */
static bool
split_sample(const struct stream *s, struct stream_line *l)
{
	l->stack_len = l->len;
	return stream_split_count(l->text, &l->stack_len, &l->count,
	    s->decimals && !s->open ? &l->nano : NULL);
}

static void
watch_gp(struct stream *s)
{
	uint64_t version;

	if (s->open)
		fail(s, STREAM_ETRUNC);
	s->open = s->saw_gp = true;
	s->lines = s->samples = 0;
	if (!record_get_u64(&s->record, "version", &version) || version != 1)
		fail(s, STREAM_EVERSION);
}

static void
watch_end(struct stream *s)
{
	uint64_t lines, samples;

	/* Without its newline it may be cut: "lost=1" of "lost=17". */
	if (s->in.unterminated)
		fail(s, STREAM_ETRUNC);
	if (!s->open || !record_get_u64(&s->record, "lines", &lines) ||
	    !record_get_u64(&s->record, "samples", &samples) ||
	    lines != s->lines || samples != s->samples)
		fail(s, STREAM_ESUM);
	s->open = false;
}

/*
 * "# austin: 3.6.0", "#{json}", "# comment": other tools' text about their text. A
 * process called "#gst" is told from it by what follows the '#' and by its count.
 */
static bool
is_comment(const struct stream *s, const struct stream_line *l)
{
	return !s->open && l->text[0] == '#' &&
	    (l->len == 1 || ascii_is_blank(l->text[1]));
}

/* A line that starts with '#' and is no sample. */
static bool
take_record(struct stream *s, struct stream_line *l)
{
	if (!record_parse(&s->record, l->text, l->len)) {
		l->bad = DIAG_STREAM_RECORD;
		return s->open || (l->len > 2 && memcmp(l->text, "#gp", 3) == 0);
	}
	l->type = STREAM_RECORD;
	if (record_is(&s->record, "gp"))
		watch_gp(s);
	else if (record_is(&s->record, "end"))
		watch_end(s);
	return true;
}

/* Find out what a line is; false if it means nothing. */
static bool
classify(struct stream *s, struct stream_line *l)
{
	l->type = STREAM_BAD;
	if (l->len == LINES_TOO_LONG) {
		l->len = 0;
		l->bad = DIAG_STREAM_LONG;
		return true;
	}
	if (l->len == 0 || is_comment(s, l))
		return false;
	if (memchr(l->text, '\0', l->len)) {
		l->bad = DIAG_STREAM_NUL;
	} else if (split_sample(s, l)) {
		l->type = STREAM_SAMPLE;
		s->lines++;
		s->samples += l->count;
	} else if (l->text[0] != '#') {
		l->bad = DIAG_STREAM_COUNT;
	} else {
		return take_record(s, l);
	}
	return true;
}

enum stream_type
stream_read(struct stream *s, struct stream_line *l)
{
	do {
		*l = (struct stream_line){ .type = STREAM_END };
		if (!lines_next(&s->in, &l->text, &l->len)) {
			watch_source(s);
			return STREAM_END;
		}
	} while (!classify(s, l));
	s->line = s->in.n;
	return l->type;
}

enum stream_err
stream_check(const struct stream *s)
{
	if (s->err != STREAM_OK)
		return s->err;
	if (s->open)
		return STREAM_ETRUNC;
	return s->in.n == 0 ? STREAM_EEMPTY : STREAM_OK;
}

const char *
stream_strerror(enum stream_err err)
{
	switch (err) {
	case STREAM_OK:
		return "complete";
	case STREAM_EREAD:
		return "cannot be read";
	case STREAM_EEMPTY:
		return "is empty: did the command before it fail?";
	case STREAM_ETRUNC:
		return "ends without #end: did the command before it fail?";
	case STREAM_ESUM:
		return "#end counts other lines than arrived";
	case STREAM_EVERSION:
		return "is of a version this gp cannot read";
	case STREAM_EPACKED:
		return "is compressed, and damaged or cut";
	case STREAM_ELIB:
		return "is compressed, and libarchive is not installed";
	}
	return "is broken";
}

int
stream_exit_status(enum stream_err err)
{
	if (err == STREAM_OK)
		return EX_OK;
	if (err == STREAM_ELIB)
		return EX_UNAVAILABLE;
	return err == STREAM_EREAD ? EX_IOERR : EX_DATAERR;
}

void
stream_free(struct stream *s)
{
	lines_free(&s->in);
	record_free(&s->record);
	*s = (struct stream){ 0 };
}

void
stream_write_record(struct stream_writer *w, struct buf *b)
{
	if (b->len)
		fwrite(b->s, 1, b->len, w->f);
	fflush(w->f);
	buf_reset(b);
}

enum { TAIL_MAX = 22 }; /* a blank, 20 digits, a newline */

/* Count a line; make its " 12" and newline, with which tail ends. Returns where they
 * begin in it. */
static size_t
add_line(struct stream_writer *w, char tail[TAIL_MAX], uint64_t count)
{
	size_t i = TAIL_MAX;

	w->lines++;
	w->samples += count;
	tail[--i] = '\n';
	do
		tail[--i] = (char)('0' + count % 10);
	while (count /= 10);
	tail[--i] = ' ';
	return i;
}

void
stream_write_sample(struct stream_writer *w, const char *stack, size_t len,
    uint64_t count)
{
	char tail[TAIL_MAX];
	size_t i;

	if (count == 0)
		return;
	i = add_line(w, tail, count);
	fwrite_unlocked(stack, 1, len, w->f);
	fwrite_unlocked(tail + i, 1, sizeof tail - i, w->f);
}

void
stream_end_sample(struct stream_writer *w, struct buf *b, uint64_t count)
{
	char tail[TAIL_MAX];
	size_t i;

	if (count == 0)
		return;
	i = add_line(w, tail, count);
	buf_add(b, tail + i, sizeof tail - i);
	fwrite_unlocked(b->s, 1, b->len, w->f);
}

void
stream_write_end(struct stream_writer *w, uint64_t lost,
    const struct buf *extra)
{
	struct buf b = { 0 };

	record_begin(&b, "end");
	record_put_u64(&b, "lines", w->lines);
	record_put_u64(&b, "samples", w->samples);
	record_put_u64(&b, "lost", lost);
	if (extra && extra->len)
		buf_add(&b, extra->s, extra->len);
	record_end(&b);
	stream_write_record(w, &b);
	buf_free(&b);
	w->lines = w->samples = 0;
}
