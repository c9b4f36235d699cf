/*
 * values.c - the figures that limits are held against.
 */
#include <math.h>

#include "health.h"

double
figure(const struct figures *f, enum metric which, const char *labels)
{
	double v = metrics_get(f->metrics, which, labels);

	return isnan(v) ? 0 : v;
}

double
share(double part, double whole)
{
	return whole > 0 ? part / whole : (double)NAN;
}

double
days(const struct figures *f)
{
	double from = metrics_get(f->metrics, METRIC_CREATED, NULL);

	return from > 0 && f->now - from > 86400 ? (f->now - from) / 86400 : 1;
}

/* How long ago a stamp is. A clock that was set back makes nothing younger. */
static double
since(const struct figures *f, enum metric stamp)
{
	double t = metrics_get(f->metrics, stamp, NULL);

	return t > f->now ? 0 : f->now - t;
}

static double
a_day(const struct figures *f, enum metric counter)
{
	return metrics_sum(f->metrics, counter) / days(f);
}

/* 1 if a stamp is of the last day, 0 if not. */
static double
recent(const struct figures *f, enum metric stamp)
{
	double age = since(f, stamp);

	return isnan(age) ? age : age < 86400;
}

double
since_cycle(const struct figures *f)
{
	return since(f, METRIC_CYCLE_LAST);
}

double
since_success(const struct figures *f)
{
	/* One that never succeeded: since it began. */
	double age = since(f, METRIC_CYCLE_LAST_SUCCESS);

	return isnan(age) ? since(f, METRIC_CREATED) : age;
}

double
cycles_failed(const struct figures *f)
{
	return share(figure(f, METRIC_CYCLES, "outcome=\"failed\"") +
	    figure(f, METRIC_CYCLES, "outcome=\"killed\""),
	    metrics_sum(f->metrics, METRIC_CYCLES));
}

double
cycle_memory(const struct figures *f)
{
	return metrics_get(f->metrics, METRIC_CYCLE_MEMORY, NULL);
}

double
record_memory(const struct figures *f)
{
	return metrics_get(f->metrics, METRIC_STAGE_MEMORY,
	    "stage=\"record\"");
}

double
cycle_pipes(const struct figures *f)
{
	return metrics_get(f->metrics, METRIC_CYCLE_PIPES, NULL);
}

double
left_a_day(const struct figures *f)
{
	return a_day(f, METRIC_CYCLE_LEFT);
}

double
written_a_day(const struct figures *f)
{
	return a_day(f, METRIC_CYCLE_WRITTEN);
}

double
recent_oom(const struct figures *f)
{
	return recent(f, METRIC_OOM_LAST);
}

double
recent_crash(const struct figures *f)
{
	return recent(f, METRIC_STAGE_LAST_CRASH);
}

double
errors_a_day(const struct figures *f)
{
	return a_day(f, METRIC_LOG_ERRORS);
}

double
pid_errors_a_day(const struct figures *f)
{
	return a_day(f, METRIC_PID_ERRORS);
}

double
samples_lost(const struct figures *f)
{
	double lost = metrics_sum(f->metrics, METRIC_SAMPLES_LOST);

	return share(lost, lost + figure(f, METRIC_SAMPLES, NULL));
}

double
samples_cut(const struct figures *f)
{
	return share(figure(f, METRIC_SAMPLES_TRUNCATED, NULL),
	    figure(f, METRIC_SAMPLES, NULL));
}

double
coverage(const struct figures *f)
{
	/* Those that gp-record walks; of others it would be no news. */
	static const char *const walked[] = { "language=\"python\"" };
	double missed = 0, covered = 0;

	for (size_t i = 0; i < GP_COUNT(walked); i++) {
		missed += figure(f, METRIC_LANGUAGE_MISSED, walked[i]);
		covered += figure(f, METRIC_LANGUAGE_SAMPLES, walked[i]);
	}
	return share(covered, covered + missed);
}

double
unsent(const struct figures *f)
{
	return metrics_get(f->metrics, METRIC_UNSENT, NULL);
}

double
spool_oldest(const struct figures *f)
{
	return metrics_get(f->metrics, METRIC_SPOOL_OLDEST, NULL);
}

double
rejected_kept(const struct figures *f)
{
	return metrics_get(f->metrics, METRIC_SPOOL_REJECTED, NULL);
}

double
since_heartbeat(const struct figures *f)
{
	return since(f, METRIC_HEARTBEAT_LAST_SUCCESS);
}

double
heartbeat_memory(const struct figures *f)
{
	return metrics_get(f->metrics, METRIC_HEARTBEAT_MEMORY, NULL);
}

double
heartbeat_history(const struct figures *f)
{
	return metrics_get(f->metrics, METRIC_HEARTBEAT_HISTORY, NULL);
}
