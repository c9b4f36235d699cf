#include "profile/perfcompat.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/grow.h"
#include "base/parse.h"
#include "base/text.h"
#include "stream/lines.h"

static bool
is_word(char c)
{
	return ascii_is_alnum(c) || c == '_';
}

static size_t
spaces(const char *s, size_t len, size_t i)
{
	while (i < len && ascii_is_space(s[i]))
		i++;
	return i;
}

/* ^(\S.+?)\s+(\d+)\/\*(\d+)*\s+, where the first group is as short as can be. */
struct sample {
	size_t comm_len;
	const char *pid, *tid;
	size_t pid_len, tid_len;
};

static bool
match_ids(const char *s, size_t len, size_t i, struct sample *r)
{
	size_t end = ascii_skip_digits(s, len, i), tid;

	if (end == i)
		return false;
	r->pid = s + i;
	r->pid_len = end - i;
	while (end < len && s[end] == '/')
		end++;
	tid = end;
	end = ascii_skip_digits(s, len, tid);
	r->tid = s + tid;
	r->tid_len = end - tid;
	return end < len && ascii_is_space(s[end]);
}

static bool
match_sample(const char *s, size_t len, struct sample *r)
{
	if (len < 2 || ascii_is_space(s[0]))
		return false;
	for (size_t n = 2; n < len; n++) {
		size_t after;

		/* In the midst of spaces it is as it was before them. */
		if (n > 2 && ascii_is_space(s[n - 1]))
			continue;
		after = spaces(s, len, n);
		if (after > n && match_ids(s, len, after, r)) {
			r->comm_len = n;
			return true;
		}
	}
	return false;
}

/* :\s*(\d+)*\s+(\S+):\s*$ */
static bool
match_event(const char *s, size_t len, const char **event, size_t *event_len,
    uint64_t *period)
{
	size_t end = len, start, number;

	*period = 0;
	while (end && ascii_is_space(s[end - 1]))
		end--;
	if (end < 2 || s[end - 1] != ':' || ascii_is_space(s[end - 2]))
		return false;
	start = --end;
	while (start && !ascii_is_space(s[start - 1]))
		start--;
	*event = s + start;
	*event_len = end - start;
	end = start;
	while (end && ascii_is_space(s[end - 1]))
		end--;
	if (end == start)
		return false;
	number = ascii_before_digits(s, end);
	start = number;
	while (start && ascii_is_space(s[start - 1]))
		start--;
	if (start == 0 || s[start - 1] != ':')
		return false;
	if (number < end && !parse_digits(s + number, end - number, period))
		*period = UINT64_MAX;
	return true;
}

static void
put_pname(struct perfcompat *p, const char *s, const struct sample *r)
{
	/* A tid of 0 is none to the script. */
	bool tid = r->tid_len > 1 || (r->tid_len && r->tid[0] != '0');
	struct buf *b = &p->pname;

	buf_reset(b);
	buf_add(b, s, r->comm_len);
	if (p->pid || p->tid) {
		buf_addc(b, '-');
		buf_add(b, tid ? r->pid : "?", tid ? r->pid_len : 1);
	}
	if (p->tid) {
		buf_addc(b, '/');
		buf_add(b, tid ? r->tid : r->pid,
		    tid ? r->tid_len : r->pid_len);
	}
	for (size_t i = 0; i < b->len; i++)
		if (b->s[i] == ' ')
			b->s[i] = '_';
	p->open = strcmp(b->s, "0") != 0;
}

static void
take_sample(struct perfcompat *p, const char *s, size_t len,
    const struct sample *r)
{
	struct reading *g = p->r;
	const char *event, *wanted = g->opt.event;
	size_t event_len;
	uint64_t period;

	if (!match_event(s, len, &event, &event_len, &period)) {
		period = 0;
	} else {
		if (!wanted && g->event.len == 0)
			buf_add(&g->event, event, event_len);
		if (!wanted)
			wanted = g->event.s;
		if (strlen(wanted) != event_len ||
		    memcmp(wanted, event, event_len) != 0) {
			reading_skipped(g, 1);
			return;
		}
	}
	p->period = period ? period : 1;
	if (g->opt.weight == READING_SAMPLES)
		p->period = 1;
	put_pname(p, s, r);
}

/*
 * ^\s*(\w+)\s*(.+) \((\S*)\): the program counter, the function, the module. The
 * second group is as long as can be, so the last " (" counts whose ")" comes
 * before a space.
 */
struct stack_line {
	const char *pc, *func, *mod;
	size_t pc_len, func_len, mod_len;
};

static bool
match_stack(const char *s, size_t len, struct stack_line *l)
{
	size_t pc = spaces(s, len, 0), word = pc, start, close;

	while (word < len && is_word(s[word]))
		word++;
	if (word == pc)
		return false;
	for (size_t k = len; k-- > pc + 1;) {
		if (s[k] != ' ' || k + 1 >= len || s[k + 1] != '(')
			continue;
		close = 0;
		for (size_t i = k + 2; i < len && !ascii_is_space(s[i]); i++)
			if (s[i] == ')')
				close = i;
		if (!close)
			continue;
		start = spaces(s, len, word);
		if (start >= k)
			start = word < k ? word : word - 1;
		if (start <= pc || start >= k)
			continue;
		*l = (struct stack_line){
			s + pc, s + start, s + k + 2,
			(start < word ? start : word) - pc, k - start,
			close - k - 2,
		};
		return true;
	}
	return false;
}

static bool
contains(const char *s, size_t len, const char *what)
{
	return len && memmem(s, len, what, strlen(what));
}

/* Whether \.\(.*\)\. is in it: a method in Go. */
static bool
is_go(const char *s, size_t len)
{
	const char *open = len ? memmem(s, len, ".(", 2) : NULL;

	return open && contains(open + 2, len - (size_t)(open + 2 - s), ").");
}

/* Behind s/\((?!anonymous namespace\)).*&//. */
static size_t
cut_paren(const char *s, size_t len)
{
	static const char anonymous[] = "(anonymous namespace)";

	for (size_t i = 0; i < len; i++)
		if (s[i] == '(' && (len - i < sizeof anonymous - 1 ||
		    memcmp(s + i, anonymous, sizeof anonymous - 1) != 0))
			return i;
	return len;
}

/* s/;/:/g, the cut, tr/"'//d. */
static void
put_tidy(struct buf *b, const char *s, size_t len)
{
	if (!is_go(s, len))
		len = cut_paren(s, len);
	for (size_t i = 0; i < len; i++)
		if (s[i] != '"' && s[i] != '\'')
			buf_addc(b, s[i] == ';' ? ':' : s[i]);
}

/* A module without a function: its last part. */
static void
put_unknown(struct perfcompat *p, struct buf *b, const struct stack_line *l)
{
	const char *s = l->mod, *slash;
	size_t len = l->mod_len;

	slash = len ? memrchr(s, '/', len) : NULL;
	if (slash) {
		len -= (size_t)(slash + 1 - s);
		s = slash + 1;
	}
	if (text_is(l->mod, l->mod_len, "[unknown]")) {
		s = "unknown";
		len = 7;
	}
	buf_addc(b, '[');
	buf_add(b, s, len);
	if (p->r->opt.addrs) {
		buf_adds(b, " <");
		buf_add(b, l->pc, l->pc_len);
		buf_addc(b, '>');
	}
	buf_addc(b, ']');
}

/* /tmp/perf-\d+\.map */
static bool
is_perf_map(const char *s, size_t len)
{
	static const char start[] = "/tmp/perf-";
	size_t n;

	for (size_t i = 0; i + sizeof start - 1 < len; i++) {
		if (memcmp(s + i, start, sizeof start - 1) != 0)
			continue;
		n = ascii_skip_digits(s, len, i + sizeof start - 1);
		if (n > i + sizeof start - 1 && len - n >= 4 &&
		    memcmp(s + n, ".map", 4) == 0)
			return true;
	}
	return false;
}

static const char *
annotation(const struct perfcompat *p, const struct stack_line *l, bool inlined)
{
	const char *s = l->mod;
	size_t n = l->mod_len;

	if (inlined)
		return "_[i]";
	if (p->kernel && ((n && s[0] == '[') ||
	    (n >= 7 && memcmp(s + n - 7, "vmlinux", 7) == 0)) &&
	    !contains(s, n, "unknown"))
		return "_[k]";
	return p->jit && is_perf_map(s, n) ? "_[j]" : "";
}

/* One of the functions of a line, with ';' before it. */
static void
put_function(struct perfcompat *p, const char *s, size_t len,
    const struct stack_line *l)
{
	struct buf *b = &p->frames, name = { 0 }, tidy = { 0 };
	bool inlined = b->len > 0;
	size_t cut = 0;

	if (text_is(s, len, "[unknown]"))
		put_unknown(p, &name, l);
	else
		buf_add(&name, s, len);
	put_tidy(&tidy, buf_str(&name), name.len);
	if (strncmp(buf_str(&p->pname), "java", 4) == 0 && tidy.len &&
	    tidy.s[0] == 'L' && memchr(tidy.s, '/', tidy.len))
		cut = 1;
	buf_addc(b, ';');
	buf_add(b, buf_str(&tidy) + cut, tidy.len - cut);
	buf_adds(b, annotation(p, l, inlined));
	buf_free(&name);
	buf_free(&tidy);
}

static bool
is_too_long(const struct perfcompat *p)
{
	return p->lines > READING_DEPTH_MAX || p->stack.len > LINES_MAX;
}

/* Lines come innermost first: end_sample() turns them around. */
static void
keep_frames(struct perfcompat *p)
{
	if (is_too_long(p))
		return;
	p->line = grow_for(p->line, p->lines, &p->line_cap, sizeof *p->line);
	p->line[p->lines++] = p->stack.len;
	buf_add(&p->stack, p->frames.s, p->frames.len);
}

static void
take_stack(struct perfcompat *p, struct stack_line *l)
{
	const char *s = l->func, *arrow;
	size_t len = l->func_len, i = len, n;

	while (i && (ascii_is_digit(s[i - 1]) || (s[i - 1] >= 'a' &&
	    s[i - 1] <= 'f')))
		i--;
	if (i < len && i >= 3 && memcmp(s + i - 3, "+0x", 3) == 0)
		len = i - 3;
	if (len && s[0] == '(')
		return;
	/* split /\->/: empty fields at the end are none. */
	while (len >= 2 && memcmp(s + len - 2, "->", 2) == 0)
		len -= 2;
	buf_reset(&p->frames);
	while (len) {
		arrow = memmem(s, len, "->", 2);
		n = arrow ? (size_t)(arrow - s) : len;
		put_function(p, s, n, l);
		n += arrow ? 2 : 0;
		s += n;
		len -= n;
	}
	if (p->frames.len)
		keep_frames(p);
}

static void
end_sample(struct perfcompat *p)
{
	size_t end = p->stack.len, start;
	struct buf *b = &p->pname;

	if (!p->open)
		return;
	if (is_too_long(p)) {
		reading_bad(p->r, "a stack that is too long");
	} else {
		for (size_t i = p->lines; i-- > 0; end = start) {
			start = p->line[i];
			buf_add(b, p->stack.s + start, end - start);
		}
		reading_stack(p->r, fold_sample(p->r->fold, b->s, b->len,
		    p->period), p->period);
	}
	p->open = false;
	p->lines = 0;
	buf_reset(&p->stack);
}

void
perfcompat_line(struct perfcompat *p, const char *s, size_t len)
{
	struct stack_line line;
	struct sample sample;

	if (len && s[0] == '#')
		return;
	if (len == 0)
		end_sample(p);
	else if (match_sample(s, len, &sample))
		take_sample(p, s, len, &sample);
	else if (match_stack(s, len, &line) && p->open)
		take_stack(p, &line);
}

void
perfcompat_free(struct perfcompat *p)
{
	buf_free(&p->pname);
	buf_free(&p->stack);
	free(p->line);
	buf_free(&p->frames);
	*p = (struct perfcompat){ 0 };
}
