#include "profile/nameparts.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "base/parse.h"
#include "profile/suffix.h"

/* Suffixes of the languages whose functions keep their file. */
static bool
keeps_file(const char *suffix, size_t len)
{
	static const char *const all[] = {
		"_[p]", "_[pn]", "_[pe]", "_[rb]", "_[php]", "_[net]",
		"_[js]", "_[pl]",
	};

	for (size_t i = 0; i < GP_COUNT(all); i++)
		if (strlen(all[i]) == len && memcmp(all[i], suffix, len) == 0)
			return true;
	return false;
}

/* Find " (file:line)" at the end of a name; false if it is not there, or nothing
 * before it. */
static bool
find_line(const char *s, size_t len, struct nameparts *p)
{
	const char *open, *colon, *digits;
	uint64_t line;
	size_t n;

	if (len < 6 || s[len - 1] != ')')
		return false;
	open = memrchr(s, '(', len);
	colon = memrchr(s, ':', len);
	if (!open || !colon || open < s + 2 || open[-1] != ' ' ||
	    colon < open + 2)
		return false;
	digits = colon + 1;
	n = (size_t)(s + len - 1 - digits);
	/* As nameparts_join() writes it, or it would not come back. */
	if (n == 0 || *digits == '0' || !parse_digits(digits, n, &line) ||
	    line > INT32_MAX)
		return false;
	p->file = open + 1;
	p->file_len = (size_t)(colon - p->file);
	p->line = (int64_t)line;
	p->len = (size_t)(open - 1 - s);
	return true;
}

static bool
ends_in(const char *s, size_t len, const char *end, size_t n)
{
	return len >= n && memcmp(s + len - n, end, n) == 0;
}

struct nameparts
nameparts_of(const char *s, size_t len)
{
	struct nameparts p = { .len = len };
	size_t whole;

	p.suffix_len = suffix_of_frame(s, len, &p.bit);
	whole = p.len = len - p.suffix_len;
	p.suffix = s + whole;
	if (!find_line(s, whole, &p))
		return p;
	/* Said twice, it would come back once. */
	if (keeps_file(p.suffix, p.suffix_len) ||
	    ends_in(s, p.len, s + p.len, whole - p.len))
		p.len = whole;
	return p;
}

void
nameparts_join(struct buf *b, const char *name, size_t len, const char *file,
    size_t file_len, int64_t line)
{
	struct buf where = { 0 };

	buf_add(b, name, len);
	if (len == 0 || file_len == 0 || line <= 0)
		return;
	buf_adds(&where, " (");
	buf_add(&where, file, file_len);
	buf_addf(&where, ":%" PRId64 ")", line);
	if (!ends_in(name, len, where.s, where.len))
		buf_add(b, where.s, where.len);
	buf_free(&where);
}
