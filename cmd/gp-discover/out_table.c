/*
 *	  PID USER  STARTED              AGE   RUNTIME        COMM     DECISION …
 *	 4242 root  2026-01-02 03:04:05  1h05m python/3.11.2  python3  profile
 *
 * Comms and cgroups are chosen by strangers, and a terminal obeys what it is
 * shown: control characters become '?'.
 */
#include "out.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/attr.h"
#include "proc/proc.h"
#include "base/utf8.h"

enum column { PID, USER, STARTED, AGE, RUNTIME, COMM, DECISION, CONTAINER,
	CGROUP, COLUMNS };

static const struct {
	const char *title;
	bool right; /* flush right */
} columns[COLUMNS] = {
	[PID] = { "PID", true }, [USER] = { "USER", false },
	[STARTED] = { "STARTED", false }, [AGE] = { "AGE", true },
	[RUNTIME] = { "RUNTIME", false }, [COMM] = { "COMM", false },
	[DECISION] = { "DECISION", false },
	[CONTAINER] = { "CONTAINER", false }, [CGROUP] = { "CGROUP", false },
};

/* Add text that a terminal may show: no control characters, those of U+0080 to
 * U+009F neither. */
static void
put_safe(struct buf *b, const char *s)
{
	size_t len = strlen(s), n;

	for (size_t i = 0; i < len; i += n) {
		unsigned char c = (unsigned char)s[i];

		n = utf8_len(s + i, len - i);
		if (n == 0 || c < 0x20 || c == 0x7f ||
		    (c == 0xc2 && (unsigned char)s[i + 1] < 0xa0)) {
			buf_addc(b, '?');
			n = n ? n : 1;
		} else {
			buf_add(b, s + i, n);
		}
	}
}

/* Characters, not bytes. */
static size_t
text_width(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

/* The two largest units: "4d03h", "1h05m", "7m09s", "12s". */
static void
put_age(struct buf *b, uint64_t seconds)
{
	unsigned long long s = seconds;

	if (s >= 86400)
		buf_addf(b, "%llud%02lluh", s / 86400, s % 86400 / 3600);
	else if (s >= 3600)
		buf_addf(b, "%lluh%02llum", s / 3600, s % 3600 / 60);
	else if (s >= 60)
		buf_addf(b, "%llum%02llus", s / 60, s % 60);
	else
		buf_addf(b, "%llus", s);
}

static void
put_started(struct buf *b, uint64_t age_seconds)
{
	time_t t = time(NULL) - (time_t)age_seconds;
	char text[32] = "";
	struct tm tm;

	if (localtime_r(&t, &tm))
		strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &tm);
	buf_adds(b, text);
}

static void
put_cell(struct buf *b, const struct scan_process *p, enum column c)
{
	uint64_t age = p->age_ticks / proc_ticks_per_second();

	switch (c) {
	case PID:
		buf_addu(b, p->pid);
		break;
	case USER:
		put_safe(b, p->user);
		break;
	case STARTED:
		put_started(b, age);
		break;
	case AGE:
		put_age(b, age);
		break;
	case RUNTIME:
		runtime_put(b, &p->runtime);
		break;
	case COMM:
		put_safe(b, p->comm);
		break;
	case DECISION:
		buf_adds(b, p->reason == SCAN_PROFILE ? "profile" : "skip: ");
		buf_adds(b, scan_reason_name(p->reason));
		break;
	case CONTAINER:
		/* As docker ps has it: twelve digits are enough. */
		if (p->container[0])
			buf_addf(b, "%s:", p->engine);
		if (p->pod[0])
			buf_addf(b, "%s/%s/", p->namespace, p->pod);
		if (p->container_name[0])
			put_safe(b, p->container_name);
		else if (strlen(p->container) == 64)
			buf_add(b, p->container, 12);
		else
			put_safe(b, p->container);
		break;
	case CGROUP:
		put_safe(b, p->cgroup);
		break;
	case COLUMNS:
		break;
	}
	if (b->len == 0)
		buf_addc(b, '-');
}

static void
pad(struct buf *line, size_t n)
{
	while (n--)
		buf_addc(line, ' ');
}

static void
put_column(struct buf *line, enum column c, const char *text, size_t width)
{
	size_t w = text_width(text), fill = width > w ? width - w : 0;

	if (columns[c].right)
		pad(line, fill);
	buf_adds(line, text);
	if (c + 1 == COLUMNS)
		return;
	if (!columns[c].right)
		pad(line, fill);
	pad(line, 2);
}

/* Print a line, width characters of it at most, without blanks at its end. */
static void
print_line(const struct buf *line, size_t width)
{
	size_t len = 0, chars = 0;

	for (; len < line->len; len++) {
		if (((unsigned char)line->s[len] & 0xc0) != 0x80)
			chars++;
		if (width && chars > width)
			break;
	}
	while (len && line->s[len - 1] == ' ')
		len--;
	fwrite(buf_str(line), 1, len, stdout);
	putchar('\n');
}

void
out_table(const struct scan *s, size_t width)
{
	struct buf line = { 0 }, cell = { 0 };
	size_t widths[COLUMNS], w;

	for (enum column c = 0; c < COLUMNS; c++) {
		widths[c] = strlen(columns[c].title);
		for (size_t i = 0; i < s->n; i++) {
			buf_reset(&cell);
			put_cell(&cell, &s->process[i], c);
			w = text_width(cell.s);
			if (w > widths[c])
				widths[c] = w;
		}
	}
	for (enum column c = 0; c < COLUMNS; c++)
		put_column(&line, c, columns[c].title, widths[c]);
	print_line(&line, width);
	for (size_t i = 0; i < s->n; i++) {
		buf_reset(&line);
		for (enum column c = 0; c < COLUMNS; c++) {
			buf_reset(&cell);
			put_cell(&cell, &s->process[i], c);
			put_column(&line, c, cell.s, widths[c]);
		}
		print_line(&line, width);
	}
	buf_free(&line);
	buf_free(&cell);
}
