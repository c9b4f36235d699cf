#include "proc/procstat.h"

#include <string.h>

#include "base/ascii.h"
#include "base/parse.h"

/* Take the next number off a text of numbers separated by blanks. */
static bool
next_number(const char **s, const char *end, uint64_t *out)
{
	const char *from;

	while (*s < end && ascii_is_blank(**s))
		++*s;
	for (from = *s; *s < end && ascii_is_digit(**s); ++*s)
		;
	return parse_digits(from, (size_t)(*s - from), out);
}

/*
 *	4242 (any ) (bytes) S 1 4242 4242 0 -1 4194304 ... 20 0 4 0 8291 ...
 *	^1    ^2           ^3 ^4             ^8 ^9          ^20     ^22
 *
 * The comm is not escaped, but nothing behind it holds a ')'.
 */
bool
procstat_parse(const char *s, size_t len, struct proc_stat *out)
{
	const char *end = s + len, *open, *close;
	uint64_t v, field[29] = { 0 };

	*out = (struct proc_stat){ 0 };
	open = memchr(s, '(', len);
	close = open ? memrchr(open, ')', (size_t)(end - open)) : NULL;
	if (!close || end - close < 4 || close[1] != ' ' || close[3] != ' ' ||
	    !next_number(&s, open, &v) || v > UINT32_MAX)
		return false;
	out->pid = (uint32_t)v;
	len = (size_t)(close - open - 1);
	if (len >= sizeof out->comm || memchr(open, '\0', len + 1))
		return false;
	memcpy(out->comm, open + 1, len);
	out->state = close[2];
	s = close + 4;
	for (size_t i = 4; i < GP_COUNT(field); i++) {
		while (s < end && *s == ' ')
			s++;
		/* tty, tpgid, priority and nice may be negative, and nobody
		 * wants them here */
		if (s < end && *s == '-')
			s++;
		if (next_number(&s, end, &field[i]))
			continue;
		if (i <= 22)
			return false;
		break;
	}
	if (field[4] > UINT32_MAX || field[20] > UINT32_MAX)
		return false;
	out->ppid = (uint32_t)field[4];
	out->flags = field[9];
	out->threads = (uint32_t)field[20];
	out->start = field[22];
	out->start_code = field[26];
	out->end_code = field[27];
	out->start_stack = field[28];
	return true;
}

/* What follows "key" at the start of a line, up to the line's end. */
static const char *
find_line(const char *s, size_t len, const char *key, const char **eol)
{
	const char *end = s + len, *nl;
	size_t n = strlen(key);

	for (; s < end; s = nl + 1) {
		nl = memchr(s, '\n', (size_t)(end - s));
		if (!nl)
			nl = end;
		if ((size_t)(nl - s) >= n && memcmp(s, key, n) == 0) {
			*eol = nl;
			return s + n;
		}
		if (nl == end)
			break;
	}
	return NULL;
}

/* In status, the comm is escaped: a line's key is what it seems. */
bool
procstat_parse_status(const char *s, size_t len, struct proc_status *out)
{
	const char *at, *eol;
	uint64_t v;

	*out = (struct proc_status){ 0 };
	at = find_line(s, len, "Uid:", &eol);
	if (!at || !next_number(&at, eol, &v) || !next_number(&at, eol, &v) ||
	    v > UINT32_MAX)
		return false;
	out->uid = (uint32_t)v;
	/* One number for each pid namespace, the innermost last. */
	at = find_line(s, len, "NSpid:", &eol);
	if (!at)
		at = find_line(s, len, "Pid:", &eol);
	if (!at || !next_number(&at, eol, &v))
		return false;
	while (next_number(&at, eol, &v))
		;
	/* A failed read leaves v alone: it is the last one. */
	if (v > UINT32_MAX)
		return false;
	out->ns_pid = (uint32_t)v;
	return true;
}
