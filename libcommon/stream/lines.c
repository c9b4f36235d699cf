#include "stream/lines.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"

enum { FIRST_BUF = 256 * 1024 };

void
lines_init(struct lines *l, int fd)
{
	*l = (struct lines){ 0 };
	source_init(&l->source, fd);
}

static void
drop(struct lines *l)
{
	l->start = l->end = l->whole = 0;
}

/* Read more behind end; false at the end of the file. */
static bool
fill(struct lines *l)
{
	const char *nl;
	size_t n;

	if (l->start) {
		memmove(l->buf, l->buf + l->start, l->end - l->start);
		l->end -= l->start;
		l->whole = lines_ready(l) ? l->whole - l->start : 0;
		l->start = 0;
	}
	if (l->end == l->cap) {
		size_t cap = l->cap ? l->cap * 2 : FIRST_BUF;
		char *p = realloc(l->buf, cap);

		if (!p)
			die_nomem();
		l->buf = p;
		l->cap = cap;
	}
	n = l->eof ? 0 : source_read(&l->source, l->buf + l->end,
	    l->cap - l->end);
	l->eof = n == 0;
	nl = n ? memrchr(l->buf + l->end, '\n', n) : NULL;
	if (nl)
		l->whole = (size_t)(nl - l->buf) + 1;
	l->end += n;
	return n > 0;
}

bool
lines_next(struct lines *l, const char **text, size_t *len)
{
	size_t seen = 0; /* bytes known to hold no newline */
	bool dropped = false;
	char *nl;

	for (;;) {
		nl = l->end - l->start > seen ?
		    memchr(l->buf + l->start + seen, '\n',
		        l->end - l->start - seen) : NULL;
		if (nl)
			break;
		seen = l->end - l->start;
		/* Dropped as it comes, so memory stays bounded. */
		if (seen > LINES_MAX) {
			dropped = true;
			drop(l);
			seen = 0;
		}
		if (l->eof || !fill(l))
			break;
	}
	if (!nl && seen == 0 && !dropped)
		return false;
	*text = l->buf + l->start;
	*len = nl ? (size_t)(nl - *text) : seen;
	l->start += *len + (nl ? 1 : 0);
	l->unterminated = !nl;
	if (dropped || *len > LINES_MAX)
		*len = LINES_TOO_LONG;
	else if (*len && (*text)[*len - 1] == '\r')
		--*len;
	l->n++;
	return true;
}

bool
lines_ready(const struct lines *l)
{
	return l->whole > l->start;
}

bool
lines_peek(struct lines *l, const char **text, size_t *len, size_t max)
{
	bool more = l->end - l->start < max && !l->eof && fill(l);

	*text = l->buf ? l->buf + l->start : "";
	*len = l->end - l->start;
	return more;
}

bool
lines_rest(struct lines *l, struct buf *b, size_t max)
{
	do {
		if (l->end - l->start > max)
			return false;
		if (l->end > l->start)
			buf_add(b, l->buf + l->start, l->end - l->start);
		max -= l->end - l->start;
		drop(l);
	} while (!l->eof && fill(l));
	return true;
}

void
lines_free(struct lines *l)
{
	source_free(&l->source);
	free(l->buf);
	*l = (struct lines){ 0 };
}
