#include "base/parse.h"

#include <string.h>

bool
parse_digits(const char *s, size_t len, uint64_t *out)
{
	uint64_t v = 0;

	if (len == 0)
		return false;
	for (size_t i = 0; i < len; i++) {
		unsigned d = (unsigned)((unsigned char)s[i] - '0');

		if (d > 9 || __builtin_mul_overflow(v, 10u, &v) ||
		    __builtin_add_overflow(v, d, &v))
			return false;
	}
	*out = v;
	return true;
}

bool
parse_decimal(const char *s, size_t len, uint64_t *whole, uint32_t *nano)
{
	const char *point = len ? memchr(s, '.', len) : NULL;
	size_t n = point ? (size_t)(point - s) : 0, i = n + 1;
	uint32_t v = 0;

	if (!point) {
		if (!parse_digits(s, len, whole))
			return false;
		*nano = 0;
		return true;
	}
	for (unsigned digits = 0; digits < 9; digits++, i++) {
		v *= 10;
		if (i < len && s[i] >= '0' && s[i] <= '9')
			v += (uint32_t)(s[i] - '0');
		else if (i < len)
			return false;
	}
	for (; i < len; i++)
		if (s[i] < '0' || s[i] > '9')
			return false;
	if (!parse_digits(s, n, whole))
		return false;
	*nano = v;
	return true;
}

/* A byte's worth in each of eight. */
#define EACH(byte) ((byte) * UINT64_C(0x0101010101010101))

/* Eight digits at once, the first one lowest: most of what is read are addresses. No
 * byte carries into the next, since none is above 0x7f. */
static bool
parse_hex8(uint64_t w, uint64_t *out)
{
	uint64_t lower, digit, letter;

	if (w & EACH(0x80))
		return false;
	lower = w | EACH(0x20);
	/* The top bit of each: not below the first, and not above the last. */
	digit = (w + EACH(0x80 - '0')) & ~(w + EACH(0x80 - '9' - 1));
	letter = (lower + EACH(0x80 - 'a')) & ~(lower + EACH(0x80 - 'f' - 1)) &
	    EACH(0x80);
	if (((digit | letter) & EACH(0x80)) != EACH(0x80))
		return false;
	w = (w & EACH(0x0f)) + (letter >> 7) * 9;
	w = __builtin_bswap64(w);
	w = (w | w >> 4) & 0x00ff00ff00ff00ff;
	w = (w | w >> 8) & 0x0000ffff0000ffff;
	*out = (w | w >> 16) & 0xffffffff;
	return true;
}

/* Up to eight bytes, with zeros before them. */
static uint64_t
get_digits(const char *s, size_t len)
{
	uint64_t w = EACH('0');

	if (len == sizeof w) {
		memcpy(&w, s, sizeof w);
		return w;
	}
	for (size_t i = 0; i < len; i++)
		w = w >> 8 | (uint64_t)(unsigned char)s[i] << 56;
	return w;
}

bool
parse_hex(const char *s, size_t len, uint64_t *out)
{
	uint64_t high = 0, low;
	size_t first = len > 8 ? len - 8 : 0;

	if (len == 0 || len > 16 ||
	    (first && !parse_hex8(get_digits(s, first), &high)) ||
	    !parse_hex8(get_digits(s + first, len - first), &low))
		return false;
	*out = high << 32 | low;
	return true;
}

bool
parse_hex_range(const char *s, uint64_t *start, uint64_t *end)
{
	const char *dash = strchr(s, '-');

	return dash && parse_hex(s, (size_t)(dash - s), start) &&
	    parse_hex(dash + 1, strlen(dash + 1), end) && *start < *end;
}

bool
parse_u64(const char *s, uint64_t *out)
{
	return parse_digits(s, strlen(s), out);
}

/* Split "12.5xyz" into the number in units of 10^-9 and its suffix. */
static bool
split_decimal(const char *s, uint64_t *whole, uint64_t *nano,
    const char **suffix)
{
	size_t n = strspn(s, "0123456789");
	uint64_t scale = 100000000;

	if (!parse_digits(s, n, whole))
		return false;
	*nano = 0;
	s += n;
	if (*s == '.') {
		n = strspn(++s, "0123456789");
		if (n == 0 || n > 9)
			return false;
		for (; n; n--, scale /= 10)
			*nano += (uint64_t)(*s++ - '0') * scale;
	}
	*suffix = s;
	return true;
}

bool
parse_duration(const char *s, uint64_t *out)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = {
		{ "", 1000000000 }, { "s", 1000000000 }, { "ms", 1000000 },
		{ "us", 1000 }, { "m", 60000000000 }, { "h", 3600000000000 },
		{ "d", 86400000000000 },
	};
	uint64_t whole, nano, v;
	const char *suffix;

	if (!split_decimal(s, &whole, &nano, &suffix))
		return false;
	for (size_t i = 0; i < GP_COUNT(units); i++) {
		if (strcmp(suffix, units[i].name) != 0)
			continue;
		if (__builtin_mul_overflow(whole, units[i].ns, &v) ||
		    __builtin_add_overflow(v,
		        (uint64_t)((long double)nano *
		            (long double)units[i].ns / 1e9L), &v))
			return false;
		*out = v;
		return true;
	}
	return false;
}

bool
parse_size(const char *s, uint64_t *out)
{
	static const char units[] = "KMGT";
	size_t n = strspn(s, "0123456789");
	const char *u;
	uint64_t v;

	if (!parse_digits(s, n, &v))
		return false;
	s += n;
	if (*s) {
		u = strchr(units, *s);
		if (!u || s[1])
			return false;
		if (__builtin_mul_overflow(v,
		        (uint64_t)1024 << 10 * (u - units), &v))
			return false;
	}
	*out = v;
	return true;
}

bool
parse_pids(const char *s, uint32_t *pids, size_t cap, size_t *n)
{
	uint64_t v;
	size_t len;

	for (*n = 0; ; s += len + 1) {
		len = strcspn(s, ",");
		if (!parse_digits(s, len, &v) || v == 0 || v > PARSE_PID_MAX ||
		    *n == cap)
			return false;
		pids[(*n)++] = (uint32_t)v;
		if (s[len] == '\0')
			return true;
	}
}
