#include "proc/maps.h"

#include <string.h>

#include "base/parse.h"

void
maps_init(struct maps *m, char *text, size_t len)
{
	/* Without text, at is NULL and so is end. */
	m->at = text;
	m->end = text ? text + len : NULL;
	m->bad = 0;
}

/* Take a hexadecimal number and the byte behind it off the line. */
static bool
take_hex(char **s, const char *end, char behind, uint64_t *out)
{
	char *from = *s;
	uint64_t v = 0;
	unsigned d;

	for (; *s < end; ++*s) {
		d = (unsigned)(unsigned char)**s - '0';
		if (d > 9) {
			d = ((unsigned)(unsigned char)**s | 0x20u) - 'a' + 10;
			if (d < 10 || d > 15)
				break;
		}
		if (*s - from >= 16)
			return false;
		v = v << 4 | d;
	}
	*out = v;
	return *s > from && *s < end && *(*s)++ == behind;
}

/* "rwxp", with '-' for what is not; 's' for shared. */
static bool
take_perms(char **s, const char *end, unsigned *perms)
{
	char *p = *s;

	if (end - p < 5 || p[4] != ' ' || (p[0] != 'r' && p[0] != '-') ||
	    (p[1] != 'w' && p[1] != '-') || (p[2] != 'x' && p[2] != '-') ||
	    (p[3] != 'p' && p[3] != 's'))
		return false;
	*perms = (p[0] == 'r' ? MAPS_READ : 0u) |
	    (p[1] == 'w' ? MAPS_WRITE : 0u) | (p[2] == 'x' ? MAPS_EXEC : 0u) |
	    (p[3] == 's' ? MAPS_SHARED : 0u);
	*s = p + 5;
	return true;
}

/* Replace each \012 by the newline that it stands for; the new length. */
static size_t
undo_escapes(char *s, size_t len)
{
	size_t to = 0;

	if (!memchr(s, '\\', len))
		return len;
	for (size_t i = 0; i < len; i++) {
		if (len - i >= 4 && memcmp(s + i, "\\012", 4) == 0) {
			s[to++] = '\n';
			i += 3;
		} else {
			s[to++] = s[i];
		}
	}
	return to;
}

/* The path and a NUL behind it; *end is the line's newline, or writable. */
static void
take_path(char *s, const char *end, struct maps_entry *e)
{
	static const char mark[] = " (deleted)";
	enum { MARK = sizeof mark - 1 };
	size_t len = (size_t)(end - s);

	if (len > MARK && memcmp(end - MARK, mark, MARK) == 0) {
		e->deleted = true;
		len -= MARK;
	}
	len = undo_escapes(s, len);
	s[len] = '\0';
	e->path = s;
	e->path_len = len;
}

/* The line s to end, *end being its newline. */
static bool
parse_line(char *s, char *end, struct maps_entry *e)
{
	uint64_t major, minor;
	char *digits;

	*e = (struct maps_entry){ .path = "" };
	if (memchr(s, '\0', (size_t)(end - s)) ||
	    !take_hex(&s, end, '-', &e->start) ||
	    !take_hex(&s, end, ' ', &e->end) || e->start >= e->end ||
	    !take_perms(&s, end, &e->perms) ||
	    !take_hex(&s, end, ' ', &e->offset) ||
	    !take_hex(&s, end, ':', &major) ||
	    !take_hex(&s, end, ' ', &minor) ||
	    major > UINT32_MAX || minor > UINT32_MAX)
		return false;
	e->dev_major = (uint32_t)major;
	e->dev_minor = (uint32_t)minor;
	for (digits = s; s < end && *s >= '0' && *s <= '9'; s++)
		;
	if (!parse_digits(digits, (size_t)(s - digits), &e->inode) ||
	    (s < end && *s != ' '))
		return false;
	/* Blanks pad up to the path, which itself starts with '/' or '['. */
	while (s < end && *s == ' ')
		s++;
	if (s < end)
		take_path(s, end, e);
	return true;
}

bool
maps_next(struct maps *m, struct maps_entry *e)
{
	char *line, *nl;

	while (m->at < m->end) {
		line = m->at;
		nl = memchr(line, '\n', (size_t)(m->end - line));
		if (!nl) {
			/* The kernel ends every line; half a one is no fact. */
			m->at = m->end;
			m->bad++;
			break;
		}
		m->at = nl + 1;
		if (parse_line(line, nl, e))
			return true;
		m->bad++;
	}
	return false;
}
