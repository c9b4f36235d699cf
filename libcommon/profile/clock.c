#include "profile/clock.h"

#include "base/parse.h"
#include "profile/meta.h"

#define SECOND UINT64_C(1000000000)

static void
take_start(struct clock *c, const char *start)
{
	c->start = meta_seconds(start);
	if (c->first_start == 0)
		c->first_start = c->start;
	if (c->start < c->first_start)
		c->start = c->first_start;
}

static void
take_interval(struct clock *c, const char *interval)
{
	uint64_t ns;

	if (interval && parse_duration(interval, &ns) && ns > c->interval_ns)
		c->interval_ns = ns;
}

static void
take_time(struct clock *c, const char *at)
{
	uint64_t ns, offset = (uint64_t)(c->start - c->first_start);

	if (!at || !parse_duration(at, &ns) ||
	    offset > UINT64_MAX / SECOND || ns > UINT64_MAX - offset * SECOND)
		return;
	timeline_at(c->timeline, ns + offset * SECOND);
}

void
clock_record(struct clock *c, const struct record *r)
{
	if (record_is(r, "time")) {
		take_time(c, record_get(r, "at"));
	} else if (record_is(r, "gp")) {
		take_start(c, record_get(r, "start"));
		take_interval(c, record_get(r, "interval"));
	}
}

void
clock_set(struct clock *c, uint64_t ns)
{
	if (!c->told)
		c->origin_ns = ns;
	c->told = true;
	timeline_at(c->timeline, ns > c->origin_ns ? ns - c->origin_ns : 0);
}

void
clock_next_file(struct clock *c)
{
	c->start = c->first_start;
	c->told = false;
}
