#include "profile/perfreport.h"

#include <string.h>

#include "base/parse.h"
#include "stream/frame.h"

static bool
begins(const char *s, size_t len, const char *with)
{
	size_t n = strlen(with);

	return len >= n && memcmp(s, with, n) == 0;
}

/* Where a heading begins; 0 if it is not there. */
static size_t
find_column(const struct perfreport *p, const char *name)
{
	const char *at = p->heading.len ? strstr(p->heading.s, name) : NULL;

	return at ? (size_t)(at - p->heading.s) : 0;
}

/* "# ........  .......": where columns end. */
static void
take_dots(struct perfreport *p, const char *s, size_t len)
{
	size_t end;

	p->comm_at = find_column(p, "Command");
	p->symbol_at = find_column(p, "Symbol");
	end = p->comm_at;
	while (end < len && s[end] == '.')
		end++;
	p->comm_end = end;
	if (p->comm_end == p->comm_at)
		p->comm_at = p->comm_end = 0;
	p->heads[1] = fold_frame(p->r->fold, FRAME_UNKNOWN,
	    sizeof FRAME_UNKNOWN - 1, FRAMES_NO_MODULE);
}

/* "# Samples: 4K of event 'cpu-clock'". */
static void
take_event(struct perfreport *p, const char *s, size_t len)
{
	const char *from = memchr(s, '\'', len), *to;
	uint32_t head;

	if (!from)
		return;
	from++;
	to = memchr(from, '\'', len - (size_t)(from - s));
	if (!to)
		return;
	p->nheads = 0;
	switch (reading_event(p->r, from, (size_t)(to - from), &head)) {
	case READING_SKIP:
		p->skip = true;
		break;
	case READING_HEAD:
		p->heads[p->nheads++] = head;
		p->skip = false;
		break;
	case READING_TAKE:
		p->skip = false;
		break;
	}
}

static void
take_comment(struct perfreport *p, const char *s, size_t len)
{
	if (begins(s, len, "# Samples: ")) {
		take_event(p, s, len);
	} else if (begins(s, len, "# Overhead") || begins(s, len, "# Children")) {
		p->children |= s[2] == 'C';
		buf_reset(&p->heading);
		buf_add(&p->heading, s, len);
	} else if (begins(s, len, "# ..")) {
		take_dots(p, s, len);
	}
}

/* The line above stacks: whose they are. */
static void
take_entry(struct perfreport *p, const char *s, size_t len)
{
	size_t at = p->symbol_at;
	size_t end = p->comm_end < len ? p->comm_end : len;

	buf_reset(&p->symbol);
	/* "[.] main": where it runs, and what. */
	if (at && at + 4 < len && s[at] == '[' && s[at + 2] == ']') {
		while (s[len - 1] == ' ')
			len--;
		buf_add(&p->symbol, s + at + 4, len - at - 4);
	}
	while (end > p->comm_at && s[end - 1] == ' ')
		end--;
	if (p->comm_at == 0 || p->comm_at >= end)
		return;
	p->heads[1] = fold_process(p->r->fold, s + p->comm_at,
	    end - p->comm_at, -1, -1);
}

static bool
is_symbol(const struct perfreport *p, const char *s, size_t len)
{
	return len == p->symbol.len && len && memcmp(s, p->symbol.s, len) == 0;
}

/* "643 main;work", or turned around. */
static void
take_stack(struct perfreport *p, const char *s, size_t len, uint64_t count)
{
	struct reading *r = p->r;
	size_t heads = 0, n;
	const char *end, *last = memrchr(s, ';', len);
	bool turn;

	reading_begin(r);
	if (p->nheads) {
		reading_add(r, p->heads[0]);
		heads++;
	}
	if (p->comm_at) {
		reading_add(r, p->heads[1]);
		heads++;
	}
	last = last ? last + 1 : s;
	end = memchr(s, ';', len);
	turn = end && is_symbol(p, s, (size_t)(end - s)) &&
	    !is_symbol(p, last, len - (size_t)(last - s));
	for (;; s += n + 1, len -= n + 1) {
		end = len ? memchr(s, ';', len) : NULL;
		n = end ? (size_t)(end - s) : len;
		reading_add_text(r, s, n);
		if (!end)
			break;
	}
	if (turn)
		reading_reverse(r, heads);
	reading_count(r, heads, count);
}

void
perfreport_line(struct perfreport *p, const char *s, size_t len)
{
	size_t n = 0, blanks = 0;
	uint64_t count;

	if (len == 0 || p->children)
		return;
	if (s[0] == '#') {
		take_comment(p, s, len);
		return;
	}
	while (blanks < len && s[blanks] == ' ')
		blanks++;
	while (blanks + n < len && s[blanks + n] >= '0' &&
	    s[blanks + n] <= '9')
		n++;
	if (memchr(s, '\0', len)) {
		reading_bad(p->r, "it holds a NUL byte");
	} else if (blanks + n < len && n && (s[blanks + n] == '.' ||
	    s[blanks + n] == '%')) {
		if (blanks == 0)
			reading_bad(p->r, "percent, not a count: see -g "
			    "folded,0,caller,count");
		else
			take_entry(p, s, len);
	} else if (n && blanks == 0 && n + 1 < len && s[n] == ' ' &&
	    parse_digits(s, n, &count)) {
		if (p->skip)
			reading_skipped(p->r, count);
		else
			take_stack(p, s + n + 1, len - n - 1, count);
	} else {
		reading_bad(p->r, "neither an entry nor a stack");
	}
}

void
perfreport_free(struct perfreport *p)
{
	buf_free(&p->heading);
	buf_free(&p->symbol);
	*p = (struct perfreport){ 0 };
}
