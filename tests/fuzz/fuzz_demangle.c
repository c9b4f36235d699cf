/*
 * fuzz_demangle.c - any bytes as a mangled name.
 *
 * Property: what is in the buffer stays; what is added is at most
 * DEMANGLE_OUT_MAX bytes, and nothing at all if the answer is no; the same name
 * gives the same text.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "elf/demangle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf a = { 0 }, b = { 0 };
	bool yes;

	buf_adds(&a, "before");
	yes = demangle_add(&a, (const char *)data, len, DEMANGLE_FULL);
	if (memcmp(a.s, "before", 6) != 0 || (a.len > 6) != yes ||
	    a.len > 6 + DEMANGLE_OUT_MAX || a.s[a.len] != '\0')
		abort();
	if (demangle_add(&b, (const char *)data, len, DEMANGLE_FULL) != yes ||
	    b.len != a.len - 6 || (yes && memcmp(b.s, a.s + 6, b.len) != 0))
		abort();
	buf_free(&a);
	buf_free(&b);
	return 0;
}
