/*
 * parse.h - numbers with units, as people type them.
 *
 * All return true and set *out only if the whole string is one well-formed
 * value in range: no sign, no leading blank, nothing behind it.
 */
#ifndef GP_PARSE_H
#define GP_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

/* Decimal digits, len of them: the fast path of the stream readers. */
GP_MUSTUSE bool parse_digits(const char *s, size_t len, uint64_t *out);

/* The same with decimals, as "12", "12.5" or "12.": *nano is what is behind the
 * point in billionths, of which smaller parts are cut. */
GP_MUSTUSE bool parse_decimal(const char *s, size_t len, uint64_t *whole,
    uint32_t *nano);

/* Hexadecimal digits of either case without prefix, 1 to 16 of them. */
GP_MUSTUSE bool parse_hex(const char *s, size_t len, uint64_t *out);

/* "7f12a000-7f13b000": two such, the first one less. */
GP_MUSTUSE bool parse_hex_range(const char *s, uint64_t *start,
    uint64_t *end);

GP_MUSTUSE bool parse_u64(const char *s, uint64_t *out);

/* "250ms", "10s", "5m", "2h", "1d"; decimals as in "1.5s". A bare number is
 * seconds. Nanoseconds come out. */
GP_MUSTUSE bool parse_duration(const char *s, uint64_t *out);

/* "512", "64K", "10M", "2G": powers of 1024. Bytes come out. */
GP_MUSTUSE bool parse_size(const char *s, uint64_t *out);

/* "1,2,30": a list of pids, each 1 to 2^22 (the kernel's own limit). At most
 * cap go to pids; *n is how many. */
#define PARSE_PID_MAX 4194304u
GP_MUSTUSE bool parse_pids(const char *s, uint32_t *pids, size_t cap,
    size_t *n);

#endif
