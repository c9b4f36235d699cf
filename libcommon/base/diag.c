#include "base/diag.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

enum { CODE_ROOM = 64 };

/* A message under construction: one write(2), so that the lines of several
 * commands in a pipeline do not mix. */
struct line {
	char s[2048];
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

void
diag_init(const char *name)
{
	program = name;
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
	line_addf(&l, "%s: ", program);
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

static void sayv(const char *fmt, va_list ap) GP_PRINTF(1, 0);

static void
sayv(const char *fmt, va_list ap)
{
	struct line l = { .len = 0 };
	int err = errno;

	line_addf(&l, "%s: ", program);
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
	sayv(fmt, ap);
	va_end(ap);
}

void
diag_say(const char *fmt, ...)
{
	va_list ap;

	if (verbosity < 0)
		return;
	va_start(ap, fmt);
	sayv(fmt, ap);
	va_end(ap);
}

void
diag_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	sayv(fmt, ap);
	va_end(ap);
}

uint64_t
diag_count(enum diag_code code)
{
	return counts[code];
}

int
diag_done(void)
{
	int status = 0;

	for (size_t i = 0; i < DIAG_CODES; i++) {
		struct line l = { .len = 0 };

		if (counts[i] == 0)
			continue;
		if (catalogue[i].level == DIAG_LEVEL_LOSS)
			status = 1;
		if (verbosity <
		    (catalogue[i].level == DIAG_LEVEL_NOTE ? 1 : 0))
			continue;
		if (counts[i] <= DIAG_SHOWN_MAX)
			continue;
		line_addf(&l, "%s: %s: %llu times in all [%s]", program,
		    catalogue[i].text, (unsigned long long)counts[i],
		    catalogue[i].name);
		line_print(&l);
	}
	return status;
}

void
die(int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	sayv(fmt, ap);
	va_end(ap);
	exit(status);
}

void
die_nomem(void)
{
	struct line l = { .len = 0 };

	/* Plain %s does not allocate; exit(3) might, to flush. */
	line_addf(&l, "%s: out of memory", program);
	line_print(&l);
	_exit(EX_OSERR);
}
