#include "profile/perfname.h"

#include <string.h>

#include "base/ascii.h"
#include "base/attr.h"
#include "base/text.h"
#include "stream/frame.h"

/*
 * Where the module's '(' is in a text that ends in ')'; len if there is none. It
 * is the one that the last ')' matches, since paths hold pairs of parentheses:
 * "(/usr/bin/svc (deleted))". A blank stands before it.
 */
static size_t
find_module(const char *s, size_t len)
{
	size_t depth = 0, last = len;

	for (size_t i = len; i-- > 0;) {
		if (s[i] == ')')
			depth++;
		if (s[i] != '(')
			continue;
		if (depth)
			depth--;
		if (i > 0 && s[i - 1] != ' ')
			continue;
		if (depth == 0)
			return i;
		last = i;
	}
	return last;
}

/* The length of a symbol without "+0x12" at its end. */
static size_t
cut_offset(const char *s, size_t len)
{
	size_t i = len;

	while (i && ((s[i - 1] >= '0' && s[i - 1] <= '9') ||
	    (s[i - 1] >= 'a' && s[i - 1] <= 'f')))
		i--;
	return i < len && i > 3 && memcmp(s + i - 3, "+0x", 3) == 0 ?
	    i - 3 : len;
}

void
perfname_split(const char *s, size_t len, struct perfname *out)
{
	size_t at;

	*out = (struct perfname){ .pc = out->pc };
	len = ascii_before_blanks(s, len);
	at = len && s[len - 1] == ')' ? find_module(s, len) : len;
	if (at < len) {
		out->module = s + at + 1;
		out->module_len = len - at - 2;
		len = at;
		if (text_is(out->module, out->module_len, "inlined")) {
			out->inlined = true;
			out->module = NULL;
		}
	}
	while (len && s[len - 1] == ' ')
		len--;
	out->symbol = s;
	out->symbol_len = cut_offset(s, len);
}

/* Modules in brackets that are not the kernel's. */
static const char *const user_modules[] = {
	"[vdso]", "[vsyscall]", "[stack]", "[heap]", "[anon]",
	"[uprobes]", "[sigpage]", "[vectors]",
};

/* "vmlinux", "vmlinux-6.1.0", "nf_nat.ko.xz". */
static bool
is_kernel_file(const char *s, size_t len)
{
	const char *slash = memrchr(s, '/', len), *dot;
	const char *base = slash ? slash + 1 : s;
	size_t n = len - (size_t)(base - s);

	if (text_begins(base, n, "vmlinux") &&
	    (n == 7 || base[7] == '-' || base[7] == '.'))
		return true;
	dot = memrchr(base, '.', n);
	if (dot && (text_ends(base, n, ".xz") || text_ends(base, n, ".gz") ||
	    text_ends(base, n, ".zst")))
		n = (size_t)(dot - base);
	return text_ends(base, n, ".ko");
}

bool
perfname_is_kernel(const struct perfname *n)
{
	if (n->inlined)
		return false;
	/* The upper half of the address space. */
	if (!n->module || text_is(n->module, n->module_len, FRAME_UNKNOWN))
		return n->pc >= (uint64_t)1 << 63;
	if (n->module_len == 0 || n->module[0] != '[')
		return is_kernel_file(n->module, n->module_len) ||
		    text_begins(n->module, n->module_len, "bpf_prog_");
	for (size_t i = 0; i < GP_COUNT(user_modules); i++)
		if (text_begins(n->module, n->module_len, user_modules[i]))
			return false;
	return !text_begins(n->module, n->module_len, "[JIT]") &&
	    !text_begins(n->module, n->module_len, "[stack:");
}

bool
perfname_is_jit(const char *s, size_t len)
{
	const char *slash = len ? memrchr(s, '/', len) : NULL;
	const char *base = slash ? slash + 1 : s;
	size_t n = len - (size_t)(base - s);

	return (text_begins(base, n, "perf-") && text_ends(base, n, ".map")) ||
	    (text_begins(base, n, "jitted-") && text_ends(base, n, ".so")) ||
	    text_begins(s, len, "[JIT] tid");
}

/* Behind the bracket that closes the one at i, which may hold others; len if
 * there is none. */
static size_t
skip_bracket(const char *s, size_t len, size_t i)
{
	const char open = s[i];
	const char close = open == '(' ? ')' : open == '{' ? '}' : '>';
	size_t depth = 0;

	for (; i < len; i++) {
		if (s[i] == open)
			depth++;
		/* "->" closes nothing. */
		else if (s[i] == close && !(close == '>' && s[i - 1] == '-') &&
		    --depth == 0)
			return i + 1;
	}
	return len;
}

static bool
is_word_char(char c)
{
	return ascii_is_alnum(c) || c == '_' || c == '$';
}

/* Behind "operator" and its sign at i, or i if it is none. */
static size_t
skip_operator(const char *s, size_t len, size_t i)
{
	static const char word[] = "operator";
	size_t n = i + sizeof word - 1;

	if (n >= len || s[i] != 'o' || memcmp(s + i, word, sizeof word - 1) != 0 ||
	    (i && is_word_char(s[i - 1])) || is_word_char(s[n]))
		return i;
	if (s[n] == '(' && n + 1 < len && s[n + 1] == ')')
		return n + 2;
	while (n < len && strchr("<>-=!+*/%^&|~,[]", s[n]) && s[n])
		n++;
	return n;
}

/* Whether the '(' at i is that of decltype(auto), which is a type. */
static bool
is_decltype(const char *s, size_t i)
{
	static const char word[] = "decltype";
	const size_t n = sizeof word - 1;

	return text_ends(s, i, word) && (i == n || !is_word_char(s[i - n - 1]));
}

size_t
perfname_cut_args(const char *s, size_t len)
{
	size_t i = 0, end, sign = 0; /* where an operator's sign ends */

	while (i < len) {
		end = skip_operator(s, len, i);
		if (end != i) {
			i = sign = end;
			continue;
		}
		if (s[i] == '<' || s[i] == '{') {
			i = skip_bracket(s, len, i);
			continue;
		}
		if (s[i] != '(') {
			i++;
			continue;
		}
		end = skip_bracket(s, len, i);
		/* What a name goes on behind is part of it: (anonymous
		 * namespace)::f, net/http.(*Client).Do, main()::{lambda()#1}. */
		if (i > 0 && !(end < len && (s[end] == ':' || s[end] == '.')) &&
		    !is_decltype(s, i) && (i == sign ||
		    is_word_char(s[i - 1]) || strchr(">}])", s[i - 1])))
			return i;
		i = end;
	}
	return len;
}

/* A module's last part, in brackets, or the address in it. */
static void
put_unknown(struct buf *b, const struct perfname *n, bool addrs)
{
	const char *s = n->module;
	size_t len = n->module_len;
	bool kernel = perfname_is_kernel(n);

	if (!s || len == 0 || text_is(s, len, FRAME_UNKNOWN)) {
		s = kernel ? "[kernel]" : FRAME_UNKNOWN;
		len = strlen(s);
	}
	if (text_ends(s, len, " (deleted)"))
		len -= 10;
	frame_cut_module(&s, &len);
	/* As gp itself calls it. */
	if (kernel && text_begins(s, len, "kernel.")) {
		s = "kernel";
		len = 6;
	}
	buf_addc(b, '[');
	buf_add(b, s, len);
	if (addrs)
		buf_addf(b, "+0x%llx", (unsigned long long)n->pc);
	buf_addc(b, ']');
}

/* Lorg/App;::run and Lorg/App;.run are what a Java class is called in a
 * signature. */
static void
put_method(struct buf *b, const char *s, size_t len)
{
	const char *semicolon = len ? memchr(s, ';', len) : NULL;
	size_t n;

	len = perfname_cut_args(s, len);
	n = semicolon ? (size_t)(semicolon - s) : 0;
	if (n > 1 && n + 1 < len && s[0] == 'L' &&
	    (s[n + 1] == ':' || s[n + 1] == '.')) {
		buf_add(b, s + 1, n - 1);
		s += n + 1;
		len -= n + 1;
	}
	buf_add(b, s, len);
}

/* What a JIT compiler inlined stands behind an arrow. */
static size_t
put_jit(struct buf *b, const char *s, size_t len)
{
	size_t count = 0, n;

	for (; ; s += n + 2, len -= n + 2) {
		for (n = 0; n < len; n++)
			if (s[n] == '-' && n + 1 < len && s[n + 1] == '>')
				break;
		if (n > 0) {
			put_method(b, s, n);
			buf_adds(b, count ? "_[i]" : "_[j]");
			buf_addc(b, '\0');
			count++;
		}
		if (n >= len)
			return count;
	}
}

size_t
perfname_put(struct buf *b, const struct perfname *n, bool addrs)
{
	bool jit = n->module && perfname_is_jit(n->module, n->module_len);
	size_t count;

	if (n->symbol_len == 0 || text_is(n->symbol, n->symbol_len,
	    FRAME_UNKNOWN)) {
		put_unknown(b, n, addrs);
	} else if (jit) {
		count = put_jit(b, n->symbol, n->symbol_len);
		if (count)
			return count;
	} else {
		buf_add(b, n->symbol,
		    perfname_cut_args(n->symbol, n->symbol_len));
	}
	if (n->inlined)
		buf_adds(b, "_[i]");
	else if (perfname_is_kernel(n))
		buf_adds(b, "_[k]");
	else if (jit)
		buf_adds(b, "_[j]");
	buf_addc(b, '\0');
	return 1;
}
