#include "elf/demangle.h"

#include <libiberty/demangle.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

struct sink {
	struct buf *b;
	size_t start;
	jmp_buf too_long;
};

/*
 * The library gives no way to stop it, and a text that grows exponentially has
 * to be stopped, so: longjmp(). Its printers keep their state on the stack; only
 * Rust's holds a few bytes from malloc(), while it prints a punycode name. They
 * are lost if just then the limit is reached.
 */
static void
sink_add(const char *s, size_t len, void *opaque)
{
	struct sink *k = opaque;

	if (len > DEMANGLE_OUT_MAX - (k->b->len - k->start))
		longjmp(k->too_long, 1);
	buf_add(k->b, s, len);
}

static bool
is_rust_legacy(const char *s, size_t len)
{
	/* ...17h<16 hex digits>E, and what LLVM appended */
	for (; len >= 20; s++, len--)
		if (s[0] == '1' && s[1] == '7' && s[2] == 'h' && s[19] == 'E')
			return true;
	return false;
}

/*
 * Of D the library gives a string that it made in its own way, as long as it
 * becomes. What makes it long are back references, Q and a number: with so many
 * of them it can be no longer than 3^(DEMANGLE_D_REFERENCES_MAX / 3) times the
 * name.
 */
static bool
demangle_d(struct sink *k, const char *name, size_t len)
{
	int references = 0;
	size_t text_len;
	char *text;
	bool ok;

	for (size_t i = 0; i < len; i++)
		references += name[i] == 'Q';
	if (references > DEMANGLE_D_REFERENCES_MAX)
		return false;
	text = dlang_demangle(name, 0);
	text_len = text ? strlen(text) : 0;
	ok = text_len && text_len <= DEMANGLE_OUT_MAX;
	if (ok)
		buf_add(k->b, text, text_len);
	free(text);
	return ok;
}

static bool
demangle(struct sink *k, const char *name, size_t len,
    enum demangle_style style)
{
	const int options = style == DEMANGLE_FULL ? DMGL_PARAMS | DMGL_ANSI :
	    DMGL_ANSI;

	if (setjmp(k->too_long))
		return false;
	if (name[1] == 'D')
		return demangle_d(k, name, len);
	if (name[1] == 'R')
		return rust_demangle_callback(name, options, sink_add, k) != 0;
	/* Legacy Rust is valid C++, which would show the hash. */
	if (is_rust_legacy(name, len)) {
		if (rust_demangle_callback(name, options, sink_add, k))
			return true;
		k->b->len = k->start;
	}
	return cplus_demangle_v3_callback(name, options, sink_add, k) != 0;
}

bool
demangle_add(struct buf *b, const char *name, size_t len,
    enum demangle_style style)
{
	struct sink k = { .b = b, .start = b->len };
	char s[DEMANGLE_IN_MAX + 1];

	if (len < 3 || len > DEMANGLE_IN_MAX || name[0] != '_' ||
	    !memchr("ZRD", name[1], 3) || memchr(name, '\0', len))
		return false;
	memcpy(s, name, len);
	s[len] = '\0';
	if (demangle(&k, s, len, style) && b->len > k.start)
		return true;
	b->len = k.start;
	if (b->s)
		b->s[b->len] = '\0';
	return false;
}
