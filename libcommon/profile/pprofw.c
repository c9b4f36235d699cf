/*
 * Samples are written as they are met, and the tables that they made behind
 * them: protobuf has no order of fields.
 */
#include "profile/pprofw.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "base/gzip.h"
#include "base/protow.h"
#include "profile/events.h"
#include "profile/locations.h"
#include "profile/period.h"
#include "profile/place.h"

/* Fields of a profile; see pprof.proto, also for those of its messages. */
enum {
	SAMPLE_TYPE = 1, SAMPLE, MAPPING, LOCATION, FUNCTION, STRING,
	TIME_NANOS = 9, DURATION_NANOS, PERIOD_TYPE, PERIOD, COMMENT,
	DEFAULT_TYPE,
};

enum { FLUSH = 1 << 16 };

struct pprofw {
	const struct fold *f;
	const struct pprofw_options *o;
	FILE *out;
	struct gzip *gzip;
	struct protow w;
	struct locations locations;
	uint64_t *path;
	size_t path_cap;
	struct events events;
	uint64_t *value;      /* one for each type */
	uint32_t values;
	struct period period; /* second value: count times this; 0: none */
};

static void
flush(struct pprofw *w, size_t above)
{
	struct buf *b = &w->w.b;

	if (b->len <= above)
		return;
	if (w->gzip)
		gzip_add(w->gzip, b->s, b->len);
	else
		(void)!fwrite(b->s, 1, b->len, w->out);
	buf_reset(b);
}

static void
end(struct pprofw *w)
{
	protow_end(&w->w);
	flush(w, FLUSH);
}

/* The number of a string. */
static uint32_t
string(struct pprofw *w, const char *s, size_t len)
{
	return intern_add(&w->locations.strings, s, len);
}

static uint32_t
text(struct pprofw *w, const char *s)
{
	return string(w, s, strlen(s));
}

/* -- samples --------------------------------------------------------------- */

static void
put_label(struct pprofw *w, const char *key, uint32_t str, int64_t num)
{
	protow_begin(&w->w, 3, NULL);
	protow_u64(&w->w, 1, NULL, text(w, key));
	protow_u64(&w->w, 2, NULL, str);
	protow_u64(&w->w, 3, NULL, (uint64_t)num);
	protow_end(&w->w);
}

static void
put_head(struct pprofw *w, uint32_t name)
{
	const struct head *h = fold_head(w->f, name);
	size_t len;
	const char *s = frames_text(&w->f->frames, name, &len);

	/* It is the type of the value. */
	if (h->event)
		return;
	if (h->container) {
		/* Who knows a process and no container knows that. */
		if (len != sizeof PLACE_HOST - 1 ||
		    memcmp(s, PLACE_HOST, len) != 0)
			put_label(w, "container", string(w, s, len), 0);
		return;
	}
	len = h->comm_len < len ? h->comm_len : len;
	if (len)
		put_label(w, "comm", string(w, s, len), 0);
	if (h->pid >= 0)
		put_label(w, "pid", 0, h->pid);
	if (h->tid >= 0)
		put_label(w, "tid", 0, h->tid);
}

/* The locations of a stack, innermost first; *head: the heads above them. */
static size_t
take_path(struct pprofw *w, uint32_t node, uint32_t *head)
{
	uint32_t above, location;
	size_t n = 0;

	for (; node; node = above) {
		location = locations_at(&w->locations, node, &above);
		if (location == 0)
			break;
		w->path = grow_for(w->path, n, &w->path_cap, sizeof *w->path);
		w->path[n++] = location;
	}
	*head = node;
	return n;
}

static void
put_sample(struct pprofw *w, uint32_t node, uint64_t count)
{
	const struct stacktab_node *t = w->f->profile.stacks.node;
	uint32_t head;
	size_t n = take_path(w, node, &head);
	uint64_t *value = &w->value[events_place(&w->events, node)];

	for (; count; count -= *value) {
		*value = count > INT64_MAX ? INT64_MAX : count;
		if (w->period.value)
			w->value[1] = *value * w->period.value;
		protow_begin(&w->w, SAMPLE, NULL);
		protow_u64s(&w->w, 1, NULL, w->path, n);
		protow_u64s(&w->w, 2, NULL, w->value, w->values);
		for (uint32_t i = head; i; i = t[i].parent)
			put_head(w, (uint32_t)t[i].frame);
		end(w);
	}
	*value = 0;
}

/* -- the head -------------------------------------------------------------- */

static void
put_type(struct pprofw *w, unsigned number, const char *type,
    const char *unit)
{
	protow_begin(&w->w, number, NULL);
	protow_u64(&w->w, 1, NULL, locations_text(&w->locations, type));
	protow_u64(&w->w, 2, NULL, text(w, unit));
	end(w);
}

/* Where and how, as far as all streams agree. */
static void
put_comments(struct pprofw *w)
{
	static const char *const keys[] = {
		"host", "kernel", "arch", "cpus", "event", "freq", "period",
	};
	const struct meta *m = &w->f->meta;
	uint64_t comment[GP_COUNT(keys) + 2];
	struct buf b = { 0 };
	size_t n = 0;

	if (w->o->tool)
		comment[n++] = locations_text(&w->locations, w->o->tool);
	for (size_t i = 0; i < GP_COUNT(keys); i++) {
		const char *value = meta_get(m, keys[i]);

		if (!value)
			continue;
		buf_reset(&b);
		buf_addf(&b, "%s=%s", keys[i], value);
		comment[n++] = locations_text(&w->locations, b.s);
	}
	if (m->lost) {
		buf_reset(&b);
		buf_addf(&b, "lost=%" PRIu64, m->lost);
		comment[n++] = text(w, b.s);
	}
	protow_u64s(&w->w, COMMENT, NULL, comment, n);
	buf_free(&b);
}

/* A type for each event, or that of samples. The first counts if nobody asks. */
static void
put_types(struct pprofw *w)
{
	const char *samples = w->o->weight ? w->o->weight : "samples", *type;

	for (uint32_t i = 0; i < events_places(&w->events); i++) {
		uint32_t event = events_at(&w->events, i);

		type = event ? events_name(&w->events, event) : samples;
		put_type(w, SAMPLE_TYPE, type, "count");
		if (i == 0 && w->events.n)
			protow_u64(&w->w, DEFAULT_TYPE, NULL,
			    locations_text(&w->locations, type));
	}
}

/* Types come first, by which the format is told. */
static void
put_profile_head(struct pprofw *w)
{
	int64_t start = meta_seconds(meta_get(&w->f->meta, "start"));
	const struct period *p = &w->period;

	put_types(w);
	if (p->value) {
		put_type(w, SAMPLE_TYPE, p->type, p->unit);
		put_type(w, PERIOD_TYPE, p->type, p->unit);
		protow_u64(&w->w, PERIOD, NULL, p->value);
		protow_u64(&w->w, DEFAULT_TYPE, NULL,
		    locations_text(&w->locations, p->type));
	}
	if (w->o->time_ns)
		protow_u64(&w->w, TIME_NANOS, NULL, w->o->time_ns);
	else if (start > 0 && start < INT64_MAX / 1000000000)
		protow_u64(&w->w, TIME_NANOS, NULL,
		    (uint64_t)start * 1000000000);
	if (w->o->duration_ns)
		protow_u64(&w->w, DURATION_NANOS, NULL, w->o->duration_ns);
	put_comments(w);
}

/* -- tables ---------------------------------------------------------------- */

static void
put_mapping(struct pprofw *w, uint32_t id)
{
	const struct locations_mapping *m = &w->locations.mapping[id];

	protow_begin(&w->w, MAPPING, NULL);
	protow_u64(&w->w, 1, NULL, id);
	protow_u64(&w->w, 3, NULL, UINT64_MAX);
	protow_u64(&w->w, 5, NULL, m->path);
	protow_u64(&w->w, 6, NULL, m->build_id);
	/* Functions, file names, line numbers, inlined frames. */
	for (unsigned has = 7; has <= 10; has++)
		protow_bool(&w->w, has, NULL, m->named);
	end(w);
}

static void
put_function(struct pprofw *w, uint32_t id)
{
	const struct locations_function *f = &w->locations.function[id];

	protow_begin(&w->w, FUNCTION, NULL);
	protow_u64(&w->w, 1, NULL, id);
	protow_u64(&w->w, 2, NULL, f->name);
	protow_u64(&w->w, 3, NULL, f->name);
	protow_u64(&w->w, 4, NULL, f->file);
	end(w);
}

static void
put_location(struct pprofw *w, uint32_t id)
{
	const struct location *l = &w->locations.location[id];
	const struct locations_line *line = &w->locations.line[l->first];

	protow_begin(&w->w, LOCATION, NULL);
	protow_u64(&w->w, 1, NULL, id);
	protow_u64(&w->w, 2, NULL, l->mapping);
	protow_u64(&w->w, 3, NULL, l->address);
	for (uint32_t i = 0; i < l->lines; i++) {
		protow_begin(&w->w, 4, NULL);
		protow_u64(&w->w, 1, NULL, line[i].function);
		protow_u64(&w->w, 2, NULL, (uint64_t)line[i].line);
		protow_end(&w->w);
	}
	end(w);
}

static void
put_tables(struct pprofw *w)
{
	const struct locations *l = &w->locations;

	for (uint32_t i = 1; i < l->mappings; i++)
		put_mapping(w, i);
	for (uint32_t i = 1; i < l->n; i++)
		put_location(w, i);
	for (uint32_t i = 1; i < l->functions; i++)
		put_function(w, i);
	protow_list(&w->w, STRING, NULL);
	for (uint32_t i = 0; i < l->strings.n; i++) {
		protow_str(&w->w, 0, NULL, intern_str(&l->strings, i),
		    intern_len(&l->strings, i));
		flush(w, FLUSH);
	}
	end(w);
}

static void
write_all(struct pprofw *w)
{
	const struct stacktab *t = &w->f->profile.stacks;
	uint64_t all;

	events_init(&w->events, w->f);
	/* Events have periods of their own. */
	if (!w->o->weight && w->events.n == 0)
		w->period = period_of(&w->f->meta);
	/* No value may be more than it can say. */
	if (__builtin_mul_overflow(w->f->profile.samples, w->period.value,
	    &all) || all > INT64_MAX)
		w->period.value = 0;
	w->values = events_places(&w->events) + (w->period.value != 0);
	w->value = grow_zeroed(w->values, sizeof *w->value);
	locations_init(&w->locations, w->f, true);
	put_profile_head(w);
	for (uint32_t i = 1; i < t->n; i++)
		if (t->node[i].count)
			put_sample(w, i, t->node[i].count);
	put_tables(w);
	flush(w, 0);
	locations_free(&w->locations);
	protow_free(&w->w);
	events_free(&w->events);
	free(w->path);
	free(w->value);
}

const char *
pprofw_write(const struct fold *f, const struct pprofw_options *o, FILE *out)
{
	struct pprofw w = { .f = f, .o = o, .out = out };

	if (o->packed) {
		w.gzip = gzip_new(out);
		if (!w.gzip)
			return "zlib is not installed";
	}
	write_all(&w);
	if (w.gzip)
		gzip_done(w.gzip);
	return NULL;
}
