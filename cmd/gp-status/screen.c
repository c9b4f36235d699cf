#include "screen.h"

#include <math.h>
#include <string.h>

#include "base/jsonw.h"

enum { NAME_WIDTH = 14, TARGETS_SHOWN_MAX = 4, STAGES = 6 };

static const char *const stages[STAGES] = {
	"run", "discover", "record", "symbolize", "collapse", "upload",
};

size_t
screen_problems(const struct figures *f)
{
	size_t n = 0;

	for (int i = 0; i < HEALTH_LIMITS; i++)
		n += health_judge(f, (enum health_limit)i) != HEALTH_GOOD;
	return n;
}

/* -- lines ------------------------------------------------------------------ */

static void
name(struct buf *b, const char *what)
{
	buf_addf(b, "%-*s", NAME_WIDTH, what);
}

static void
put_ago(struct buf *b, double age)
{
	if (isnan(age)) {
		buf_adds(b, "never");
		return;
	}
	put_seconds(b, age);
	buf_adds(b, " ago");
}

static void
put_share(struct buf *b, double v, const char *what)
{
	if (isnan(v))
		buf_addf(b, "; %s -", what);
	else
		buf_addf(b, "; %s %.2f %%", what, 100 * v);
}

static void
put_cycle(struct buf *b, const struct figures *f)
{
	static const char *const outcomes[] = {
		"ok", "lossy", "deferred", "failed", "aborted", "killed",
	};
	double took = metrics_get(f->metrics, METRIC_CYCLE_DURATION, NULL);
	char labels[METRICS_LABELS_MAX];

	name(b, "last cycle");
	put_ago(b, since_cycle(f));
	buf_addf(b, ", status %.0f", figure(f, METRIC_CYCLE_STATUS, NULL));
	if (!isnan(took)) {
		buf_adds(b, ", took ");
		put_seconds(b, took);
	}
	buf_adds(b, "\n");
	name(b, "last success");
	put_ago(b, isnan(metrics_get(f->metrics, METRIC_CYCLE_LAST_SUCCESS,
	    NULL)) ? (double)NAN : since_success(f));
	buf_adds(b, "\n");
	name(b, "cycles");
	for (size_t i = 0; i < GP_COUNT(outcomes); i++) {
		snprintf(labels, sizeof labels, "outcome=\"%s\"", outcomes[i]);
		buf_addf(b, "%s%.0f %s", i ? ", " : "",
		    figure(f, METRIC_CYCLES, labels), outcomes[i]);
	}
	buf_addf(b, "; %.0f overlapping\n",
	    figure(f, METRIC_CYCLE_OVERLAPS, NULL));
}

static void
put_samples(struct buf *b, const struct figures *f)
{
	double frames = figure(f, METRIC_FRAMES, NULL);

	name(b, "samples");
	buf_addf(b, "%.0f", figure(f, METRIC_SAMPLES, NULL));
	put_share(b, samples_lost(f), "lost");
	put_share(b, samples_cut(f), "cut");
	put_share(b, share(figure(f, METRIC_FRAMES_UNNAMED, NULL), frames),
	    "frames unnamed");
	buf_adds(b, "\n");
}

/* "python 99.8 %": how much of what runs in an interpreter is covered; of other
 * languages, their share of samples is all there is to say. */
static void
put_languages(struct buf *b, const struct figures *f)
{
	size_t n = 0;

	name(b, "coverage");
	for (size_t i = 0; i < f->metrics->n; i++) {
		const struct metrics_value *v = &f->metrics->v[i];
		double covered;

		if (v->which != METRIC_LANGUAGE_MISSED)
			continue;
		covered = figure(f, METRIC_LANGUAGE_SAMPLES, v->labels);
		if (covered + v->value <= 0)
			continue;
		/* language="python" */
		buf_addf(b, "%s%.*s %.1f %%", n++ ? ", " : "",
		    (int)strcspn(v->labels + 10, "\""), v->labels + 10,
		    100 * share(covered, covered + v->value));
	}
	buf_adds(b, n ? "\n" : "-\n");
}

static void
put_resources(struct buf *b, const struct figures *f)
{
	double cpu = metrics_sum(f->metrics, METRIC_STAGE_CPU);
	double since = f->now - metrics_get(f->metrics, METRIC_CREATED, NULL);

	name(b, "memory");
	put_bytes(b, figure(f, METRIC_CYCLE_MEMORY, NULL));
	buf_addf(b, " at most; %.0f processes, %.0f pipes\n",
	    figure(f, METRIC_CYCLE_PROCESSES, NULL),
	    figure(f, METRIC_CYCLE_PIPES, NULL));
	name(b, "cpu");
	if (since > 0)
		buf_addf(b, "%.2f %% of one CPU", 100 * cpu / since);
	else
		buf_adds(b, "-");
	buf_adds(b, "; disk ");
	put_bytes(b, isnan(written_a_day(f)) ? 0 : written_a_day(f));
	buf_addf(b, " a day; errors %.1f a day\n",
	    isnan(errors_a_day(f)) ? 0 : errors_a_day(f));
}

static void
put_targets(struct buf *b, const struct figures *f)
{
	size_t n = 0;

	for (size_t i = 0; i < f->metrics->n; i++) {
		const struct metrics_value *v = &f->metrics->v[i];

		if (v->which != METRIC_TARGET_WAITING)
			continue;
		if (n++ == TARGETS_SHOWN_MAX) {
			buf_adds(b, "  … see --json\n");
			return;
		}
		/* target="studio" */
		buf_addf(b, "  %-*.*s", NAME_WIDTH - 2,
		    (int)strcspn(v->labels + 8, "\""), v->labels + 8);
		buf_addf(b, "%.0f wait, %.0f sent, %.0f refused, "
		    "%.0f dropped; %.0f failures in a row\n", v->value,
		    figure(f, METRIC_TARGET_SENT, v->labels),
		    figure(f, METRIC_TARGET_REJECTED, v->labels),
		    figure(f, METRIC_TARGET_DROPPED, v->labels),
		    figure(f, METRIC_TARGET_FAILURES, v->labels));
	}
}

static void
put_delivery(struct buf *b, const struct figures *f)
{
	double oldest = spool_oldest(f);

	name(b, "delivery");
	buf_addf(b, "%.0f profiles delivered, %.0f dropped; unsent %.0f, "
	    "in the spool %.0f",
	    figure(f, METRIC_PROFILES, "outcome=\"delivered\""),
	    figure(f, METRIC_PROFILES_DROPPED, NULL),
	    figure(f, METRIC_UNSENT, NULL),
	    figure(f, METRIC_SPOOL_PROFILES, NULL));
	if (oldest > 0) {
		buf_adds(b, " since ");
		put_seconds(b, oldest);
	}
	buf_adds(b, "\n");
	put_targets(b, f);
}

static void
put_heartbeat(struct buf *b, const struct figures *f)
{
	if (isnan(metrics_sum(f->metrics, METRIC_HEARTBEAT_POLLS)))
		return;
	name(b, "heartbeat");
	put_ago(b, since_heartbeat(f));
	buf_addf(b, ", %.0f commands, %.0f remembered, ",
	    figure(f, METRIC_HEARTBEAT_COMMANDS, "outcome=\"completed\""),
	    figure(f, METRIC_HEARTBEAT_HISTORY, NULL));
	put_bytes(b, figure(f, METRIC_HEARTBEAT_MEMORY, NULL));
	buf_adds(b, "\n");
}

/* Ends other than ok and lossy. */
static double
bad_ends(const struct figures *f, const char *stage)
{
	static const char *const bad[] = {
		"failed", "out_of_memory", "crashed", "killed", "overdue",
		"missing",
	};
	char labels[METRICS_LABELS_MAX];
	double n = 0;

	for (size_t i = 0; i < GP_COUNT(bad); i++) {
		snprintf(labels, sizeof labels, "stage=\"%s\",outcome=\"%s\"",
		    stage, bad[i]);
		n += figure(f, METRIC_STAGE_ENDS, labels);
	}
	return n;
}

static void
put_stages(struct buf *b, const struct figures *f)
{
	buf_addf(b, "\n%-*s%10s%10s%8s%10s\n", NAME_WIDTH, "stage", "CPU",
	    "memory", "fds", "failures");
	for (size_t i = 0; i < STAGES; i++) {
		char labels[METRICS_LABELS_MAX];
		struct buf cpu = { 0 }, memory = { 0 };
		double fds;

		snprintf(labels, sizeof labels, "stage=\"%s\"", stages[i]);
		put_seconds(&cpu, figure(f, METRIC_STAGE_CPU, labels));
		put_bytes(&memory, figure(f, METRIC_STAGE_MEMORY, labels));
		fds = figure(f, METRIC_STAGE_DESCRIPTORS, labels);
		buf_addf(b, "%-*s%10s%10s%8.0f%10.0f\n", NAME_WIDTH, stages[i],
		    cpu.s, memory.s, fds, bad_ends(f, stages[i]));
		buf_free(&cpu);
		buf_free(&memory);
	}
}

static void
put_problems(struct buf *b, const struct figures *f)
{
	for (int i = 0; i < HEALTH_LIMITS; i++) {
		enum health_limit which = (enum health_limit)i;
		enum health_level level = health_judge(f, which);

		if (level == HEALTH_GOOD)
			continue;
		buf_addf(b, "%s %s: ", level == HEALTH_CRITICAL ? "!!" : "! ",
		    health_name(which));
		health_describe(f, which, b);
		buf_adds(b, "\n");
	}
}

void
screen_print(const struct figures *f, const char *host, FILE *out)
{
	size_t n = screen_problems(f);
	struct buf b = { 0 };

	if (n)
		buf_addf(&b, "gp on %s: %zu problem%s\n", host, n,
		    n == 1 ? "" : "s");
	else
		buf_addf(&b, "gp on %s: healthy\n", host);
	put_problems(&b, f);
	buf_adds(&b, "\n");
	put_cycle(&b, f);
	put_samples(&b, f);
	put_languages(&b, f);
	put_resources(&b, f);
	put_delivery(&b, f);
	put_heartbeat(&b, f);
	put_stages(&b, f);
	fwrite(b.s, 1, b.len, out);
	buf_free(&b);
}

/* -- JSON ------------------------------------------------------------------- */

static void
json_problems(struct jsonw *w, const struct figures *f)
{
	struct buf b = { 0 };

	jsonw_array(w, "problems");
	for (int i = 0; i < HEALTH_LIMITS; i++) {
		enum health_limit which = (enum health_limit)i;
		enum health_level level = health_judge(f, which);

		if (level == HEALTH_GOOD)
			continue;
		buf_reset(&b);
		health_describe(f, which, &b);
		jsonw_line(w);
		jsonw_object(w, NULL);
		jsonw_str(w, "alert", health_name(which));
		jsonw_str(w, "severity", level == HEALTH_CRITICAL ?
		    "critical" : "warning");
		jsonw_str(w, "text", b.s);
		jsonw_end(w);
	}
	jsonw_end(w);
	buf_free(&b);
}

/* `stage="record",outcome="ok"` as an object. */
static void
json_labels(struct jsonw *w, const char *s)
{
	jsonw_object(w, "labels");
	while (*s) {
		size_t key = strcspn(s, "="), value;
		char text[METRICS_LABELS_MAX];

		snprintf(text, sizeof text, "%.*s", (int)key, s);
		s += key + 2;
		value = strcspn(s, "\"");
		jsonw_strn(w, text, s, value);
		s += value + 1;
		s += *s == ',';
	}
	jsonw_end(w);
}

void
screen_json(const struct figures *f, const char *host, FILE *out)
{
	struct jsonw w = { .f = out };

	jsonw_object(&w, NULL);
	jsonw_str(&w, "host", host);
	jsonw_bool(&w, "healthy", screen_problems(f) == 0);
	json_problems(&w, f);
	jsonw_array(&w, "metrics");
	for (size_t i = 0; i < f->metrics->n; i++) {
		const struct metrics_value *v = &f->metrics->v[i];

		jsonw_line(&w);
		jsonw_object(&w, NULL);
		jsonw_str(&w, "name", metrics_name(v->which));
		json_labels(&w, v->labels);
		jsonw_double(&w, "value", v->value);
		jsonw_end(&w);
	}
	jsonw_end(&w);
	jsonw_end(&w);
	jsonw_done(&w);
}
