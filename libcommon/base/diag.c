#include "base/diag.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static const struct {
	const char *name;
	const char *text;
	enum diag_level level;
} catalogue[] = {
#define DIAG(code, level, text) { #code, text, DIAG_LEVEL_##level },
#include "base/diag.def"
#undef DIAG
};

static const char *program = "gp";
static int verbosity;
static uint64_t counts[DIAG_CODES];
static bool has_priorities; /* of its lines: somebody reads them */
static bool has_supervisor;

enum { CODE_ROOM = 64, REPORTS_MAX = 16 };

static struct {
	const char *name;
	uint64_t n;
} reports[REPORTS_MAX];

/* A message under construction: one write(2), so that the lines of several
 * commands in a pipeline do not mix. */
struct line {
	char s[DIAG_LINE_MAX];
	size_t len;
	size_t spare; /* bytes at the end not to be filled yet */
};

static void line_addf(struct line *l, const char *fmt, ...) GP_PRINTF(2, 3);
static void line_addv(struct line *l, const char *fmt, va_list ap)
    GP_PRINTF(2, 0);

static void
line_addv(struct line *l, const char *fmt, va_list ap)
{
	size_t room = sizeof l->s - l->len - l->spare;
	int n;

	n = vsnprintf(l->s + l->len, room, fmt, ap);
	if (n > 0)
		l->len += (size_t)n < room ? (size_t)n : room - 1;
}

static void
line_addf(struct line *l, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line_addv(l, fmt, ap);
	va_end(ap);
}

/* What a terminal obeys: C0, DEL, and C1 as UTF-8 has it (0xc2 0x80 to 0x9f). */
static void
mask_controls(struct line *l)
{
	for (size_t i = 0; i < l->len; i++) {
		unsigned char c = (unsigned char)l->s[i];
		unsigned char next = i + 1 < l->len ?
		    (unsigned char)l->s[i + 1] : 0;

		if (c == 0xc2 && next >= 0x80 && next <= 0x9f)
			l->s[i] = l->s[i + 1] = '?';
		else if (c < 0x20 || c == 0x7f)
			l->s[i] = '?';
	}
}

static void
line_print(struct line *l)
{
	mask_controls(l);
	if (l->len == sizeof l->s)
		l->len--;
	l->s[l->len++] = '\n';
	/* Nothing can be said about a stderr that does not take it. */
	if (write(STDERR_FILENO, l->s, l->len) < 0)
		return;
}

/* A line begins: "<4>gp-record: ". */
static void
line_begin(struct line *l, enum diag_priority p)
{
	if (has_priorities)
		line_addf(l, "<%d>", (int)p);
	line_addf(l, "%s: ", program);
}

/* systemd says which device and inode is the journal, since stderr may have
 * been redirected since. */
static bool
is_journal(void)
{
	const char *s = getenv("JOURNAL_STREAM");
	unsigned long long dev, ino;
	struct stat st;

	return s && sscanf(s, "%llu:%llu", &dev, &ino) == 2 &&
	    fstat(STDERR_FILENO, &st) == 0 && st.st_dev == dev &&
	    st.st_ino == ino;
}

void
diag_init(const char *name)
{
	program = name;
	has_supervisor = getenv("GP_REPORT") != NULL;
	has_priorities = has_supervisor || is_journal();
}

void
diag_set_verbosity(int level)
{
	verbosity = level;
}

int
diag_verbosity(void)
{
	return verbosity;
}

void
diag(enum diag_code code, const char *file, uint64_t line, const char *fmt, ...)
{
	struct line l = { .len = 0 };
	va_list ap;

	counts[code]++;
	if (verbosity < (catalogue[code].level == DIAG_LEVEL_NOTE ? 1 : 0))
		return;
	if (counts[code] > DIAG_SHOWN_MAX)
		return;
	/* However long the detail is, the code that one greps for follows. */
	l.spare = CODE_ROOM;
	line_begin(&l, catalogue[code].level == DIAG_LEVEL_NOTE ? DIAG_INFO :
	    DIAG_WARNING);
	if (file)
		line_addf(&l, "%.512s", file);
	if (file && line)
		line_addf(&l, ":%llu", (unsigned long long)line);
	line_addf(&l, "%s%s", file ? ": " : "", catalogue[code].text);
	if (fmt) {
		line_addf(&l, ": ");
		va_start(ap, fmt);
		line_addv(&l, fmt, ap);
		va_end(ap);
	}
	l.spare = 0;
	line_addf(&l, " [%s]", catalogue[code].name);
	line_print(&l);
}

static void sayv(enum diag_priority p, const char *fmt, va_list ap)
    GP_PRINTF(2, 0);

static void
sayv(enum diag_priority p, const char *fmt, va_list ap)
{
	struct line l = { .len = 0 };
	int err = errno;

	line_begin(&l, p);
	line_addv(&l, fmt, ap);
	if (fmt[0] && fmt[strlen(fmt) - 1] == ':')
		line_addf(&l, " %s", strerror(err));
	line_print(&l);
}

void
diag_verbose(const char *fmt, ...)
{
	va_list ap;

	if (verbosity < 1)
		return;
	va_start(ap, fmt);
	sayv(DIAG_INFO, fmt, ap);
	va_end(ap);
}

void
diag_say(const char *fmt, ...)
{
	va_list ap;

	if (verbosity < 0)
		return;
	va_start(ap, fmt);
	sayv(DIAG_NOTICE, fmt, ap);
	va_end(ap);
}

void
diag_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	sayv(DIAG_ERR, fmt, ap);
	va_end(ap);
}

void
diag_forward(enum diag_priority p, const char *line, size_t len)
{
	struct line l = { .len = 0 };

	if (has_priorities)
		line_addf(&l, "<%d>", (int)p);
	line_addf(&l, "%.*s", len < DIAG_LINE_MAX ? (int)len : DIAG_LINE_MAX,
	    line);
	line_print(&l);
}

uint64_t
diag_count(enum diag_code code)
{
	return counts[code];
}

const char *
diag_name(enum diag_code code)
{
	return catalogue[code].name;
}

enum diag_level
diag_level(enum diag_code code)
{
	return catalogue[code].level;
}

enum diag_code
diag_find(const char *name, size_t len)
{
	size_t i = 0;

	while (i < DIAG_CODES && (strlen(catalogue[i].name) != len ||
	    memcmp(catalogue[i].name, name, len) != 0))
		i++;
	return (enum diag_code)i;
}

void
diag_report(const char *name, uint64_t n)
{
	size_t i = 0;

	while (i < REPORTS_MAX && reports[i].name &&
	    strcmp(reports[i].name, name) != 0)
		i++;
	if (i == REPORTS_MAX)
		return;
	reports[i].name = name;
	reports[i].n += n;
}

/* Once, however the program ends. */
static void
report(void)
{
	struct line l = { .len = 0 };

	if (!has_supervisor)
		return;
	has_supervisor = false;
	line_addf(&l, "#report");
	for (size_t i = 0; i < DIAG_CODES; i++)
		if (counts[i])
			line_addf(&l, " %s=%llu", catalogue[i].name,
			    (unsigned long long)counts[i]);
	for (size_t i = 0; i < REPORTS_MAX && reports[i].name; i++)
		line_addf(&l, " %s=%llu", reports[i].name,
		    (unsigned long long)reports[i].n);
	if (l.len > strlen("#report"))
		line_print(&l);
}

void
diag_reset(void)
{
	memset(counts, 0, sizeof counts);
	memset(reports, 0, sizeof reports);
}

int
diag_status(void)
{
	for (size_t i = 0; i < DIAG_CODES; i++)
		if (counts[i] && catalogue[i].level == DIAG_LEVEL_LOSS)
			return 1;
	return 0;
}

int
diag_done(void)
{
	bool totals = !has_supervisor;

	report();
	for (size_t i = 0; i < DIAG_CODES; i++) {
		struct line l = { .len = 0 };

		if (counts[i] == 0)
			continue;
		if (verbosity <
		    (catalogue[i].level == DIAG_LEVEL_NOTE ? 1 : 0))
			continue;
		if (counts[i] <= DIAG_SHOWN_MAX || !totals)
			continue;
		line_begin(&l, DIAG_WARNING);
		line_addf(&l, "%s: %llu times in all [%s]", catalogue[i].text,
		    (unsigned long long)counts[i], catalogue[i].name);
		line_print(&l);
	}
	return diag_status();
}

void
die(int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	sayv(status == EX_TEMPFAIL ? DIAG_NOTICE : DIAG_ERR, fmt, ap);
	va_end(ap);
	report();
	exit(status);
}

void
die_nomem(void)
{
	struct line l = { .len = 0 };

	/* Plain %s does not allocate; exit(3) might, to flush. */
	line_begin(&l, DIAG_ERR);
	line_addf(&l, "out of memory");
	line_print(&l);
	_exit(EX_OSERR);
}
