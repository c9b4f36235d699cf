/*
 * httpdate.h - the dates in HTTP headers, and what Retry-After asks for.
 *
 *	Sun, 06 Nov 1994 08:49:37 GMT	as it is written today
 *	Sunday, 06-Nov-94 08:49:37 GMT	as RFC 850 had it
 *	Sun Nov  6 08:49:37 1994	as asctime(3) has it
 *
 * Source: RFC 9110, 5.6.7 and 10.2.3. No locale, no time zone.
 */
#ifndef GP_HTTPDATE_H
#define GP_HTTPDATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/attr.h"

/* Read a date. now: to tell the century of one that has none. */
GP_MUSTUSE bool httpdate_parse(const char *s, size_t len, time_t now,
    time_t *out);

/*
 * Seconds from now on that a Retry-After asks for; 0 for none, a date that has
 * passed, or what is neither a number nor a date.
 *
 * now: by the server's own clock, if its answer had a Date: then a clock that is
 * wrong here does no harm.
 */
uint64_t httpdate_retry_after(const char *s, size_t len, time_t now);

#endif
