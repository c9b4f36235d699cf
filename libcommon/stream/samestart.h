/*
 * samestart.h - the frames that a stack begins with as the one before did.
 *
 *	main;run;poll;read
 *	main;run;post;read    11 bytes are the same, and the frames main and run
 *
 * In sorted text those are most, and what is known of them need not be looked up.
 */
#ifndef GP_SAMESTART_H
#define GP_SAMESTART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Equal bytes at the start of both. */
static inline size_t
samestart_bytes(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t n = a_len < b_len ? a_len : b_len, i = 0;
	uint64_t x, y;

	for (; i + 8 <= n; i += 8) {
		memcpy(&x, a + i, 8);
		memcpy(&y, b + i, 8);
		if (x != y)
			break;
	}
	while (i < n && a[i] == b[i])
		i++;
	return i;
}

/* Whether the frame that ended at end of the stack before is one of this stack, of
 * which so many bytes are the same. */
static inline bool
samestart_has(const char *stack, size_t len, size_t same, size_t end)
{
	return end <= same && (end == len || stack[end] == ';');
}

#endif
