/*
 * ascii.h - kinds of characters, whatever the locale.
 *
 * For the text that commands read and write, of which one byte is one character:
 * those of UTF-8 that are not ASCII are none of these. Unlike ctype.h's, these take
 * a char as it comes.
 */
#ifndef GP_ASCII_H
#define GP_ASCII_H

#include <stdbool.h>
#include <stddef.h>

static inline bool
ascii_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Blanks, and what ends lines or pages. */
static inline bool
ascii_is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static inline bool
ascii_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
ascii_is_hex(char c)
{
	return ascii_is_digit(c) || (c >= 'a' && c <= 'f') ||
	    (c >= 'A' && c <= 'F');
}

/* A letter or a digit. */
static inline bool
ascii_is_alnum(char c)
{
	return ascii_is_digit(c) || (c >= 'a' && c <= 'z') ||
	    (c >= 'A' && c <= 'Z');
}

/* Where the blanks, or the digits, begin that end before i. */
static inline size_t
ascii_before_blanks(const char *s, size_t i)
{
	while (i && ascii_is_blank(s[i - 1]))
		i--;
	return i;
}

static inline size_t
ascii_before_digits(const char *s, size_t i)
{
	while (i && ascii_is_digit(s[i - 1]))
		i--;
	return i;
}

/* Behind the blanks, or the digits of either kind, at i of a text of len bytes. */
static inline size_t
ascii_skip_blanks(const char *s, size_t len, size_t i)
{
	while (i < len && ascii_is_blank(s[i]))
		i++;
	return i;
}

static inline size_t
ascii_skip_digits(const char *s, size_t len, size_t i)
{
	while (i < len && ascii_is_digit(s[i]))
		i++;
	return i;
}

static inline size_t
ascii_skip_hex(const char *s, size_t len, size_t i)
{
	while (i < len && ascii_is_hex(s[i]))
		i++;
	return i;
}

#endif
