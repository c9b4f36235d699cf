/*
 * fuzz_simplify.c - any bytes as a name.
 *
 * Properties: what comes out is as it was, or holds "<...>" and at most twice as
 * many bytes; without '<' nothing changes; made simple again it is the same. A
 * clone's name is cut at a point, is never empty, and is no clone's.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "elf/simplify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *s = (const char *)data;
	struct buf a = { 0 }, b = { 0 };
	size_t cut = simplify_cut_clone(s, len);

	if (cut > len || (len && cut == 0) || (cut < len && s[cut] != '.') ||
	    simplify_cut_clone(s, cut) != cut)
		abort();
	simplify_add(&a, s, len);
	if (a.len != len || (len && memcmp(a.s, s, len) != 0)) {
		if (!memchr(s, '<', len) || !memmem(a.s, a.len, "<...>", 5) ||
		    a.len > 2 * len + 5)
			abort();
	}
	simplify_add(&b, a.s, a.len);
	if (b.len != a.len || (a.len && memcmp(a.s, b.s, a.len) != 0))
		abort();
	buf_free(&a);
	buf_free(&b);
	return 0;
}
