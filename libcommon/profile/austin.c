#include "profile/austin.h"

#include <string.h>

#include "base/ascii.h"
#include "base/parse.h"

static const char *const events[] = { "time", "idle", "memory" };

/* One of the metrics; false if it is no number. */
static bool
take_metric(const char *s, size_t len, bool *negative, uint64_t *out)
{
	*negative = len && s[0] == '-';
	return parse_digits(s + *negative, len - *negative, out);
}

/* "P12" and "T0:34": the numbers that identify them, or -1. */
static int64_t
number_at_end(const char *s, size_t len)
{
	size_t i = ascii_before_digits(s, len);
	uint64_t v;

	return parse_digits(s + i, len - i, &v) && v <= UINT32_MAX ?
	    (int64_t)v : -1;
}

/* "file:function:line", of which only the file may hold more colons. */
static void
add_frame(struct reading *r, const char *s, size_t len)
{
	struct buf b = { 0 };
	size_t line = ascii_before_digits(s, len), name;

	name = line > 1 ? line - 1 : 0;
	while (name && s[name - 1] != ':')
		name--;
	if (line == len || name == 0 || s[line - 1] != ':' || name >= line - 1) {
		reading_add_text(r, s, len);
		return;
	}
	buf_add(&b, s + name, line - 1 - name);
	buf_adds(&b, " (");
	buf_add(&b, s, name);
	buf_add(&b, s + line, len - line);
	buf_adds(&b, ")_[p]");
	reading_add_text(r, b.s, b.len);
	buf_free(&b);
}

static void
take_stack(struct reading *r, const char *s, size_t len, uint64_t count)
{
	size_t n, heads = 0;
	int64_t pid = -1, tid = -1;
	const char *end;

	reading_begin(r);
	for (;; s += n + 1, len -= n + 1) {
		end = memchr(s, ';', len);
		n = end ? (size_t)(end - s) : len;
		if (heads == 0 && n > 1 && s[0] == 'P' && ascii_is_digit(s[1])) {
			pid = number_at_end(s, n);
		} else if (heads == 0 && n > 1 && s[0] == 'T') {
			tid = number_at_end(s, n);
		} else {
			if (heads++ == 0)
				reading_add(r, fold_process(r->fold, "python",
				    6, pid, tid));
			add_frame(r, s, n);
		}
		if (!end)
			break;
	}
	if (heads == 0)
		reading_add(r, fold_process(r->fold, "python", 6, pid, tid));
	reading_count(r, 1, count);
}

/* The metric that is wanted, of one or of three. */
static bool
choose_metric(struct reading *r, const char *s, size_t len, bool *negative,
    uint64_t *out)
{
	const char *comma = memchr(s, ',', len);
	size_t n;

	if (!comma)
		return take_metric(s, len, negative, out);
	for (size_t i = 0; i < GP_COUNT(events); i++) {
		comma = len ? memchr(s, ',', len) : NULL;
		n = comma ? (size_t)(comma - s) : len;
		if (r->opt.event ? strcmp(r->opt.event, events[i]) == 0 : i == 0)
			return take_metric(s, n, negative, out);
		s += comma ? n + 1 : n;
		len -= comma ? n + 1 : n;
	}
	return false;
}

void
austin_line(struct reading *r, const char *s, size_t len)
{
	const char *blank;
	bool negative;
	uint64_t count;

	if (len == 0 || s[0] == '#')
		return;
	blank = memrchr(s, ' ', len);
	if (!blank || blank == s || memchr(s, '\0', len)) {
		reading_bad(r, "no metric");
		return;
	}
	if (!choose_metric(r, blank + 1, len - (size_t)(blank + 1 - s),
	    &negative, &count))
		reading_bad(r, "the metric is no number, or not there");
	else if (negative)
		reading_negative(r);
	else
		take_stack(r, s, (size_t)(blank - s), count);
}
