#include "stream/stream.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/parse.h"

enum { FIRST_BUF = 256 * 1024 };

void
stream_init(struct stream *s, int fd, const char *name)
{
	*s = (struct stream){ .fd = fd, .name = name };
}

static void
fail(struct stream *s, enum stream_err err)
{
	if (s->err == STREAM_OK)
		s->err = err;
}

/* Somebody who shares the descriptor may have made it non-blocking. */
static bool
wait_readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, -1) >= 0 || errno == EINTR;
}

/* Read more behind end; false at the end of the file. */
static bool
fill(struct stream *s)
{
	ssize_t n;

	if (s->start) {
		memmove(s->buf, s->buf + s->start, s->end - s->start);
		s->end -= s->start;
		s->start = 0;
	}
	if (s->end == s->cap) {
		size_t cap = s->cap ? s->cap * 2 : FIRST_BUF;
		char *p = realloc(s->buf, cap);

		if (!p)
			die_nomem();
		s->buf = p;
		s->cap = cap;
	}
	do
		n = read(s->fd, s->buf + s->end, s->cap - s->end);
	while (n < 0 && (errno == EINTR || (errno == EAGAIN &&
	    wait_readable(s->fd))));
	if (n < 0) {
		s->saved_errno = errno;
		fail(s, STREAM_EREAD);
	}
	if (n <= 0) {
		s->eof = true;
		return false;
	}
	s->end += (size_t)n;
	return true;
}

/*
 * Find the next line. False at the end. *len is SIZE_MAX for one that is longer
 * than STREAM_LINE_MAX: it is dropped as it comes, so memory stays bounded.
 */
static bool
next_line(struct stream *s, const char **text, size_t *len)
{
	size_t seen = 0; /* bytes known to hold no newline */
	bool dropped = false;
	char *nl;

	for (;;) {
		nl = s->end - s->start > seen ?
		    memchr(s->buf + s->start + seen, '\n',
		        s->end - s->start - seen) : NULL;
		if (nl)
			break;
		seen = s->end - s->start;
		if (seen > STREAM_LINE_MAX) {
			dropped = true;
			s->start = s->end = seen = 0;
		}
		if (s->eof || !fill(s))
			break;
	}
	if (!nl && seen == 0 && !dropped)
		return false;
	*text = s->buf + s->start;
	*len = nl ? (size_t)(nl - *text) : seen;
	s->start += *len + (nl ? 1 : 0);
	s->unterminated = !nl;
	if (dropped || *len > STREAM_LINE_MAX)
		*len = SIZE_MAX;
	else if (*len && (*text)[*len - 1] == '\r')
		--*len;
	s->line++;
	return true;
}

bool
stream_has_line(const struct stream *s)
{
	return s->end > s->start &&
	    memchr(s->buf + s->start, '\n', s->end - s->start);
}

/* "stack count", any blanks between and behind. */
static bool
split_sample(struct stream_line *l)
{
	size_t end = l->len, start;

	while (end && (l->text[end - 1] == ' ' || l->text[end - 1] == '\t'))
		end--;
	for (start = end; start; start--)
		if (l->text[start - 1] < '0' || l->text[start - 1] > '9')
			break;
	if (start == 0 ||
	    (l->text[start - 1] != ' ' && l->text[start - 1] != '\t') ||
	    !parse_digits(l->text + start, end - start, &l->count))
		return false;
	while (start && (l->text[start - 1] == ' ' ||
	    l->text[start - 1] == '\t'))
		start--;
	l->stack_len = start;
	return start > 0;
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
	if (s->unterminated)
		fail(s, STREAM_ETRUNC);
	if (!s->open || !record_get_u64(&s->record, "lines", &lines) ||
	    !record_get_u64(&s->record, "samples", &samples) ||
	    lines != s->lines || samples != s->samples)
		fail(s, STREAM_ESUM);
	s->open = false;
}

enum stream_type
stream_read(struct stream *s, struct stream_line *l)
{
	*l = (struct stream_line){ .type = STREAM_END };
	do {
		if (!next_line(s, &l->text, &l->len))
			return l->type;
	} while (l->len == 0);
	l->type = STREAM_BAD;
	if (l->len == SIZE_MAX) {
		l->len = 0;
		l->bad = DIAG_STREAM_LONG;
	} else if (memchr(l->text, '\0', l->len)) {
		l->bad = DIAG_STREAM_NUL;
	} else if (split_sample(l)) {
		l->type = STREAM_SAMPLE;
		s->lines++;
		s->samples += l->count;
	} else if (l->text[0] != '#') {
		l->bad = DIAG_STREAM_COUNT;
	} else if (!record_parse(&s->record, l->text, l->len)) {
		l->bad = DIAG_STREAM_RECORD;
	} else {
		l->type = STREAM_RECORD;
		if (record_is(&s->record, "gp"))
			watch_gp(s);
		else if (record_is(&s->record, "end"))
			watch_end(s);
	}
	return l->type;
}

enum stream_err
stream_check(const struct stream *s)
{
	if (s->err != STREAM_OK)
		return s->err;
	if (s->open)
		return STREAM_ETRUNC;
	return s->line == 0 ? STREAM_EEMPTY : STREAM_OK;
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
	}
	return "is broken";
}

int
stream_exit_status(enum stream_err err)
{
	if (err == STREAM_OK)
		return EX_OK;
	return err == STREAM_EREAD ? EX_IOERR : EX_DATAERR;
}

void
stream_free(struct stream *s)
{
	free(s->buf);
	record_free(&s->record);
	*s = (struct stream){ .fd = -1 };
}

void
stream_write_record(struct stream_writer *w, struct buf *b)
{
	if (b->len)
		fwrite(b->s, 1, b->len, w->f);
	fflush(w->f);
	buf_reset(b);
}

void
stream_write_sample(struct stream_writer *w, const char *stack, size_t len,
    uint64_t count)
{
	char tail[24];
	size_t i = sizeof tail;

	if (count == 0)
		return;
	w->lines++;
	w->samples += count;
	tail[--i] = '\n';
	do
		tail[--i] = (char)('0' + count % 10);
	while (count /= 10);
	tail[--i] = ' ';
	fwrite(stack, 1, len, w->f);
	fwrite(tail + i, 1, sizeof tail - i, w->f);
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
