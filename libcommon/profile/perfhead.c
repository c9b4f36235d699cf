#include "profile/perfhead.h"

#include <string.h>

#include "base/ascii.h"
#include "base/parse.h"

/* Bytes of a comm, and of a kernel worker's that tells what it works on. */
enum { COMM_MAX = 15, COMM_LONG_MAX = 64 };

static bool
at_end(const char *s, size_t len, size_t i)
{
	return i == len || ascii_is_blank(s[i]);
}

/* Behind a number at i, maybe a negative one, or i. */
static size_t
take_number(const char *s, size_t len, size_t i, int64_t *out)
{
	size_t start = i < len && s[i] == '-' ? i + 1 : i;
	size_t end = ascii_skip_digits(s, len, start);
	uint64_t v;

	if (end == start || !parse_digits(s + start, end - start, &v) ||
	    v > INT32_MAX)
		return i;
	/* -1 is what perf prints of a thread that it does not know. */
	*out = start == i ? (int64_t)v : -1;
	return end;
}

/* Behind "12" or "12/34" at i, or i. */
static size_t
take_ids(const char *s, size_t len, size_t i, struct perfhead *h)
{
	int64_t first, second = -1;
	size_t end = take_number(s, len, i, &first), slash = end;

	h->pid = h->tid = -1;
	h->has_ids = false;
	if (end == i)
		return i;
	if (end < len && s[end] == '/') {
		end = take_number(s, len, slash + 1, &second);
		if (end == slash + 1)
			return i;
	}
	if (!at_end(s, len, end))
		return i;
	h->pid = end == slash ? -1 : first;
	h->tid = end == slash ? first : second;
	h->has_ids = true;
	return end;
}

/* Behind "[001]" at i, or i. */
static size_t
take_cpu(const char *s, size_t len, size_t i)
{
	size_t end = i < len && s[i] == '[' ? ascii_skip_digits(s, len, i + 1) : i;

	return end > i + 3 && end < len && s[end] == ']' &&
	    at_end(s, len, end + 1) ? end + 1 : i;
}

/* Behind "1350.422159:" at i, or i. */
static size_t
take_time(const char *s, size_t len, size_t i)
{
	size_t dot = ascii_skip_digits(s, len, i), end;

	if (dot == i || dot >= len || s[dot] != '.')
		return i;
	end = ascii_skip_digits(s, len, dot + 1);
	return (end == dot + 7 || end == dot + 10) && end < len &&
	    s[end] == ':' && at_end(s, len, end + 1) ? end + 1 : i;
}

/* Behind the flags of -F misc, as in "KH", or i. */
static size_t
take_flags(const char *s, size_t len, size_t i)
{
	size_t end = i;

	while (end < len && strchr("KUHGgMESD", s[end]) && s[end])
		end++;
	return end - i <= 4 && at_end(s, len, end) ? end : i;
}

/* Behind "cycles:u:" at i, or i. */
static size_t
take_event(const char *s, size_t len, size_t i)
{
	size_t end = i;

	while (end < len && !ascii_is_blank(s[end]))
		end++;
	return end > i + 1 && s[end - 1] == ':' ? end : i;
}

/* What stands behind the time: "[period] event: rest". */
static void
take_tail(const char *s, size_t len, size_t i, struct perfhead *h)
{
	size_t end, start;
	uint64_t period;

	h->period = 1;
	i = ascii_skip_blanks(s, len, i);
	end = ascii_skip_digits(s, len, i);
	start = ascii_skip_blanks(s, len, end);
	if (end > i && start > end && parse_digits(s + i, end - i, &period) &&
	    take_event(s, len, start) > start) {
		h->period = period;
		i = start;
	}
	end = take_event(s, len, i);
	h->event = s + i;
	h->event_len = end > i ? end - i - 1 : 0;
	h->rest = s + end;
	h->rest_len = len - end;
}

/* "1350.422159", digits as they are, as nanoseconds; 0 if that is too much. */
static uint64_t
parse_time(const char *s, size_t len)
{
	const char *dot = memchr(s, '.', len);
	size_t n = dot ? (size_t)(dot - s) : len;
	uint64_t seconds, ns = 0, unit = 1000000000;

	if (!parse_digits(s, n, &seconds) || seconds > UINT32_MAX)
		return 0;
	for (n++; n < len && unit > 1; n++) {
		unit /= 10;
		ns += unit * (uint64_t)(s[n] - '0');
	}
	return seconds * 1000000000 + ns;
}

/*
 * Try to go on behind the comm at i, a blank or the start of the line. Strong if
 * there is a time or a CPU; weak if there are ids, then nothing or an event.
 */
static bool
take_fields(const char *s, size_t len, size_t i, struct perfhead *h)
{
	size_t ids, cpu, flags, start, time;

	h->timed = false;
	i = ascii_skip_blanks(s, len, i);
	/* What none of them begins with need not be tried. */
	if (i < len && !ascii_is_digit(s[i]) && !strchr("-[KUHGgMESD", s[i]))
		return false;
	ids = take_ids(s, len, i, h);
	cpu = take_cpu(s, len, ascii_skip_blanks(s, len, ids));
	h->strong = cpu > ids && s[cpu - 1] == ']';
	cpu = h->strong ? cpu : ids;
	flags = take_flags(s, len, ascii_skip_blanks(s, len, cpu));
	start = ascii_skip_blanks(s, len, flags);
	time = take_time(s, len, start);
	if (time > flags && s[time - 1] == ':') {
		h->strong = h->timed = true;
		h->time_ns = parse_time(s + start, time - 1 - start);
		take_tail(s, len, time, h);
		return true;
	}
	take_tail(s, len, cpu, h);
	if (h->strong)
		return true;
	return ids > i && (h->event_len || ascii_skip_blanks(s, len, ids) == len);
}

static void
set_comm(const char *s, size_t end, struct perfhead *h)
{
	size_t start = ascii_skip_blanks(s, end, 0);

	while (end > start && ascii_is_blank(s[end - 1]))
		end--;
	h->comm = s + start;
	h->comm_len = end - start;
}

/* "comm event:" and "comm" alone. */
static bool
parse_bare(const char *s, size_t len, struct perfhead *h)
{
	size_t start = ascii_skip_blanks(s, len, 0), end;

	*h = (struct perfhead){ .pid = -1, .tid = -1 };
	for (size_t i = start; i < len && i <= start + COMM_MAX; i++) {
		if (i > start && (!ascii_is_blank(s[i]) || ascii_is_blank(s[i - 1])))
			continue;
		end = ascii_skip_blanks(s, len, i);
		if (take_event(s, len, end) == end)
			continue;
		take_tail(s, len, i, h);
		set_comm(s, i, h);
		return true;
	}
	take_tail(s, len, len, h);
	set_comm(s, len, h);
	/* Perf ends each field with a blank. */
	return h->comm_len > 0 && h->comm_len <= COMM_MAX &&
	    ascii_is_blank(s[len - 1]);
}

/*
 * The fields may seem to begin in several places, since the comm may look like
 * fields: the last of those is right that leaves no more to it than it can be. If
 * neither has a time or a CPU, a period looks like another thread.
 */
static bool
is_better(const struct perfhead *try, const struct perfhead *h)
{
	if (try->strong != h->strong)
		return try->strong;
	return try->strong && try->comm_len <= COMM_MAX &&
	    (try->has_ids || !h->has_ids);
}

/* Whether what may begin behind i can still be better than a strong one. */
static bool
is_hopeless(const char *s, size_t len, size_t i, const struct perfhead *h)
{
	i = ascii_skip_blanks(s, len, i);
	return h->has_ids && i < len && !ascii_is_digit(s[i]) && s[i] != '-';
}

bool
perfhead_parse(const char *s, size_t len, struct perfhead *h)
{
	struct perfhead try;
	size_t start = ascii_skip_blanks(s, len, 0);
	bool found = false, strong = false;

	for (size_t i = start; i < len && i <= start + COMM_LONG_MAX; i++) {
		if (i > start && (!ascii_is_blank(s[i]) || ascii_is_blank(s[i - 1])))
			continue;
		if (strong && i - start > COMM_MAX)
			break;
		if (strong && is_hopeless(s, len, i, h))
			continue;
		if (!take_fields(s, len, i, &try))
			continue;
		set_comm(s, i, &try);
		if (found && !is_better(&try, h))
			continue;
		*h = try;
		found = true;
		strong = try.strong;
	}
	return found || parse_bare(s, len, h);
}
