#include "health.h"

#include <math.h>

enum unit {
	NUMBER, SECONDS, BYTES, BYTES_A_DAY, A_DAY, SHARE, SHARE_AT_LEAST,
	RECENT,
};

static const struct {
	const char *name;
	double (*value)(const struct figures *f);
	double warn, crit;
	enum unit unit;
	const char *text;
} limits[HEALTH_LIMITS] = {
#define LIMIT(alert, value, warn, crit, unit, text) \
	{ #alert, value, warn, crit, unit, text },
#include "limits.def"
#undef LIMIT
};

const char *
health_name(enum health_limit which)
{
	return limits[which].name;
}

enum health_level
health_judge(const struct figures *f, enum health_limit which)
{
	double v = limits[which].value(f), sign = 1;

	if (limits[which].unit == SHARE_AT_LEAST)
		sign = -1;
	if (isnan(v))
		return HEALTH_GOOD;
	if (sign * v > sign * limits[which].crit)
		return HEALTH_CRITICAL;
	return sign * v > sign * limits[which].warn ? HEALTH_WARNING :
	    HEALTH_GOOD;
}

void
put_bytes(struct buf *out, double v)
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB" };
	size_t u = 0;

	for (; v >= 999.5 && u + 1 < GP_COUNT(units); u++)
		v /= 1000;
	buf_addf(out, v < 9.95 && u ? "%.1f %s" : "%.0f %s", v, units[u]);
}

void
put_seconds(struct buf *out, double v)
{
	if (v < 120)
		buf_addf(out, v < 10 ? "%.1f s" : "%.0f s", v);
	else if (v < 7200)
		buf_addf(out, "%.0f min", v / 60);
	else if (v < 172800)
		buf_addf(out, "%.0f h", v / 3600);
	else
		buf_addf(out, "%.0f d", v / 86400);
}

void
health_describe(const struct figures *f, enum health_limit which,
    struct buf *out)
{
	double v = limits[which].value(f);

	buf_adds(out, limits[which].text);
	switch (limits[which].unit) {
	case SECONDS:
		buf_adds(out, " ");
		put_seconds(out, v);
		buf_adds(out, " ago");
		break;
	case RECENT:
		buf_adds(out, " in the last 24 h");
		break;
	case BYTES:
	case BYTES_A_DAY:
		buf_adds(out, ": ");
		put_bytes(out, v);
		break;
	case SHARE:
	case SHARE_AT_LEAST:
		buf_addf(out, ": %.1f %%", 100 * v);
		break;
	case NUMBER:
	case A_DAY:
		buf_addf(out, ": %.0f", v);
		break;
	}
}
