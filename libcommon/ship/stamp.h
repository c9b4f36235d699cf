/*
 * stamp.h - the parts of file names: times that sort, and hosts that are harmless.
 */
#ifndef GP_STAMP_H
#define GP_STAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/attr.h"

/* Bytes of a host in a file name, with its NUL: DNS's longest label. */
enum { STAMP_HOST_MAX = 64 };

/* Room for any output of stamp_format(). */
enum { STAMP_MAX = 64 };

/*
 * Write a time, in UTC, after a pattern: Y M D H m s for the year (4 digits)
 * to the second (2 each), i for milliseconds (3); everything else stands for
 * itself. "Y/M/D" is 2026/11/24. Years outside 1970 to 9999 become the nearest
 * of those, so that names always sort and always parse.
 */
void stamp_format(char out[STAMP_MAX], const char *pattern,
    struct timespec t);

/* Bytes at the start of s that have the form of the pattern, or 0. */
size_t stamp_match(const char *s, const char *pattern);

/* The time at the start of s, which has the form of the pattern. */
struct timespec stamp_read(const char *s, const char *pattern);

/* The same time one millisecond later. */
struct timespec stamp_next(struct timespec t);

/* A host name as part of a file name: letters, digits, '.', '-', '_', anything
 * else '_'; not starting with '.'; never empty. */
void stamp_host(char out[STAMP_HOST_MAX], const char *host);

#endif
