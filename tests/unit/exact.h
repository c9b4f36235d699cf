/*
 * exact.h - text without its NUL, so that ASan sees a byte that is read beyond.
 */
#ifndef GP_EXACT_H
#define GP_EXACT_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* The bytes of s and no more; the caller frees them. */
static inline char *
exact(const char *s)
{
	size_t len = strlen(s);
	char *p = malloc(len ? len : 1);

	ck_assert_ptr_nonnull(p);
	memcpy(p, s, len);
	return p;
}

#endif
