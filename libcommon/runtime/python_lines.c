#include "runtime/python_lines.h"

#include <stdbool.h>

static uint32_t
as_line(int64_t line)
{
	return line > 0 && line <= INT32_MAX ? (uint32_t)line : 0;
}

static uint32_t
by_lnotab(bool is_signed, int64_t line, const uint8_t *t, size_t len,
    uint64_t at)
{
	uint64_t addr = 0;

	for (size_t i = 0; i + 2 <= len; i += 2) {
		addr += t[i];
		if (addr > at)
			break;
		line += is_signed ? (int8_t)t[i + 1] : t[i + 1];
	}
	return as_line(line);
}

static uint32_t
by_pairs(int64_t line, const uint8_t *t, size_t len, uint64_t at)
{
	uint64_t end = 0;
	int8_t delta;

	for (size_t i = 0; i + 2 <= len; i += 2) {
		delta = (int8_t)t[i + 1];
		end += t[i];
		if (delta != INT8_MIN)
			line += delta;
		if (at < end)
			return delta == INT8_MIN ? 0 : as_line(line);
	}
	return 0;
}

/* Numbers of 6 bits a byte, the low ones first; bit 6: more follow. */
static uint32_t
take_number(const uint8_t *t, size_t len, size_t *i)
{
	uint32_t v = 0, shift = 0, byte;

	do {
		byte = *i < len ? t[(*i)++] : 0;
		if (shift < 30)
			v |= (byte & 63) << shift;
		shift += 6;
	} while (byte & 64);
	return v;
}

/* The sign is the lowest bit. */
static int64_t
take_signed(const uint8_t *t, size_t len, size_t *i)
{
	uint32_t v = take_number(t, len, i);

	return v & 1 ? -(int64_t)(v >> 1) : (int64_t)(v >> 1);
}

enum kind { ONE_LINE = 10, NO_COLUMNS = 13, LONG = 14, NONE = 15 };

static uint32_t
by_locations(int64_t line, const uint8_t *t, size_t len, uint64_t at)
{
	uint64_t end = 0;

	for (size_t i = 0; i < len;) {
		unsigned first = t[i++], kind = first >> 3 & 15;

		end += (first & 7) + 1;
		if (kind == NO_COLUMNS || kind == LONG)
			line += take_signed(t, len, &i);
		else if (kind >= ONE_LINE && kind != NONE)
			line += kind - ONE_LINE;
		if (at < end)
			return kind == NONE ? 0 : as_line(line);
		/* Whatever else it says begins with a 0 bit. */
		while (i < len && !(t[i] & 128))
			i++;
	}
	return 0;
}

uint32_t
python_line_at(unsigned minor, uint32_t first, const uint8_t *table,
    size_t len, uint32_t at)
{
	if (minor == 0)
		return by_lnotab(false, first, table, len, at);
	if (minor < 10)
		return by_lnotab(true, first, table, len, (uint64_t)at * 2);
	if (minor == 10)
		return by_pairs(first, table, len, (uint64_t)at * 2);
	return by_locations(first, table, len, at);
}
