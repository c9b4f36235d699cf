#include "elf/simplify.h"

#include <stdbool.h>
#include <string.h>

#include "base/attr.h"

/* -- template arguments -------------------------------------------------- */

/* Where one is in a name; brackets that are open, by their kind. */
struct scan {
	const char *s;
	size_t len, i;
	char open[SIMPLIFY_DEPTH_MAX];
	size_t depth;
	size_t cut; /* depth at which what is left out begins; 0: none */
	bool bad;
};

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '_' || c == '$' ||
	    (unsigned char)c >= 0x80;
}

/* The length of "operator<<" and the like at i; 0 if there is none. Their
 * symbols are no brackets. */
static size_t
operator_at(const struct scan *x)
{
	static const char word[] = "operator";
	static const char *const symbols[] = { "<=>", "<<=", ">>=", "->*", "<<",
		">>", "<=", ">=", "->", "<", ">", "()" };
	const size_t n = sizeof word - 1;

	if (x->len - x->i < n || memcmp(x->s + x->i, word, n) != 0 ||
	    (x->i && is_word(x->s[x->i - 1])))
		return 0;
	for (size_t k = 0; k < GP_COUNT(symbols); k++) {
		size_t m = strlen(symbols[k]);

		if (x->len - x->i - n >= m &&
		    memcmp(x->s + x->i + n, symbols[k], m) == 0)
			return n + m;
	}
	return 0;
}

static void
push(struct scan *x, char c)
{
	if (x->depth == SIMPLIFY_DEPTH_MAX)
		x->bad = true;
	else
		x->open[x->depth++] = c;
}

/* Close a bracket; what was taken for '<' within it was none. */
static void
pop(struct scan *x, char c)
{
	while (c != '<' && x->depth && x->open[x->depth - 1] == '<')
		x->depth--;
	if (!x->depth || x->open[x->depth - 1] != c)
		x->bad = true;
	else
		x->depth--;
}

static char
opener_of(char c)
{
	switch (c) {
	case ')':
		return '(';
	case ']':
		return '[';
	case '}':
		return '{';
	case '>':
		return '<';
	default:
		return 0;
	}
}

/* "module::<impl Trait for Type>::function" is a path, too. */
static bool
is_impl(const struct scan *x)
{
	static const char impl[] = "<impl ";

	return x->len - x->i >= sizeof impl - 1 &&
	    memcmp(x->s + x->i, impl, sizeof impl - 1) == 0;
}

/* Take one character, or one operator; it is copied if nothing is being left
 * out. behind_operator: "operator<< <int>" has its arguments behind a blank. */
static size_t
step(struct scan *x, bool *behind_operator, struct buf *b)
{
	size_t len = operator_at(x);
	char c = x->s[x->i], before = x->i ? x->s[x->i - 1] : 0;
	bool arguments = *behind_operator || is_word(before) ||
	    (x->i > 1 && before == ':');

	*behind_operator = len > 0 || (c == ' ' && *behind_operator);
	if (len) {
		if (!x->cut)
			buf_add(b, x->s + x->i, len);
		return len;
	}
	if (c == '(' || c == '[' || c == '{' || c == '<') {
		push(x, c);
		if (c == '<' && arguments && !x->cut && !x->bad &&
		    !is_impl(x)) {
			buf_adds(b, "<...>");
			x->cut = x->depth;
			return 1;
		}
	} else if (opener_of(c) && !(c == '>' && (before == '-' ||
	    (x->depth && x->open[x->depth - 1] != '<')))) {
		pop(x, opener_of(c));
		if (x->cut && x->depth < x->cut) {
			/* The bracket itself was added with the first. */
			x->bad |= c != '>';
			x->cut = 0;
			return 1;
		}
	}
	if (!x->cut)
		buf_addc(b, c);
	return 1;
}

void
simplify_add(struct buf *b, const char *name, size_t len)
{
	struct scan x = { .s = name, .len = len };
	bool behind_operator = false;
	size_t start = b->len;

	while (x.i < len && !x.bad)
		x.i += step(&x, &behind_operator, b);
	if (!x.bad && x.depth == 0)
		return;
	b->len = start;
	buf_add(b, name, len);
}

/* -- clones -------------------------------------------------------------- */

static bool
is_number(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (s[i] < '0' || s[i] > '9')
			return false;
	return len > 0;
}

static bool
is_clone_word(const char *s, size_t len)
{
	static const char *const words[] = { "isra", "part", "constprop", "cold",
		"lto_priv", "localalias", "llvm", "__uniq", "warm", "hot" };

	for (size_t i = 0; i < GP_COUNT(words); i++)
		if (strlen(words[i]) == len && memcmp(words[i], s, len) == 0)
			return true;
	return false;
}

/* Where the last part of a name starts: at its point, or 0. */
static size_t
last_part(const char *s, size_t len)
{
	while (len > 1 && s[len - 1] != '.')
		len--;
	return len > 1 ? len - 1 : 0;
}

size_t
simplify_cut_clone(const char *name, size_t len)
{
	for (;;) {
		size_t end = len, at = last_part(name, end);

		/* .isra.0, .llvm.123, .cold */
		if (at && is_number(name + at + 1, end - at - 1)) {
			end = at;
			at = last_part(name, end);
		}
		if (!at || !is_clone_word(name + at + 1, end - at - 1))
			return len;
		len = at;
	}
}
