/*
 * Numbers of what the dictionary holds are given out as samples are written, and
 * the dictionary follows them: it is all that has to stay in memory beside the
 * resource that is being written.
 */
#include "profile/otlpw.h"

#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "profile/otlpdict.h"
#include "profile/otlpput.h"
#include "profile/otlpres.h"
#include "profile/period.h"

struct otlpw {
	const struct fold *f;
	const struct timeline *t;
	const struct otlpw_options *o;
	struct otlpput put;
	struct otlpdict dict;
	struct otlpres resources;
	size_t *times;          /* by node: where its entries begin in time */
	size_t *time;           /* numbers of t's entries, by node */
	uint32_t *path;
	size_t path_cap;
	uint64_t *value, *at;   /* of a sample: counts, times */
	size_t value_cap, at_cap;
	struct period period;
	uint64_t start_ns;      /* of all; 0: not known */
	uint64_t zero_ns;       /* of the timeline */
};

static size_t
take_path(struct otlpw *o, uint32_t node, uint32_t *head)
{
	uint32_t above, location;
	size_t n = 0;

	for (; node; node = above) {
		location = locations_at(&o->dict.locations, node, &above);
		if (location == 0)
			break;
		o->path = grow_for(o->path, n, &o->path_cap, sizeof *o->path);
		o->path[n++] = location;
	}
	*head = node;
	return n;
}

/* The thread among the heads of a stack; a process alone has none. */
static uint32_t
thread_of(struct otlpw *o, uint32_t head)
{
	const struct stacktab_node *t = o->f->profile.stacks.node;
	const struct head *h;

	for (; head; head = t[head].parent) {
		h = fold_head(o->f, (uint32_t)t[head].frame);
		if (!h->container && h->tid >= 0)
			return otlpdict_attribute(&o->dict, "thread.id", false, h->tid);
	}
	return 0;
}

static void
put_sample(struct otlpw *o, uint32_t stack, uint32_t thread, size_t values,
    size_t times)
{
	protow_begin(&o->put.w, 0, NULL);
	protow_u32(&o->put.w, 1, "stackIndex", stack);
	protow_u32s(&o->put.w, 2, "attributeIndices", &thread, thread ? 1 : 0);
	protow_u64s(&o->put.w, 4, "values", o->value, values);
	protow_fixed64s(&o->put.w, 5, "timestampsUnixNano", o->at, times);
	protow_end(&o->put.w);
}

/* Take the samples of a node that have times; how many entries they are. */
static size_t
take_times(struct otlpw *o, uint32_t node, uint64_t *left)
{
	const struct timeline_entry *e;
	size_t n = 0;

	for (size_t i = o->times[node]; i < o->times[node + 1]; i++) {
		e = &o->t->entry[o->time[i]];
		if (e->count > INT64_MAX)
			continue;
		o->value = grow_for(o->value, n, &o->value_cap, sizeof *o->value);
		o->at = grow_for(o->at, n, &o->at_cap, sizeof *o->at);
		o->value[n] = e->count;
		o->at[n++] = o->zero_ns + e->slot * o->t->slot_ns;
		*left -= e->count;
	}
	return n;
}

static void
put_node(struct otlpw *o, uint32_t node)
{
	uint64_t left = o->f->profile.stacks.node[node].count;
	uint32_t head, stack, thread;
	size_t n = take_path(o, node, &head);

	stack = otlpdict_stack(&o->dict, o->path, n);
	thread = thread_of(o, head);
	n = o->times ? take_times(o, node, &left) : 0;
	if (n)
		put_sample(o, stack, thread, n, n);
	o->value = grow_for(o->value, 0, &o->value_cap, sizeof *o->value);
	for (; left; left -= o->value[0]) {
		o->value[0] = left > INT64_MAX ? INT64_MAX : left;
		put_sample(o, stack, thread, 1, 0);
	}
}

/* Sort the timeline by node: entries of node i are those from times[i] on. */
static void
find_times(struct otlpw *o)
{
	uint32_t n = o->f->profile.stacks.n;

	if (!o->t || o->t->n == 0 || o->zero_ns == 0)
		return;
	o->times = grow_zeroed(n + (size_t)2, sizeof *o->times);
	o->time = grow_zeroed(o->t->n, sizeof *o->time);
	for (size_t i = 0; i < o->t->n; i++)
		o->times[o->t->entry[i].stack + 2]++;
	for (uint32_t i = 2; i <= n; i++)
		o->times[i] += o->times[i - 1];
	for (size_t i = 0; i < o->t->n; i++)
		o->time[o->times[o->t->entry[i].stack + 1]++] = i;
}

static void
put_type(struct otlpw *o, unsigned number, const char *key, const char *type,
    const char *unit)
{
	protow_begin(&o->put.w, number, key);
	protow_u32(&o->put.w, 1, "typeStrindex",
	    locations_text(&o->dict.locations, type));
	protow_u32(&o->put.w, 2, "unitStrindex", otlpdict_text(&o->dict, unit));
	protow_end(&o->put.w);
}

static void
put_profile(struct otlpw *o, const struct otlpres_profile *p)
{
	const struct timeline *t = o->t;
	const char *type = o->o->weight ? o->o->weight : "samples";

	if (p->event)
		type = events_name(&o->resources.events, p->event);
	protow_begin(&o->put.w, 0, NULL);
	put_type(o, 1, "sampleType", type, "count");
	protow_list(&o->put.w, 2, "samples");
	for (uint32_t node = p->first; node; node = o->resources.next[node])
		put_node(o, node);
	protow_end(&o->put.w);
	protow_fixed64(&o->put.w, 3, "timeUnixNano", o->start_ns);
	if (o->times)
		protow_u64(&o->put.w, 4, "durationNano", o->zero_ns - o->start_ns +
		    (t->entry[t->n - 1].slot + (uint64_t)1) * t->slot_ns);
	if (o->period.value && !p->event) {
		put_type(o, 5, "periodType", o->period.type, o->period.unit);
		protow_u64(&o->put.w, 6, "period", o->period.value);
	}
	protow_end(&o->put.w);
}

static void
put_scope(struct otlpw *o)
{
	const char *tool = o->o->tool, *slash = strchr(tool, '/');
	uint64_t lost = o->f->meta.lost;
	size_t n = slash ? (size_t)(slash - tool) : strlen(tool);

	protow_begin(&o->put.w, 1, "scope");
	protow_str(&o->put.w, 1, "name", tool, n);
	if (slash)
		protow_str(&o->put.w, 2, "version", slash + 1, strlen(slash + 1));
	if (lost) {
		protow_list(&o->put.w, 3, "attributes");
		otlpput_key_value(&o->put, "gp.lost", NULL, 0, lost > INT64_MAX ?
		    INT64_MAX : (int64_t)lost);
		protow_end(&o->put.w);
	}
	protow_end(&o->put.w);
}

static void
put_resource(struct otlpw *o, uint32_t resource)
{
	protow_begin(&o->put.w, 0, NULL);
	otlpres_put(&o->resources, resource, &o->put);
	protow_list(&o->put.w, 2, "scopeProfiles");
	protow_begin(&o->put.w, 0, NULL);
	put_scope(o);
	protow_list(&o->put.w, 2, "profiles");
	for (uint32_t p = o->resources.entry[resource].first; p;
	    p = o->resources.profile[p].next)
		put_profile(o, &o->resources.profile[p]);
	protow_end(&o->put.w);
	protow_end(&o->put.w);
	protow_end(&o->put.w);
	otlpput_end(&o->put);
}

static void
write_all(struct otlpw *o)
{
	/* ExportProfilesServiceRequest. */
	protow_begin(&o->put.w, 0, NULL);
	protow_list(&o->put.w, 1, "resourceProfiles");
	for (uint32_t i = 0; i < o->resources.n; i++)
		if (o->resources.entry[i].first)
			put_resource(o, i);
	protow_end(&o->put.w);
	protow_begin(&o->put.w, 2, "dictionary");
	otlpdict_put(&o->dict, &o->put);
	protow_end(&o->put.w);
	protow_end(&o->put.w);
	if (o->put.w.json)
		buf_addc(&o->put.w.b, '\n');
	otlpput_flush(&o->put, 0);
}

static void
free_all(struct otlpw *o)
{
	protow_free(&o->put.w);
	otlpdict_free(&o->dict);
	otlpres_free(&o->resources);
	free(o->times);
	free(o->time);
	free(o->path);
	free(o->value);
	free(o->at);
}

static uint64_t
nanoseconds(int64_t seconds)
{
	const int64_t second = 1000000000;

	return seconds > 0 && seconds < INT64_MAX / second / 2 ?
	    (uint64_t)(seconds * second) : 0;
}

void
otlpw_write(const struct fold *f, const struct timeline *t,
    const struct otlpw_options *options, FILE *out)
{
	struct otlpw o = {
		.f = f, .t = t, .o = options,
		.put = { .w.json = options->json, .out = out },
	};

	o.start_ns = nanoseconds(meta_seconds(meta_get(&f->meta, "start")));
	o.zero_ns = nanoseconds(options->start);
	if (o.zero_ns < o.start_ns)
		o.zero_ns = 0;
	if (!options->weight)
		o.period = period_of(&f->meta);
	if (o.period.value > INT64_MAX)
		o.period.value = 0;
	otlpdict_init(&o.dict, f);
	otlpres_find(&o.resources, f);
	find_times(&o);
	write_all(&o);
	free_all(&o);
}
