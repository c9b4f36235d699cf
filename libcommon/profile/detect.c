#include "profile/detect.h"

#include <stdint.h>
#include <string.h>

#include "base/ascii.h"
#include "profile/perfhead.h"
#include "profile/perfscript.h"
#include "profile/pprof.h"

static const char *const names[] = {
	[DETECT_UNSURE] = "auto",
	[DETECT_FOLDED] = "folded",
	[DETECT_PERF_SCRIPT] = "perf-script",
	[DETECT_PERF_REPORT] = "perf-report",
	[DETECT_BPFTRACE] = "bpftrace",
	[DETECT_BPFTRACE_JSON] = "bpftrace-json",
	[DETECT_AUSTIN] = "austin",
	[DETECT_GPROFILER] = "gprofiler",
	[DETECT_SPEEDSCOPE] = "speedscope",
	[DETECT_PPROF] = "pprof",
};

const char *
detect_name(enum detect_format f)
{
	return names[f];
}

enum detect_format
detect_by_name(const char *name)
{
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(names[i], name) == 0)
			return (enum detect_format)i;
	return DETECT_UNSURE;
}

const char *
detect_option(void *format, const char *name)
{
	enum detect_format *f = format;

	*f = detect_by_name(name);
	return *f == DETECT_UNSURE && strcmp(name, "auto") != 0 ?
	    "not one of auto, folded, perf-script, perf-report, bpftrace, "
	    "bpftrace-json, austin, gprofiler, speedscope, pprof" : NULL;
}

static bool
begins(const char *s, size_t len, const char *with)
{
	size_t n = strlen(with);

	return len >= n && memcmp(s, with, n) == 0;
}

static size_t
skip(const char *s, size_t len, const char *what)
{
	size_t i = 0;

	while (i < len && s[i] && strchr(what, s[i]))
		i++;
	return i;
}

static enum detect_format
detect_json(const char *s, size_t len)
{
	size_t i = 1 + skip(s + 1, len - 1, " \t\r\n");

	return begins(s + i, len - i, "\"type\"") ? DETECT_BPFTRACE_JSON :
	    DETECT_SPEEDSCOPE;
}

/* A line that starts with '#'. Other comments tell nothing. */
static enum detect_format
detect_comment(const char *s, size_t len)
{
	size_t n;

	if (begins(s, len, "#gp "))
		return DETECT_FOLDED;
	n = 1 + skip(s + 1, len - 1, " ");
	if (begins(s + n, len - n, "{") && memmem(s, len, "metadata\"", 9))
		return DETECT_GPROFILER;
	if (begins(s, len, "# To display the perf.data header info") ||
	    begins(s, len, "# Samples: "))
		return DETECT_PERF_REPORT;
	return DETECT_UNSURE;
}

/* "P12;T0:13;...". */
static bool
is_austin(const char *s, size_t len)
{
	size_t n = len ? skip(s + 1, len - 1, "0123456789") : 0;

	return n && s[0] == 'P' && begins(s + 1 + n, len - 1 - n, ";T");
}

/* "    50.00%  ". */
static bool
is_report(const char *s, size_t len)
{
	size_t i = skip(s, len, " "), n = skip(s + i, len - i, "0123456789.");

	return n && begins(s + i + n, len - i - n, "%");
}

/* "frames 12", "frames 12.5". */
static bool
is_sample(const char *s, size_t len)
{
	size_t i = len;

	while (i && (ascii_is_digit(s[i - 1]) || s[i - 1] == '.'))
		i--;
	return i < len && i > 1 && ascii_is_blank(s[i - 1]);
}

/* The first line that is no comment; next: what follows, maybe half a line. */
static enum detect_format
detect_line(const char *s, size_t len, const char *next, size_t next_len,
    bool all)
{
	const char *nl = next_len ? memchr(next, '\n', next_len) : NULL;
	struct perfhead h = { .strong = false };
	bool is_head = perfhead_parse(s, len, &h);

	if (is_head && h.timed)
		return DETECT_PERF_SCRIPT;
	if (is_austin(s, len))
		return DETECT_AUSTIN;
	if (is_report(s, len))
		return DETECT_PERF_REPORT;
	if (begins(s, len, "@") || begins(s, len, "Attaching "))
		return DETECT_BPFTRACE;
	if (is_sample(s, len) && memchr(s, ';', len))
		return DETECT_FOLDED;
	if ((is_head && h.strong) || perfscript_is_frame(s, len))
		return DETECT_PERF_SCRIPT;
	if (is_head && !nl && !all)
		return DETECT_UNSURE;
	if (is_head && perfscript_is_frame(next, nl ? (size_t)(nl - next) :
	    next_len))
		return DETECT_PERF_SCRIPT;
	return DETECT_FOLDED;
}

enum detect_format
detect(const char *s, size_t len, bool all)
{
	enum detect_format f;
	const char *nl;
	size_t n;

	if (pprof_is(s, len))
		return DETECT_PPROF;
	n = skip(s, len, " \t\r\n");
	if (n < len && s[n] == '{')
		return detect_json(s + n, len - n);
	for (; len; s += n, len -= n) {
		nl = memchr(s, '\n', len);
		if (!nl && !all)
			return DETECT_UNSURE;
		n = nl ? (size_t)(nl - s) : len;
		f = DETECT_UNSURE;
		if (n && s[0] == '#' && (n == 1 || ascii_is_blank(s[1]) ||
		    !is_sample(s, n)))
			f = detect_comment(s, n);
		else if (skip(s, n, " \t\r") < n)
			return detect_line(s, n - (s[n - 1] == '\r'),
			    s + n + (nl != NULL), len - n - (nl != NULL), all);
		if (f != DETECT_UNSURE)
			return f;
		n += nl != NULL;
	}
	return all ? DETECT_FOLDED : DETECT_UNSURE;
}
