/*
 * fuzz_python_lines.c - any table of lines, for every form that there is: a byte
 * that chooses the version, two of the first line, the rest is the table.
 *
 * Property: the line of a place is the one that the table has for it when it is
 * spread out place by place; and nothing behind the table's end is read, wherever
 * it is cut off.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/python_lines.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { PLACES = 160 };

static const unsigned minors[] = { 0, 6, 9, 10, 11, 12, 13, 14 };

/* The line of every place: 0, none. */
struct spread {
	int64_t line[PLACES];
	uint64_t n; /* places that were told, more than there is room for perhaps */
};

static void
tell(struct spread *s, uint64_t places, int64_t line)
{
	for (; places > 0; places--, s->n++)
		if (s->n < PLACES)
			s->line[s->n] = line;
}

/* One byte is one place in 2.7, two of them from 3.6 on. */
static void
spread_lnotab(struct spread *s, unsigned minor, int64_t line,
    const uint8_t *t, size_t len)
{
	uint64_t unit = minor == 0 ? 1 : 2, bytes = 0;

	for (size_t i = 0; i + 1 < len; i += 2) {
		/* Places that begin before the pair does. */
		bytes += t[i];
		tell(s, (bytes + unit - 1) / unit - s->n, line);
		line += minor == 0 || t[i + 1] < 128 ? t[i + 1] :
		    t[i + 1] - 256;
	}
	tell(s, PLACES, line);
}

static void
spread_pairs(struct spread *s, int64_t line, const uint8_t *t, size_t len)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i + 1 < len; i += 2) {
		if (t[i + 1] != 128)
			line += t[i + 1] < 128 ? t[i + 1] : t[i + 1] - 256;
		bytes += t[i];
		tell(s, (bytes + 1) / 2 - s->n, t[i + 1] == 128 ? 0 : line);
	}
}

/* The first number behind an entry's head, its sign in the lowest bit. */
static int64_t
first_number(const uint8_t *t, size_t len)
{
	uint32_t v = 0;

	for (size_t i = 0; i < 5 && i < len; i++) {
		v |= (uint32_t)(t[i] & 63) << 6 * i;
		if (!(t[i] & 64))
			break;
	}
	return v & 1 ? -(int64_t)(v >> 1) : (int64_t)(v >> 1);
}

/* Entries begin with a byte that has its highest bit, and no other one does, but
 * for those of a number that is not at its end. */
static void
spread_locations(struct spread *s, int64_t line, const uint8_t *t, size_t len)
{
	for (size_t i = 0; i < len;) {
		unsigned kind = t[i] >> 3 & 15, places = (t[i] & 7u) + 1;

		i++;
		if (kind == 13 || kind == 14) {
			line += first_number(t + i, len - i);
			while (i < len && t[i] & 64)
				i++;
			i += i < len;
		} else if (kind == 11 || kind == 12) {
			line += kind - 10;
		}
		tell(s, places, kind == 15 ? 0 : line);
		while (i < len && t[i] < 128)
			i++;
	}
}

static void
check(unsigned minor, uint32_t first, const uint8_t *t, size_t len)
{
	static struct spread s;
	uint32_t want;

	memset(&s, 0, sizeof s);
	if (minor < 10)
		spread_lnotab(&s, minor, first, t, len);
	else if (minor == 10)
		spread_pairs(&s, first, t, len);
	else
		spread_locations(&s, first, t, len);
	for (uint32_t at = 0; at < PLACES; at++) {
		want = s.line[at] > 0 && s.line[at] <= INT32_MAX ?
		    (uint32_t)s.line[at] : 0;
		if (python_line_at(minor, first, t, len, at) != want)
			abort();
	}
	/* Whatever it says there. */
	(void)python_line_at(minor, first, t, len, UINT32_MAX);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	uint32_t first;
	uint8_t *copy;
	unsigned minor;

	if (len < 3)
		return 0;
	minor = minors[data[0] % (sizeof minors / sizeof *minors)];
	first = data[1] | (uint32_t)data[2] << 8;
	data += 3;
	len -= 3;
	/* Of just its size, so that what is read behind it is noticed. */
	for (size_t n = len; n + 3 > len && n <= len; n--) {
		copy = malloc(n ? n : 1);
		if (!copy)
			return 0;
		memcpy(copy, data, n);
		check(minor, first, copy, n);
		free(copy);
		if (n == 0)
			break;
	}
	return 0;
}
