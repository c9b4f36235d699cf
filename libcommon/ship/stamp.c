#include "ship/stamp.h"

#include <stdio.h>
#include <string.h>


static bool
is_host_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

void
stamp_format(char out[STAMP_MAX], const char *pattern, struct timespec t)
{
	static const time_t last = 253402300799; /* 9999-12-31T23:59:59Z */
	unsigned ms = (unsigned)(t.tv_nsec / 1000000) % 1000u;
	struct tm tm = { 0 };
	size_t len = 0;

	if (t.tv_sec < 0)
		t.tv_sec = 0;
	if (t.tv_sec > last)
		t.tv_sec = last;
	gmtime_r(&t.tv_sec, &tm);
	for (; *pattern && len + 5 < STAMP_MAX; pattern++) {
		char *p = out + len;
		size_t room = STAMP_MAX - len;
		int n = 1;

		switch (*pattern) {
		case 'Y':
			n = snprintf(p, room, "%04d", tm.tm_year + 1900);
			break;
		case 'M':
			n = snprintf(p, room, "%02d", tm.tm_mon + 1);
			break;
		case 'D':
			n = snprintf(p, room, "%02d", tm.tm_mday);
			break;
		case 'H':
			n = snprintf(p, room, "%02d", tm.tm_hour);
			break;
		case 'm':
			n = snprintf(p, room, "%02d", tm.tm_min);
			break;
		case 's':
			n = snprintf(p, room, "%02d", tm.tm_sec);
			break;
		case 'i':
			n = snprintf(p, room, "%03u", ms);
			break;
		default:
			*p = *pattern;
		}
		len += (size_t)n;
	}
	out[len] = '\0';
}

static size_t
width(char c)
{
	return c == 'Y' ? 4 : c == 'i' ? 3 : strchr("MDHms", c) ? 2 : 0;
}

size_t
stamp_match(const char *s, const char *pattern)
{
	const char *start = s;

	for (; *pattern; pattern++) {
		size_t n = width(*pattern);

		if (n == 0 && *s++ != *pattern)
			return 0;
		for (; n; n--, s++)
			if (*s < '0' || *s > '9')
				return 0;
	}
	return (size_t)(s - start);
}

struct timespec
stamp_read(const char *s, const char *pattern)
{
	struct timespec t = { 0 };
	struct tm tm = { .tm_mday = 1, .tm_year = 70 };

	for (; *pattern; pattern++) {
		size_t n = width(*pattern);
		int v = 0;

		if (n == 0) {
			s++;
			continue;
		}
		for (; n && *s >= '0' && *s <= '9'; n--)
			v = v * 10 + (*s++ - '0');
		switch (*pattern) {
		case 'Y':
			tm.tm_year = v - 1900;
			break;
		case 'M':
			tm.tm_mon = v - 1;
			break;
		case 'D':
			tm.tm_mday = v;
			break;
		case 'H':
			tm.tm_hour = v;
			break;
		case 'm':
			tm.tm_min = v;
			break;
		case 's':
			tm.tm_sec = v;
			break;
		default:
			t.tv_nsec = v * 1000000L;
		}
	}
	t.tv_sec = timegm(&tm);
	return t;
}

struct timespec
stamp_next(struct timespec t)
{
	t.tv_nsec += 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_nsec -= 1000000000;
		t.tv_sec++;
	}
	return t;
}

void
stamp_host(char out[STAMP_HOST_MAX], const char *host)
{
	size_t n = 0;

	for (; *host && n < STAMP_HOST_MAX - 1; host++)
		out[n++] = is_host_char(*host) ? *host : '_';
	if (n && out[0] == '.')
		out[0] = '_';
	if (n == 0)
		out[n++] = '_';
	out[n] = '\0';
}
