#include "said.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/parse.h"

enum { CHUNK = 4096, READS_MAX = 1024 };

/* A larger count is none. */
#define COUNT_MAX (UINT64_C(1) << 40)

void
said_init(struct said *s, const char *name)
{
	*s = (struct said){ .name = name, .fd = -1 };
}

void
said_begin(struct said *s, int fd)
{
	fcntl(fd, F_SETFL, O_NONBLOCK);
	s->fd = fd;
	memset(s->seen, 0, sizeof s->seen);
}

/* -- the counts of "#report" ----------------------------------------------- */

static void
add_number(struct said *s, const char *name, size_t len, uint64_t n)
{
	size_t i = 0;

	if (len == 0 || len >= SAID_NAME_MAX)
		return;
	while (i < SAID_NUMBERS_MAX && s->number[i].name[0] &&
	    (strncmp(s->number[i].name, name, len) != 0 ||
	    s->number[i].name[len] != '\0'))
		i++;
	if (i == SAID_NUMBERS_MAX)
		return;
	memcpy(s->number[i].name, name, len);
	s->number[i].n += n;
}

/* "NAME=7": a code's count, which stands for what was seen of it, or another
 * number. */
static void
add_field(struct said *s, const char *field, size_t len)
{
	const char *eq = memchr(field, '=', len);
	enum diag_code code;
	size_t name;
	uint64_t n;

	if (!eq || !parse_digits(eq + 1, (size_t)(field + len - eq - 1), &n) ||
	    n > COUNT_MAX)
		return;
	name = (size_t)(eq - field);
	code = diag_find(field, name);
	if (code == DIAG_CODES) {
		add_number(s, field, name, n);
		return;
	}
	s->count[code] += n - (n > s->seen[code] ? s->seen[code] : n);
	s->seen[code] = n;
}

static void
take_report(struct said *s, const char *line, size_t len)
{
	while (len) {
		const char *end = memchr(line, ' ', len);
		size_t n = end ? (size_t)(end - line) : len;

		add_field(s, line, n);
		n += end != NULL;
		line += n;
		len -= n;
	}
}

/* -- lines ----------------------------------------------------------------- */

/* The code that a line ends in, "… [CODE]"; DIAG_CODES if in none. */
static enum diag_code
code_of(const char *line, size_t len)
{
	const char *open;

	if (len < 3 || line[len - 1] != ']' || memchr(line, '\0', len))
		return DIAG_CODES;
	open = memrchr(line, '[', len);
	return open && open > line && open[-1] == ' ' ? diag_find(open + 1, (size_t)(line + len - open) - 2) :
	    DIAG_CODES;
}

static void
pass_on(struct said *s, enum diag_priority p, const char *line, size_t len)
{
	struct buf b = { 0 };

	if (p != DIAG_ERR && diag_verbosity() < 0)
		return;
	if (s->lines == SAID_LINES_MAX && diag_verbosity() < 1) {
		s->more++;
		return;
	}
	s->lines++;
	if (len < 3 || memcmp(line, "gp-", 3) != 0)
		buf_addf(&b, "%s: ", s->name);
	buf_add(&b, line, len);
	diag_forward(p, b.s, b.len);
	buf_free(&b);
}

static void
take_line(struct said *s, const char *line, size_t len)
{
	static const char report[] = "#report ";
	enum diag_priority p = DIAG_WARNING;
	enum diag_code code;

	if (len >= sizeof report - 1 &&
	    memcmp(line, report, sizeof report - 1) == 0) {
		take_report(s, line + sizeof report - 1,
		    len - (sizeof report - 1));
		return;
	}
	if (len >= 3 && line[0] == '<' && line[2] == '>' && line[1] >= '3' &&
	    line[1] <= '6') {
		p = (enum diag_priority)(line[1] - '0');
		line += 3;
		len -= 3;
	}
	s->errors += p == DIAG_ERR;
	code = code_of(line, len);
	if (code < DIAG_CODES) {
		s->count[code]++;
		s->seen[code]++;
	}
	if (code == DIAG_CODES || diag_verbosity() > 0)
		pass_on(s, p, line, len);
	else if (!s->first[code] && !(s->first[code] = strndup(line, len)))
		die_nomem();
}

static void
take_bytes(struct said *s, const char *p, size_t len)
{
	while (len) {
		const char *nl = memchr(p, '\n', len);
		size_t n = nl ? (size_t)(nl - p) : len;
		size_t room = DIAG_LINE_MAX - s->line.len;

		buf_add(&s->line, p, n < room ? n : room);
		if (nl && s->line.len)
			take_line(s, s->line.s, s->line.len);
		if (nl)
			buf_reset(&s->line);
		n += nl != NULL;
		p += n;
		len -= n;
	}
}

bool
said_read(struct said *s)
{
	char chunk[CHUNK];
	ssize_t n;

	if (s->fd < 0)
		return false;
	n = read(s->fd, chunk, sizeof chunk);
	if (n > 0)
		take_bytes(s, chunk, (size_t)n);
	if (n == 0) {
		close(s->fd);
		s->fd = -1;
	}
	return n > 0;
}

void
said_end(struct said *s)
{
	/* A process that it left behind may say more for ever. */
	for (int i = 0; i < READS_MAX && said_read(s); i++)
		;
	if (s->line.len)
		take_bytes(s, "\n", 1);
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

uint64_t
said_number(const struct said *s, const char *name)
{
	for (size_t i = 0; i < SAID_NUMBERS_MAX; i++)
		if (strcmp(s->number[i].name, name) == 0)
			return s->number[i].n;
	return 0;
}

/* The first line of a code, with how often it was met before the code. */
static void
pass_on_code(struct said *s, enum diag_code code)
{
	const char *line = s->first[code];
	size_t tail = strlen(diag_name(code)) + 3; /* " [CODE]" */
	struct buf b = { 0 };

	buf_add(&b, line, strlen(line) - tail);
	if (s->count[code] > 1)
		buf_addf(&b, " (%llu times)",
		    (unsigned long long)s->count[code]);
	buf_adds(&b, line + strlen(line) - tail);
	pass_on(s, diag_level(code) == DIAG_LEVEL_NOTE ? DIAG_INFO :
	    DIAG_WARNING, b.s, b.len);
	buf_free(&b);
}

void
said_done(struct said *s)
{
	said_end(s);
	for (size_t i = 0; i < DIAG_CODES; i++) {
		if (s->first[i])
			pass_on_code(s, (enum diag_code)i);
		free(s->first[i]);
		s->first[i] = NULL;
	}
	if (s->more && diag_verbosity() >= 0)
		diag_say("%s said %llu lines more", s->name,
		    (unsigned long long)s->more);
	buf_free(&s->line);
}
