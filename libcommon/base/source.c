#include "base/source.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/utf16.h"

enum { CHUNK = 16 * 1024 };

struct source_text {
	struct utf16 utf16;
	char *head; /* what was read before it was known to be this */
	size_t head_at, head_len;
	unsigned char in[CHUNK];
	char out[UTF16_OUT_MAX(CHUNK)];
	size_t at, len; /* what of out is not given out yet */
	bool finished;
};

void
source_init(struct source *s, int fd)
{
	*s = (struct source){ .fd = fd };
}

static size_t
fail(struct source *s, enum source_err err)
{
	if (s->err == SOURCE_OK) {
		s->saved_errno = errno;
		s->err = err;
	}
	return 0;
}

/* Somebody who shares the descriptor may have made it non-blocking. */
static bool
wait_readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, -1) >= 0 || errno == EINTR;
}

static size_t
read_fd(struct source *s, void *p, size_t len)
{
	ssize_t n;

	do
		n = read(s->fd, p, len);
	while (n < 0 && (errno == EINTR || (errno == EAGAIN &&
	    wait_readable(s->fd))));
	return n < 0 ? fail(s, SOURCE_EREAD) : (size_t)n;
}

static size_t
unpack_failed(struct source *s, enum unpack_err err)
{
	switch (err) {
	case UNPACK_OK:
		break;
	case UNPACK_EREAD:
		return fail(s, SOURCE_EREAD);
	case UNPACK_EDATA:
		return fail(s, SOURCE_EPACKED);
	case UNPACK_ELIB:
		return fail(s, SOURCE_ELIB);
	}
	return 0;
}

/* Unpacked, but still in whatever form of text it is. */
static size_t
read_bytes(struct source *s, void *p, size_t len)
{
	ssize_t n;

	if (s->err != SOURCE_OK)
		return 0;
	if (!s->unpack)
		return read_fd(s, p, len);
	n = unpack_read(s->unpack, p, len);
	return n < 0 ? unpack_failed(s, (enum unpack_err)n) : (size_t)n;
}

static size_t
read_text(struct source *s, void *p, size_t len)
{
	struct source_text *t = s->text;
	size_t n;

	while (t->at == t->len && !t->finished) {
		n = t->head_len - t->head_at;
		n = n < sizeof t->in ? n : sizeof t->in;
		if (n)
			memcpy(t->in, t->head + t->head_at, n);
		else
			n = read_bytes(s, t->in, sizeof t->in);
		t->head_at += t->head_at < t->head_len ? n : 0;
		t->at = 0;
		t->finished = n == 0;
		t->len = n ? utf16_convert(&t->utf16, t->in, n, t->out) :
		    utf16_finish(&t->utf16, t->out);
	}
	n = t->len - t->at < len ? t->len - t->at : len;
	memcpy(p, t->out + t->at, n);
	t->at += n;
	return n;
}

/* The first bytes, and what becomes of them if they are packed. */
static size_t
read_first(struct source *s, char *p, size_t len)
{
	size_t n = read_fd(s, p, len), more = n;

	while (more && n < len && unpack_may_be_packed(p, n)) {
		more = read_fd(s, p + n, len - n);
		n += more;
	}
	if (!unpack_is_packed(p, n))
		return n;
	unpack_failed(s, unpack_open_fd(&s->unpack, s->fd, p, n));
	return read_bytes(s, p, len);
}

static bool
begins(const char *p, size_t len, const char *mark)
{
	size_t n = strlen(mark);

	return len >= n && memcmp(p, mark, n) == 0;
}

/* The same for what begins with a mark. */
static size_t
take_mark(struct source *s, char *p, size_t n, size_t len)
{
	struct source_text *t;

	if (begins(p, n, "\xef\xbb\xbf")) {
		memmove(p, p + 3, n - 3);
		return n > 3 ? n - 3 : read_bytes(s, p, len);
	}
	if (!begins(p, n, "\xff\xfe") && !begins(p, n, "\xfe\xff"))
		return n;
	t = s->text = calloc(1, sizeof *t);
	if (!t || !(t->head = malloc(n)))
		die_nomem();
	memcpy(t->head, p, n);
	t->head_at = 2;
	t->head_len = n;
	t->utf16.big_endian = p[0] == '\xfe';
	return read_text(s, p, len);
}

size_t
source_read(struct source *s, void *p, size_t len)
{
	size_t n, more;

	if (s->looked)
		return s->text ? read_text(s, p, len) : read_bytes(s, p, len);
	s->looked = true;
	more = n = read_first(s, p, len);
	/* Until it is long enough to be a mark, or is none. */
	while (more && n < 3 && memchr("\xef\xff\xfe", *(char *)p, 3)) {
		more = read_bytes(s, (char *)p + n, len - n);
		n += more;
	}
	return n ? take_mark(s, p, n, len) : 0;
}

void
source_free(struct source *s)
{
	unpack_close(s->unpack);
	if (s->text)
		free(s->text->head);
	free(s->text);
	*s = (struct source){ .fd = -1 };
}
