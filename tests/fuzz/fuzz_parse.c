/*
 * fuzz_parse.c - any text as a number with a unit.
 *
 * Property: what is accepted as a whole number is, written again, the same but
 * for zeros in front; it is then also a size, and in range also a duration of
 * whole seconds. Pids are in range and as many as the commas say.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
require(bool truth)
{
	if (!truth)
		abort();
}

static void
check_number(const char *s)
{
	uint64_t v, w;
	char again[32];

	if (!parse_u64(s, &v))
		return;
	snprintf(again, sizeof again, "%" PRIu64, v);
	while (*s == '0' && s[1])
		s++;
	require(strcmp(s, again) == 0);
	require(parse_size(s, &w) && w == v);
	require(parse_duration(s, &w) == (v <= UINT64_MAX / 1000000000));
	require(v > UINT64_MAX / 1000000000 || w == v * 1000000000);
}

static void
check_pids(const char *s)
{
	uint32_t pid[8];
	size_t n, commas = 0;

	for (const char *p = s; *p; p++)
		commas += *p == ',';
	if (!parse_pids(s, pid, 8, &n))
		return;
	require(n == commas + 1 && n <= 8);
	for (size_t i = 0; i < n; i++)
		require(pid[i] >= 1 && pid[i] <= PARSE_PID_MAX);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *s = strndup((const char *)data, len), again[32];
	uint64_t v, w;

	require(s != NULL);
	check_number(s);
	check_pids(s);
	if (parse_hex((const char *)data, len, &v)) {
		snprintf(again, sizeof again, "%" PRIx64, v);
		require(parse_hex(again, strlen(again), &w) && v == w);
	}
	if (parse_duration(s, &v))
		require(s[0] >= '0' && s[0] <= '9');
	free(s);
	return 0;
}
