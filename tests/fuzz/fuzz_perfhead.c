/*
 * fuzz_perfhead.c - the first line of a sample of perf script.
 *
 * Property: whatever a process calls itself, its comm is told from the fields
 * that follow it; and any bytes are split into parts of themselves.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "profile/perfhead.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check_part(const char *s, size_t len, const char *part, size_t part_len)
{
	assert(part >= s && part_len <= len &&
	    (size_t)(part - s) <= len - part_len);
}

static void
check_any(const char *s, size_t len)
{
	struct perfhead h;

	if (!perfhead_parse(s, len, &h))
		return;
	check_part(s, len, h.comm, h.comm_len);
	check_part(s, len, h.event, h.event_len);
	check_part(s, len, h.rest, h.rest_len);
}

/* A comm of 15 bytes at most, that neither starts nor ends in a blank. */
static void
check_comm(const char *s, size_t len)
{
	static const char *const layout[] = {
		"  10/11 [000]   100.000001:     250000 cpu-clock: ",
		" 10/11 [000] 100.000001123: cycles:u:  1 f (/x)",
		"  10/11  100.000001:          3 sched:x: a=b c 5 ",
		" 10/11 [128] 100.000001: ",
	};
	char line[128];
	struct perfhead h;

	if (len == 0 || len > 15 || s[0] == ' ' || s[len - 1] == ' ' ||
	    memchr(s, '\0', len) || memchr(s, '\t', len))
		return;
	for (size_t i = 0; i < sizeof layout / sizeof *layout; i++) {
		int n = snprintf(line, sizeof line, "%.*s%s", (int)len, s,
		    layout[i]);

		assert(perfhead_parse(line, (size_t)n, &h));
		assert(h.strong && h.timed && h.pid == 10 && h.tid == 11);
		assert(h.comm_len == len && memcmp(h.comm, s, len) == 0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	check_any((const char *)data, len);
	check_comm((const char *)data, len);
	return 0;
}
