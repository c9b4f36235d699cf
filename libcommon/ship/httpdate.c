#include "ship/httpdate.h"

#include <string.h>

#include "base/parse.h"

/* What is left to read. */
struct text {
	const char *s;
	size_t len;
};

static bool
take_text(struct text *t, const char *want)
{
	size_t n = strlen(want);

	if (t->len < n || memcmp(t->s, want, n) != 0)
		return false;
	t->s += n;
	t->len -= n;
	return true;
}

/* Exactly n digits; the first may be a blank if blank. */
static bool
take_number(struct text *t, size_t n, bool blank, int *out)
{
	size_t skip = blank && t->len && *t->s == ' ';
	uint64_t v;

	if (t->len < n || !parse_digits(t->s + skip, n - skip, &v))
		return false;
	*out = (int)v;
	t->s += n;
	t->len -= n;
	return true;
}

/* One of several words; which one. */
static bool
take_word(struct text *t, const char *const *words, int n, int *out)
{
	for (*out = 0; *out < n; ++*out)
		if (take_text(t, words[*out]))
			return true;
	return false;
}

static bool
take_month(struct text *t, struct tm *tm)
{
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr",
		"May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

	return take_word(t, months, 12, &tm->tm_mon);
}

/* The name of a day, long or short, says nothing new; but it must be one. */
static bool
take_day_name(struct text *t, bool *is_long)
{
	static const char *const longs[] = { "Sunday", "Monday", "Tuesday",
		"Wednesday", "Thursday", "Friday", "Saturday" };
	static const char *const shorts[] = { "Sun", "Mon", "Tue", "Wed", "Thu",
		"Fri", "Sat" };
	int day;

	*is_long = take_word(t, longs, 7, &day);
	return *is_long || take_word(t, shorts, 7, &day);
}

static bool
take_time(struct text *t, struct tm *tm)
{
	return take_number(t, 2, false, &tm->tm_hour) && take_text(t, ":") &&
	    take_number(t, 2, false, &tm->tm_min) && take_text(t, ":") &&
	    take_number(t, 2, false, &tm->tm_sec) && tm->tm_hour < 24 &&
	    tm->tm_min < 60 && tm->tm_sec <= 60;
}

/* "06 Nov 1994 08:49:37 GMT", or with '-' and a short year. */
static bool
take_rest(struct text *t, struct tm *tm, bool is_old, time_t now)
{
	const char *gap = is_old ? "-" : " ";
	struct tm today = { 0 };
	int year;

	if (!take_number(t, 2, false, &tm->tm_mday) || !take_text(t, gap) ||
	    !take_month(t, tm) || !take_text(t, gap) ||
	    !take_number(t, is_old ? 2 : 4, false, &year) ||
	    !take_text(t, " ") || !take_time(t, tm) || !take_text(t, " GMT"))
		return false;
	if (is_old) {
		/* One that would lie more than 50 years ahead is past. */
		gmtime_r(&now, &today);
		year += (today.tm_year + 1900) / 100 * 100;
		if (year > today.tm_year + 1900 + 50)
			year -= 100;
	}
	tm->tm_year = year - 1900;
	return true;
}

/* "Nov  6 08:49:37 1994" */
static bool
take_asctime(struct text *t, struct tm *tm)
{
	int year;

	if (!take_month(t, tm) || !take_text(t, " ") ||
	    !take_number(t, 2, true, &tm->tm_mday) || !take_text(t, " ") ||
	    !take_time(t, tm) || !take_text(t, " ") ||
	    !take_number(t, 4, false, &year))
		return false;
	tm->tm_year = year - 1900;
	return true;
}

bool
httpdate_parse(const char *s, size_t len, time_t now, time_t *out)
{
	struct text t = { s, len };
	struct tm tm = { 0 };
	bool is_long, good;

	if (!take_day_name(&t, &is_long))
		return false;
	if (take_text(&t, ", "))
		good = take_rest(&t, &tm, is_long, now);
	else
		good = !is_long && take_text(&t, " ") && take_asctime(&t, &tm);
	if (!good || t.len || tm.tm_mday < 1 || tm.tm_mday > 31)
		return false;
	*out = timegm(&tm);
	return true;
}

uint64_t
httpdate_retry_after(const char *s, size_t len, time_t now)
{
	uint64_t seconds;
	time_t then;

	while (len && (*s == ' ' || *s == '\t')) {
		s++;
		len--;
	}
	while (len && (s[len - 1] == ' ' || s[len - 1] == '\t' ||
	    s[len - 1] == '\r' || s[len - 1] == '\n'))
		len--;
	if (parse_digits(s, len, &seconds))
		return seconds;
	if (httpdate_parse(s, len, now, &then) && then > now)
		return (uint64_t)(then - now);
	return 0;
}
