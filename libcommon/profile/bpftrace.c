/*
 * JSON is taken apart by hand, not by json.h: bpftrace writes equal keys for
 * stacks that differ only in what is not shown, several times in one object, and
 * all of them count.
 */
#include "profile/bpftrace.h"

#include <string.h>

#include "base/ascii.h"
#include "base/parse.h"
#include "profile/perfname.h"
#include "stream/frame.h"

/* Bytes of a key: frames of 127 stacks' depth with long names, and more. */
enum { KEY_MAX = 4 << 20 };

struct key {
	const char *comm;
	size_t comm_len;
	int64_t pid;
	bool stack; /* it has one, maybe an empty one */
};

static size_t
trim(const char **s, size_t len)
{
	size_t skip = ascii_skip_blanks(*s, len, 0);

	*s += skip;
	return ascii_before_blanks(*s, len - skip);
}

/* What a frame's symbol is behind, in perf's form "7f035c main+35 (/bin/a)". */
static void
cut_perf_form(struct perfname *n)
{
	size_t i = 0;

	while (i < n->symbol_len && strchr("0123456789abcdef", n->symbol[i]))
		i++;
	if (i > 3 && i < n->symbol_len && n->symbol[i] == ' ') {
		n->symbol += i + 1;
		n->symbol_len -= i + 1;
	}
}

/* A frame: "main+35", an address, or one in perf's form. */
static void
add_frame(struct bpftrace *b, const char *s, size_t len)
{
	struct perfname name = { .pc = 0 };
	size_t n;
	uint64_t v;

	perfname_split(s, len, &name);
	cut_perf_form(&name);
	s = name.symbol;
	len = name.symbol_len;
	n = ascii_before_digits(s, len);
	if (n > 1 && n < len && s[n - 1] == '+')
		len = n - 1;
	if (len > 2 && s[0] == '0' && s[1] == 'x' &&
	    parse_hex(s + 2, len - 2, &v)) {
		s = FRAME_UNKNOWN;
		len = sizeof FRAME_UNKNOWN - 1;
	}
	reading_add_text(b->r, s, perfname_cut_args(s, len));
}

/* A part of the key that is no stack. */
static void
take_part(struct key *k, const char *s, size_t len)
{
	uint64_t v;

	if (len == 0)
		k->stack = true;
	else if (parse_digits(s, len, &v))
		k->pid = k->pid < 0 && v <= UINT32_MAX ? (int64_t)v : k->pid;
	else if (!k->comm) {
		k->comm = s;
		k->comm_len = len;
	}
}

/* The parts of a line of a key: of the form ", cat, 4242", with the comma only
 * before a part that is not the first. */
static void
take_parts(struct key *k, const char *s, size_t len, bool more)
{
	const char *comma;
	size_t n;

	for (;; s += n + 1, len -= n + 1) {
		const char *part = s;

		comma = len ? memchr(s, ',', len) : NULL;
		n = comma ? (size_t)(comma - s) : len;
		/* What a stack follows on the next line is no part. */
		if (comma || !more) {
			size_t m = trim(&part, n);

			take_part(k, part, m);
		}
		if (!comma)
			return;
	}
}

/* A key that is whole, lines with '\n' between. */
static void
take_key(struct bpftrace *b, const char *s, size_t len, uint64_t count)
{
	struct key k = { .pid = -1 };
	const char *nl;
	size_t n;
	bool first = true;

	reading_begin(b->r);
	reading_add(b->r, 0); /* the process's place */
	for (;; s += n + 1, len -= n + 1, first = false) {
		const char *line = s;
		size_t m;

		nl = len ? memchr(s, '\n', len) : NULL;
		n = nl ? (size_t)(nl - s) : len;
		m = trim(&line, n);
		if (!first && m && line[0] != ',') {
			k.stack = true;
			add_frame(b, line, m);
		} else if (m && line[0] == ',' && !first) {
			take_parts(&k, line + 1, m - 1, nl != NULL);
		} else if (first) {
			take_parts(&k, line, m, nl != NULL);
		}
		if (!nl)
			break;
	}
	if (!k.stack)
		return;
	b->r->frame[0] = k.comm ? fold_process(b->r->fold, k.comm, k.comm_len,
	    k.pid, -1) : fold_frame(b->r->fold, FRAME_UNKNOWN,
	    sizeof FRAME_UNKNOWN - 1, FRAMES_NO_MODULE);
	reading_reverse(b->r, 1);
	reading_count(b->r, 1, count);
}

/* "]: 7" at the end of a line: what stands before, and the count. */
static bool
split_end(const char *s, size_t *len, uint64_t *count)
{
	size_t i = ascii_before_digits(s, *len);

	if (i < 3 || memcmp(s + i - 3, "]: ", 3) != 0 ||
	    !parse_digits(s + i, *len - i, count))
		return false;
	*len = i - 3;
	return true;
}

void
bpftrace_line(struct bpftrace *b, const char *s, size_t len)
{
	const char *bracket;
	uint64_t count;

	if (memchr(s, '\0', len)) {
		reading_bad(b->r, "it holds a NUL byte");
		return;
	}
	if (len && s[0] == '@') {
		bracket = memchr(s, '[', len);
		if (b->open)
			reading_bad(b->r, "an entry before the last one's end");
		b->open = bracket != NULL;
		buf_reset(&b->key);
		if (!bracket)
			return; /* "@: 5" */
		len -= (size_t)(bracket + 1 - s);
		s = bracket + 1;
	} else if (!b->open) {
		return; /* "Attaching 1 probe...", what printf() wrote */
	} else {
		buf_addc(&b->key, '\n');
	}
	if (split_end(s, &len, &count)) {
		buf_add(&b->key, s, len);
		take_key(b, b->key.s, b->key.len, count);
		b->open = false;
		return;
	}
	if (b->key.len + len > KEY_MAX) {
		reading_bad(b->r, "an entry without end");
		b->open = false;
		return;
	}
	buf_add(&b->key, s, len);
}

void
bpftrace_end(struct bpftrace *b)
{
	if (b->open)
		reading_bad(b->r, "the last entry has no end");
	b->open = false;
}

/* -- JSON ------------------------------------------------------------------ */

static size_t
skip(const char *s, size_t len, size_t i, const char *what)
{
	while (i < len && s[i] && strchr(what, s[i]))
		i++;
	return i;
}

/* Behind the string at i, whose bytes are put into b->text; i if there is none. */
static size_t
take_string(struct bpftrace *b, const char *s, size_t len, size_t i)
{
	size_t at = i + 1;
	uint64_t c;

	buf_reset(&b->text);
	if (i >= len || s[i] != '"')
		return i;
	for (; at < len && s[at] != '"'; at++) {
		if (s[at] != '\\') {
			buf_addc(&b->text, s[at]);
			continue;
		}
		if (++at >= len)
			return i;
		if (s[at] == 'u') {
			if (at + 4 >= len || !parse_hex(s + at + 1, 4, &c))
				return i;
			/* Nothing but control bytes comes so. */
			buf_addc(&b->text, c < 0x80 && c ? (char)c : '?');
			at += 4;
		} else {
			buf_addc(&b->text, s[at] == 'n' ? '\n' :
			    s[at] == 't' ? '\t' : s[at]);
		}
	}
	return at < len ? at + 1 : i;
}

/* Behind the members of a map, "{key: count, ...}", of which the brace is taken
 * already; len if there is something else. */
static void
take_members(struct bpftrace *b, const char *s, size_t len)
{
	size_t i = 0, end;
	uint64_t count;

	for (;; i = skip(s, len, i, " ,")) {
		i = skip(s, len, i, " ");
		if (i < len && s[i] == '}')
			return;
		end = take_string(b, s, len, i);
		if (end == i)
			break;
		i = skip(s, len, end, " :");
		end = skip(s, len, i, "0123456789");
		/* A histogram, an average: not counts of stacks. */
		if (!parse_digits(s + i, end - i, &count))
			return;
		take_key(b, buf_str(&b->text), b->text.len, count);
		i = end;
	}
	reading_bad(b->r, "the map is cut, or no JSON");
}

void
bpftrace_json_line(struct bpftrace *b, const char *s, size_t len)
{
	static const char map[] = "\"map\"", data[] = "\"data\"";
	size_t i = skip(s, len, 0, " {"), end;

	if (memchr(s, '\0', len)) {
		reading_bad(b->r, "it holds a NUL byte");
		return;
	}
	end = take_string(b, s, len, i);
	if (end == i || strcmp(buf_str(&b->text), "type") != 0)
		return; /* an empty line, what printf() wrote */
	i = skip(s, len, end, " :");
	if (len - i < sizeof map || memcmp(s + i, map, sizeof map - 1) != 0)
		return;
	i = skip(s, len, i + sizeof map - 1, " ,");
	if (len - i < sizeof data || memcmp(s + i, data, sizeof data - 1) != 0)
		return;
	i = skip(s, len, i + sizeof data - 1, " :{");
	end = take_string(b, s, len, i);
	i = skip(s, len, end, " :");
	/* Maps without keys have a number here. */
	if (i < len && s[i] == '{')
		take_members(b, s + i + 1, len - i - 1);
}

void
bpftrace_free(struct bpftrace *b)
{
	buf_free(&b->key);
	buf_free(&b->text);
	*b = (struct bpftrace){ 0 };
}
