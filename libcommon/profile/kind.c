#include "profile/kind.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "base/attr.h"
#include "base/text.h"
#include "profile/suffix.h"

const char KIND_MODULE_KERNEL[] = "[kernel]";
const char KIND_MODULE_NONE[] = "[no module]";

static const char *const words[KINDS] = {
	[KIND_PROCESS] = "process",
	[KIND_NATIVE] = "native",
	[KIND_KERNEL] = "kernel",
	[KIND_JIT] = "JIT-compiled",
	[KIND_INLINED] = "inlined",
	[KIND_INTERPRETED] = "interpreted",
	[KIND_PYTHON] = "Python",
	[KIND_RUBY] = "Ruby",
	[KIND_JS] = "JavaScript",
	[KIND_PHP] = "PHP",
	[KIND_NET] = ".NET",
	[KIND_PERL] = "Perl",
	[KIND_UNNAMED] = "unnamed",
};

static const struct {
	const char *text;
	enum kind kind;
} of_suffix[] = {
	{ "_[k]", KIND_KERNEL }, { "_[w]", KIND_KERNEL },
	{ "_[j]", KIND_JIT }, { "_[1]", KIND_JIT },
	{ "_[i]", KIND_INLINED }, { "_[0]", KIND_INTERPRETED },
	{ "_[p]", KIND_PYTHON }, { "_[pe]", KIND_PYTHON },
	{ "_[pn]", KIND_NATIVE }, { "_[rb]", KIND_RUBY },
	{ "_[js]", KIND_JS }, { "_[php]", KIND_PHP },
	{ "_[net]", KIND_NET }, { "_[pl]", KIND_PERL },
}, of_file[] = {
	{ ".py", KIND_PYTHON }, { ".rb", KIND_RUBY }, { ".js", KIND_JS },
	{ ".mjs", KIND_JS }, { ".php", KIND_PHP }, { ".pl", KIND_PERL },
	{ ".pm", KIND_PERL },
};

const char *
kind_word(enum kind k)
{
	return words[k];
}

/* Without ":31" or ":31:7" at the end. */
static size_t
without_line(const char *s, size_t len)
{
	for (int i = 0; i < 2; i++) {
		size_t n = len;

		while (n && isdigit((unsigned char)s[n - 1]))
			n--;
		if (n == len || n == 0 || s[n - 1] != ':')
			break;
		len = n - 1;
	}
	return len;
}

/* The file in "name (file:31)"; its length, or 0. */
static size_t
file_of(const char *s, size_t len, const char **file)
{
	size_t n = len;

	if (n < 4 || s[n - 1] != ')')
		return 0;
	while (n && !strchr("( ,", s[n - 1]))
		n--;
	if (n < 2 || s[n - 1] != '(' || s[n - 2] != ' ')
		return 0;
	*file = s + n;
	return without_line(*file, len - 1 - n);
}

enum kind
kind_of_frame(const char *s, size_t len, bool *sure)
{
	uint32_t bit;
	size_t n = suffix_of_frame(s, len, &bit);
	const char *file;
	bool unused;

	if (!sure)
		sure = &unused;
	*sure = true;
	for (size_t i = 0; n && i < GP_COUNT(of_suffix); i++)
		if (text_ends(s, len, of_suffix[i].text))
			return of_suffix[i].kind;
	if (len > 2 && ((s[0] == '[' && s[len - 1] == ']') ||
	    (s[0] == '$' && (s[1] == 'k' || s[1] == 'j' ||
	    isdigit((unsigned char)s[1])) && memchr(s, '+', len))))
		return KIND_UNNAMED;
	*sure = false;
	n = file_of(s, len, &file);
	for (size_t i = 0; n && i < GP_COUNT(of_file); i++)
		if (text_ends(file, n, of_file[i].text))
			return of_file[i].kind;
	return KIND_NATIVE;
}

size_t
kind_bare_len(const char *s, size_t len)
{
	uint32_t bit;

	return len - suffix_of_frame(s, len, &bit);
}

/* "[libz.so.1+0x1c]" without brackets and offset. */
static size_t
in_brackets(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && s[n] != ']' && s[n] != '+' && s[n] != '@')
		n++;
	return n;
}

/* Up to the first '<' or "::" of a C++ or Rust name, or 0. */
static size_t
name_space(const char *s, size_t len)
{
	for (size_t i = 0; i + 1 < len; i++) {
		if (s[i] == ':' && s[i + 1] == ':')
			return i;
		if (!isalnum((unsigned char)s[i]) && s[i] != '_' && s[i] != '$')
			return 0;
	}
	return 0;
}

/* What a compiler adds behind a dot: "walk.isra.0". */
static bool
is_clone(const char *s, size_t len)
{
	static const char *const words_of[] = {
		"cold", "constprop", "isra", "llvm", "lto_priv", "part",
	};

	for (size_t i = 0; i < GP_COUNT(words_of); i++) {
		size_t n = strlen(words_of[i]);

		if (len >= n && memcmp(s, words_of[i], n) == 0)
			return true;
	}
	return false;
}

/* com.sun.Foo.bar, runtime.mallocgc, System.String.Concat: the package is what
 * comes before the first capital, else before the first dot. */
static size_t
dotted_package(const char *s, size_t len)
{
	const char *dot = memchr(s, '.', len);
	size_t first = dot ? (size_t)(dot - s) : 0;

	if (first == 0 || first + 1 == len ||
	    is_clone(dot + 1, len - first - 1))
		return 0;
	for (size_t i = 1; i + 1 < len; i++)
		if (s[i] == '.' && isupper((unsigned char)s[i + 1]) &&
		    islower((unsigned char)s[0]))
			return i;
	return first;
}

/* java/util/HashMap.get and net/http.(*conn).serve, or one with dots only. 0 for
 * a name without a package. */
static size_t
package(const char *s, size_t len)
{
	size_t slash = 0, n = 0;

	while (n < len && (isalnum((unsigned char)s[n]) ||
	    memchr("_$./-@~", s[n], 7))) {
		if (s[n] == '/')
			slash = n;
		n++;
	}
	if (slash == 0)
		return dotted_package(s, n);
	for (size_t i = slash + 1; i < n; i++)
		if (s[i] == '.')
			return isupper((unsigned char)s[slash + 1]) ? slash : i;
	return slash;
}

const char *
kind_module(const char *s, size_t len, size_t *module_len)
{
	bool sure;
	enum kind k = kind_of_frame(s, len, &sure);
	const char *word = k == KIND_KERNEL ? KIND_MODULE_KERNEL :
	    KIND_MODULE_NONE;
	const char *file, *tick;
	size_t n;

	len = kind_bare_len(s, len);
	if (len && s[0] == '[' && (n = in_brackets(s + 1, len - 1)) > 0) {
		*module_len = n;
		return s + 1;
	}
	if (k != KIND_KERNEL && len) {
		size_t skip = 0;

		while (skip < len && (s[skip] == '<' || s[skip] == '&'))
			skip++;
		if ((n = file_of(s, len, &file)) > 0) {
			*module_len = n;
			return file;
		}
		if ((tick = memchr(s + 1, '`', len - 1))) {
			*module_len = (size_t)(tick - s);
			return s;
		}
		n = name_space(s + skip, len - skip);
		if (n == 0)
			n = package(s + skip, len - skip);
		if (n > 0) {
			*module_len = n;
			return s + skip;
		}
	}
	*module_len = strlen(word);
	return word;
}
