/*
 * columns.h - lines of folded text with two counts.
 *
 *	main;read 20 30
 *	          ^  ^ the count, as the reader of streams has it
 *	          └ another one, here still at the end of the stack
 *
 * The first is a base's, the second a new profile's, as difffolded.pl and
 * gp-diff --folded write them.
 */
#ifndef GP_COLUMNS_H
#define GP_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

/*
 * Take a count from the end of a stack: *len becomes the stack's without it and
 * without the blanks before it, *count the number. False, and nothing changed, if
 * there is none that fits, or nothing before it.
 */
GP_MUSTUSE bool columns_split(const char *stack, size_t *len, uint64_t *count);

#endif
