/*
 * fuzz_metrics.c - any bytes as a file of metrics.
 *
 * Property: what is read, written again, is read as the same values; and what is
 * no such file leaves nothing.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ship/metrics.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
require(bool truth)
{
	if (!truth)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct metrics m = { 0 }, again = { 0 };
	struct buf b = { 0 };

	if (!metrics_parse(&m, (const char *)data, len))
		require(m.n == 0);
	metrics_print(&m, &b);
	require(metrics_parse(&again, b.s, b.len));
	require(again.n == m.n && m.n <= METRICS_VALUES_MAX);
	for (size_t i = 0; i < m.n; i++) {
		double v = metrics_get(&again, m.v[i].which, m.v[i].labels);

		require(m.v[i].value >= 0);
		/* Written with fifteen digits. */
		require(fabs(v - m.v[i].value) <= m.v[i].value * 1e-14);
	}
	metrics_free(&m);
	metrics_free(&again);
	buf_free(&b);
	return 0;
}
