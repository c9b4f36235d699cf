#include "profile/period.h"

#include <stddef.h>

#include "base/parse.h"

enum { SECOND = 1000000000 }; /* in ns */

struct period
period_of(const struct meta *m)
{
	const char *freq = meta_get(m, "freq");
	const char *period = meta_get(m, "period");
	const char *event = meta_get(m, "event");
	uint64_t v;

	if (freq && parse_u64(freq, &v) && v && v <= SECOND)
		return (struct period){
			(SECOND + v / 2) / v, "cpu", "nanoseconds"
		};
	if (event && period && parse_u64(period, &v) && v)
		return (struct period){ v, event, "count" };
	return (struct period){ 0, NULL, NULL };
}
