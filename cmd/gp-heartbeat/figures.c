#include "figures.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/buf.h"
#include "base/diag.h"
#include "ship/metrics.h"

static const char *
outcome(const struct figures *f, int status)
{
	if (f->waited)
		return "waited";
	return f->answered && status == 0 ? "ok" : "failed";
}

static void
put(struct metrics *m, const struct figures *f, int status)
{
	static const char *const polls[] = { "ok", "failed", "waited" };
	struct buf labels = { 0 };
	struct rusage u = { 0 };

	for (size_t i = 0; i < GP_COUNT(polls); i++) {
		buf_reset(&labels);
		buf_addf(&labels, "outcome=\"%s\"", polls[i]);
		metrics_add(m, METRIC_HEARTBEAT_POLLS, labels.s,
		    strcmp(polls[i], outcome(f, status)) == 0);
	}
	buf_free(&labels);
	if (f->answered)
		metrics_set(m, METRIC_HEARTBEAT_LAST_SUCCESS, NULL,
		    (double)time(NULL));
	metrics_add(m, METRIC_HEARTBEAT_COMMANDS, "outcome=\"completed\"",
	    (double)f->completed);
	metrics_add(m, METRIC_HEARTBEAT_COMMANDS, "outcome=\"failed\"",
	    (double)f->failed);
	metrics_set(m, METRIC_HEARTBEAT_HISTORY, NULL, (double)f->history);
	getrusage(RUSAGE_SELF, &u);
	metrics_set(m, METRIC_HEARTBEAT_MEMORY, NULL, metrics_own_memory());
	metrics_add(m, METRIC_HEARTBEAT_CPU, NULL,
	    (double)u.ru_utime.tv_sec + (double)u.ru_stime.tv_sec +
	    (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6);
}

void
figures_write(const struct figures *f, const char *dir, int status)
{
	struct metrics m = { 0 };
	struct buf path = { 0 };

	buf_addf(&path, "%s/metrics.prom", dir);
	if (metrics_read(&m, path.s) != 0 && errno != ENOENT)
		diag(DIAG_RUN_METRICS, path.s, 0, "%s; the counters start anew",
		    errno == EINVAL ? "it is not what gp-heartbeat wrote" :
		    strerror(errno));
	metrics_next(&m);
	put(&m, f, status);
	if (metrics_write(&m, path.s) != 0)
		diag(DIAG_RUN_METRICS, path.s, 0, "%s", strerror(errno));
	buf_free(&path);
	metrics_free(&m);
}
