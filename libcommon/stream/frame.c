#include "stream/frame.h"

#include <string.h>

#include "base/ascii.h"
#include "base/parse.h"
#include "base/utf8.h"

struct frame
frame_parse(const char *s, size_t len)
{
	struct frame f = { FRAME_NAME, 0, 0 };
	enum frame_kind kind = FRAME_MODULE;
	const char *plus;
	uint64_t id = 0;
	size_t head;

	if (len < 4 || s[0] != '$')
		return f;
	plus = memchr(s, '+', len);
	if (!plus || !parse_hex(plus + 1, len - (size_t)(plus + 1 - s),
	    &f.addr))
		return f;
	s++;
	head = (size_t)(plus - s);
	if (head == 1 && s[0] == 'k') {
		f.kind = FRAME_KERNEL;
		return f;
	}
	if (head && s[0] == 'j') {
		kind = FRAME_JIT;
		s++;
		head--;
	}
	if (!parse_digits(s, head, &id) || id > UINT32_MAX) {
		f.addr = 0;
		return f;
	}
	f.kind = kind;
	f.id = (uint32_t)id;
	return f;
}

void
frame_put(struct buf *b, const struct frame *f)
{
	buf_addc(b, '$');
	switch (f->kind) {
	case FRAME_NAME:
	case FRAME_MODULE:
		buf_addu(b, f->id);
		break;
	case FRAME_KERNEL:
		buf_addc(b, 'k');
		break;
	case FRAME_JIT:
		buf_addc(b, 'j');
		buf_addu(b, f->id);
		break;
	}
	buf_addc(b, '+');
	buf_addx(b, f->addr);
}

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

/* How many bytes, from the first on, stay as they are, one by one. */
static size_t
count_plain(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && s[n] >= ' ' && s[n] < 0x7f && s[n] != ';')
		n++;
	return n;
}

static void
put_clean(struct buf *b, const char *s, size_t len)
{
	size_t n;

	for (; len; s += n, len -= n) {
		unsigned char c = (unsigned char)*s;

		n = count_plain(s, len);
		if (n) {
			buf_add(b, s, n);
			continue;
		}
		n = 1;
		if (c == ';')
			buf_addc(b, ':');
		else if (c == '\n' || c == '\r' || c == '\t')
			buf_addc(b, ' ');
		else if (c < ' ' || c == 0x7f)
			buf_addc(b, '?');
		else if ((n = utf8_len(s, len)) != 0 &&
		    (n != 3 || memcmp(s, BYTE_ORDER_MARK, 3) != 0))
			buf_add(b, s, n);
		else {
			buf_adds(b, "\xef\xbf\xbd");
			n = n ? n : 1;
		}
	}
}

/* Readers cannot tell blanks at the end from the one before the count. */
static void
trim(struct buf *b, size_t start)
{
	size_t n = 0;

	while (b->len > start && b->s[b->len - 1] == ' ')
		b->len--;
	while (start + n < b->len && b->s[start + n] == ' ')
		n++;
	if (n)
		memmove(b->s + start, b->s + start + n, b->len - start - n);
	b->len -= n;
	b->s[b->len] = '\0';
}

/* "worker 7" would read as a count, "GLIBC 2.36" make a line look differential:
 * FlameGraph takes any digits, with or without a point and more digits. */
static void
fix_ending(char *s, size_t len)
{
	size_t i = ascii_before_digits(s, len), digits;

	digits = len - i;
	if (i && s[i - 1] == '.') {
		for (i--; i && ascii_is_digit(s[i - 1]); i--)
			digits++;
		/* ".5" is no number to it. */
		if (i < len && s[i] == '.')
			return;
	}
	if (i && digits && s[i - 1] == ' ')
		s[i - 1] = '_';
}

void
frame_put_name(struct buf *b, const char *s, size_t len)
{
	size_t start = b->len;

	put_clean(b, s, len);
	buf_grow(b, 0);
	trim(b, start);
	if (b->len == start) {
		buf_adds(b, FRAME_UNKNOWN);
		return;
	}
	fix_ending(b->s + start, b->len - start);
	if (frame_parse(b->s + start, b->len - start).kind != FRAME_NAME)
		b->s[start] = '_';
}

void
frame_cut_module(const char **path, size_t *len)
{
	const char *slash = *len ? memrchr(*path, '/', *len) : NULL;

	if (slash && slash + 1 < *path + *len) {
		*len -= (size_t)(slash + 1 - *path);
		*path = slash + 1;
	}
	if (*len > 2 && (*path)[0] == '[' && (*path)[*len - 1] == ']') {
		++*path;
		*len -= 2;
	}
}

void
frame_put_comm(struct buf *b, const char *s, size_t len)
{
	size_t start = b->len;

	if (len == 0) {
		buf_addc(b, '?');
		return;
	}
	put_clean(b, s, len);
	for (size_t i = start; i < b->len; i++)
		if (b->s[i] == ' ')
			b->s[i] = '_';
	if (b->s[start] == '#' ||
	    frame_parse(b->s + start, b->len - start).kind != FRAME_NAME)
		b->s[start] = '_';
}

void
frame_put_root(struct buf *b, const char *comm, uint32_t pid, uint32_t tid)
{
	frame_put_comm(b, comm, strlen(comm));
	buf_addc(b, '-');
	buf_addu(b, pid);
	if (tid) {
		buf_addc(b, '/');
		buf_addu(b, tid);
	}
}

/* The number behind the last sep in s; *len becomes what is before it. */
static bool
take_number(const char *s, size_t *len, char sep, uint32_t *out)
{
	const char *p = memrchr(s, sep, *len);
	uint64_t v;

	if (!p || !parse_digits(p + 1, *len - (size_t)(p + 1 - s), &v) ||
	    v > UINT32_MAX)
		return false;
	*out = (uint32_t)v;
	*len = (size_t)(p - s);
	return true;
}

bool
frame_parse_root(const char *s, size_t len, struct frame_root *out)
{
	*out = (struct frame_root){ .comm_len = len };
	if (!take_number(s, &out->comm_len, '/', &out->tid))
		out->tid = 0;
	if (take_number(s, &out->comm_len, '-', &out->pid))
		return true;
	/* "a/7" is a comm, not a thread of nothing. */
	*out = (struct frame_root){ .comm_len = len };
	return false;
}
