/*
 * Numbers of what the dictionary holds are given out as samples are written, and
 * the dictionary follows them: it is all that has to stay in memory beside the
 * resource that is being written.
 */
#include "profile/otlpw.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/grow.h"
#include "base/protow.h"
#include "profile/locations.h"
#include "profile/period.h"
#include "profile/place.h"
#include "profile/suffix.h"
#include "stream/frame.h"

enum { FLUSH = 1 << 16 };

/* What is said of a location, a mapping or a sample. */
struct attribute {
	uint32_t key;  /* a string */
	bool is_text;
	int64_t value; /* a number, or a string */
};

/* Processes, and the containers that they are in, as a tree. */
struct resource {
	uint32_t parent;
	uint32_t name;      /* of the first head that it was met as; 0: none */
	uint32_t first, last; /* nodes that have samples of it; 0: none */
};

struct otlpw {
	const struct fold *f;
	const struct timeline *t;
	const struct otlpw_options *o;
	FILE *out;
	struct protow w;
	struct locations locations;
	struct stacktab stacks; /* of locations; counts hold numbers of stacks */
	uint32_t *stack;        /* by number: the node */
	uint32_t stack_n;
	size_t stack_cap;
	struct attribute *attribute;
	uint32_t attributes;
	size_t attribute_cap;
	struct pairmap attribute_at; /* (value, key << 1 | is_text) -> number */
	struct resource *resource;   /* [0]: no process is known */
	uint32_t resources;
	size_t resource_cap;
	struct intern resource_keys;
	uint32_t *of;           /* by node: its resource */
	uint32_t *next;         /* by node: the next of the same one */
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

static void *
new_array(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size);

	if (!p)
		die_nomem();
	return p;
}

static uint32_t
text(struct otlpw *o, const char *s)
{
	return intern_add(&o->locations.strings, s, strlen(s));
}

static void
flush(struct otlpw *o, size_t above)
{
	if (!protow_is_flat(&o->w) || o->w.b.len <= above)
		return;
	(void)!fwrite(o->w.b.s, 1, o->w.b.len, o->out);
	buf_reset(&o->w.b);
}

static void
end(struct otlpw *o)
{
	protow_end(&o->w);
	flush(o, FLUSH);
}

/* -- attributes ------------------------------------------------------------ */

static uint32_t
attribute(struct otlpw *o, const char *key, bool is_text, int64_t value)
{
	const struct attribute a = { text(o, key), is_text, value };
	uint32_t second = a.key << 1 | is_text;
	uint32_t id = pairmap_get(&o->attribute_at, (uint64_t)value, second);

	if (id != PAIRMAP_NONE)
		return id;
	id = o->attributes++;
	o->attribute = grow_for(o->attribute, id, &o->attribute_cap, sizeof a);
	o->attribute[id] = a;
	pairmap_set(&o->attribute_at, (uint64_t)value, second, id);
	return id;
}

/* AnyValue. */
static void
put_value(struct otlpw *o, const char *s, size_t len, int64_t number)
{
	protow_begin(&o->w, 2, "value");
	if (s)
		protow_str(&o->w, 1, "stringValue", s, len);
	else
		protow_set_i64(&o->w, 3, "intValue", number);
	protow_end(&o->w);
}

/* KeyValue, in a list. */
static void
put_key_value(struct otlpw *o, const char *key, const char *s, size_t len,
    int64_t number)
{
	if (s && len == 0)
		return;
	protow_begin(&o->w, 0, NULL);
	protow_str(&o->w, 1, "key", key, strlen(key));
	put_value(o, s, len, number);
	protow_end(&o->w);
}

static void
put_text(struct otlpw *o, const char *key, const char *s)
{
	struct buf b = { 0 };

	if (*s)
		frame_put_name(&b, s, strlen(s));
	put_key_value(o, key, buf_str(&b), b.len, 0);
	buf_free(&b);
}

/* -- resources ------------------------------------------------------------- */

/* Threads of a process have heads of their own, and the resource in common. */
static uint32_t
resource_of(struct otlpw *o, uint32_t parent, uint32_t name)
{
	const struct head *h = fold_head(o->f, name);
	uint32_t n = o->resource_keys.n, id;
	struct buf b = { 0 };
	size_t len;
	const char *s = frames_text(&o->f->frames, name, &len);

	buf_addf(&b, "%u %lld %d ", parent, (long long)h->pid, h->container);
	buf_add(&b, s, h->container || h->comm_len > len ? len : h->comm_len);
	id = intern_add(&o->resource_keys, b.s, b.len);
	buf_free(&b);
	if (id < n)
		return id + 1;
	o->resource = grow_for(o->resource, o->resources, &o->resource_cap,
	    sizeof *o->resource);
	o->resource[o->resources] = (struct resource){
		.parent = parent, .name = name
	};
	return o->resources++;
}

static void
add_node(struct otlpw *o, uint32_t node)
{
	struct resource *r = &o->resource[o->of[node]];

	if (r->last)
		o->next[r->last] = node;
	else
		r->first = node;
	r->last = node;
}

/* Parents come before children. */
static void
find_resources(struct otlpw *o)
{
	const struct stacktab *t = &o->f->profile.stacks;

	o->of = new_array(t->n, sizeof *o->of);
	o->next = new_array(t->n, sizeof *o->next);
	o->resource = grow_for(NULL, 0, &o->resource_cap, sizeof *o->resource);
	o->resource[o->resources++] = (struct resource){ .parent = 0 };
	for (uint32_t i = 1; i < t->n; i++) {
		uint32_t name = (uint32_t)t->node[i].frame;

		o->of[i] = o->of[t->node[i].parent];
		if (fold_head(o->f, name))
			o->of[i] = resource_of(o, o->of[i], name);
		if (t->node[i].count)
			add_node(o, i);
	}
}

/* "k8s:shop/web-5d4f/nginx", "docker:web", "docker:9f86d081884c": place.h. */
static void
put_kubernetes(struct otlpw *o, const char *s, size_t len)
{
	static const char *const keys[] = {
		"k8s.namespace.name", "k8s.pod.name", "k8s.container.name",
	};

	for (size_t i = 0; i < GP_COUNT(keys); i++) {
		const char *slash = i < 2 ? memchr(s, '/', len) : NULL;
		size_t n = slash ? (size_t)(slash - s) : len;

		put_key_value(o, keys[i], s, n, 0);
		if (!slash)
			break;
		s += n + 1;
		len -= n + 1;
	}
}

static void
put_container(struct otlpw *o, const char *s, size_t len)
{
	static const char k8s[] = "k8s:";
	const char *colon;
	size_t n;

	if (len == sizeof PLACE_HOST - 1 && memcmp(s, PLACE_HOST, len) == 0)
		return;
	if (len > sizeof k8s - 1 && memcmp(s, k8s, sizeof k8s - 1) == 0) {
		put_kubernetes(o, s + sizeof k8s - 1, len - sizeof k8s + 1);
		return;
	}
	colon = memchr(s, ':', len);
	n = colon ? (size_t)(colon - s) : 0;
	put_key_value(o, "container.runtime.name", s, n, 0);
	if (colon) {
		s += n + 1;
		len -= n + 1;
	}
	for (n = 0; n < len && strchr("0123456789abcdef", s[n]); n++)
		;
	put_key_value(o, n == len && n == 12 ? "container.id" :
	    "container.name", s, len, 0);
}

static void
put_process(struct otlpw *o, const struct head *h, const char *s,
    size_t len)
{
	if (h->pid >= 0)
		put_key_value(o, "process.pid", NULL, 0, h->pid);
	put_key_value(o, "process.executable.name", s,
	    h->comm_len < len ? h->comm_len : len, 0);
}

/* OpenTelemetry's names of what uname(2) calls otherwise. */
static const char *
arch(const char *machine)
{
	return strcmp(machine, "x86_64") == 0 ? "amd64" :
	    strcmp(machine, "aarch64") == 0 ? "arm64" : machine;
}

static void
put_resource_attributes(struct otlpw *o, const struct resource *r)
{
	const char *host = meta_get(&o->f->meta, "host");
	const char *machine = meta_get(&o->f->meta, "arch");
	const struct head *h;
	const char *s;
	size_t len;

	protow_begin(&o->w, 1, "resource");
	protow_list(&o->w, 1, "attributes");
	if (host)
		put_text(o, "host.name", host);
	if (machine)
		put_text(o, "host.arch", arch(machine));
	for (; r != o->resource; r = &o->resource[r->parent]) {
		h = fold_head(o->f, r->name);
		s = frames_text(&o->f->frames, r->name, &len);
		if (h->container)
			put_container(o, s, len);
		else
			put_process(o, h, s, len);
	}
	protow_end(&o->w);
	protow_end(&o->w);
}

/* -- samples --------------------------------------------------------------- */

/* The number of a list of locations, innermost first. */
static uint32_t
stack_of(struct otlpw *o, size_t n)
{
	uint32_t node = 0;
	uint64_t *number;

	if (n == 0)
		return 0;
	while (n)
		node = stacktab_push(&o->stacks, node, o->path[--n]);
	number = &o->stacks.node[node].count;
	if (*number == 0) {
		o->stack = grow_for(o->stack, o->stack_n, &o->stack_cap,
		    sizeof *o->stack);
		o->stack[o->stack_n] = node;
		*number = o->stack_n++;
	}
	return (uint32_t)*number;
}

static size_t
take_path(struct otlpw *o, uint32_t node, uint32_t *head)
{
	uint32_t above, location;
	size_t n = 0;

	for (; node; node = above) {
		location = locations_at(&o->locations, node, &above);
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
			return attribute(o, "thread.id", false, h->tid);
	}
	return 0;
}

static void
put_sample(struct otlpw *o, uint32_t stack, uint32_t thread, size_t values,
    size_t times)
{
	protow_begin(&o->w, 0, NULL);
	protow_u32(&o->w, 1, "stackIndex", stack);
	protow_u32s(&o->w, 2, "attributeIndices", &thread, thread ? 1 : 0);
	protow_u64s(&o->w, 4, "values", o->value, values);
	protow_fixed64s(&o->w, 5, "timestampsUnixNano", o->at, times);
	protow_end(&o->w);
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

	stack = stack_of(o, n);
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
	o->times = new_array(n + (size_t)2, sizeof *o->times);
	o->time = new_array(o->t->n, sizeof *o->time);
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
	protow_begin(&o->w, number, key);
	protow_u32(&o->w, 1, "typeStrindex",
	    locations_text(&o->locations, type));
	protow_u32(&o->w, 2, "unitStrindex", text(o, unit));
	protow_end(&o->w);
}

static void
put_profile(struct otlpw *o, const struct resource *r)
{
	const struct timeline *t = o->t;

	protow_begin(&o->w, 0, NULL);
	put_type(o, 1, "sampleType", o->o->weight ? o->o->weight : "samples",
	    "count");
	protow_list(&o->w, 2, "samples");
	for (uint32_t node = r->first; node; node = o->next[node])
		put_node(o, node);
	protow_end(&o->w);
	protow_fixed64(&o->w, 3, "timeUnixNano", o->start_ns);
	if (o->times)
		protow_u64(&o->w, 4, "durationNano", o->zero_ns - o->start_ns +
		    (t->entry[t->n - 1].slot + (uint64_t)1) * t->slot_ns);
	if (o->period.value) {
		put_type(o, 5, "periodType", o->period.type, o->period.unit);
		protow_u64(&o->w, 6, "period", o->period.value);
	}
	protow_end(&o->w);
}

static void
put_scope(struct otlpw *o)
{
	const char *tool = o->o->tool, *slash = strchr(tool, '/');
	uint64_t lost = o->f->meta.lost;
	size_t n = slash ? (size_t)(slash - tool) : strlen(tool);

	protow_begin(&o->w, 1, "scope");
	protow_str(&o->w, 1, "name", tool, n);
	if (slash)
		protow_str(&o->w, 2, "version", slash + 1, strlen(slash + 1));
	if (lost) {
		protow_list(&o->w, 3, "attributes");
		put_key_value(o, "gp.lost", NULL, 0, lost > INT64_MAX ?
		    INT64_MAX : (int64_t)lost);
		protow_end(&o->w);
	}
	protow_end(&o->w);
}

static void
put_resource(struct otlpw *o, const struct resource *r)
{
	protow_begin(&o->w, 0, NULL);
	put_resource_attributes(o, r);
	protow_list(&o->w, 2, "scopeProfiles");
	protow_begin(&o->w, 0, NULL);
	put_scope(o);
	protow_list(&o->w, 2, "profiles");
	put_profile(o, r);
	protow_end(&o->w);
	protow_end(&o->w);
	protow_end(&o->w);
	end(o);
}

/* -- the dictionary -------------------------------------------------------- */

static void
put_mapping(struct otlpw *o, const struct locations_mapping *m)
{
	uint32_t id = 0;

	if (m->build_id)
		id = attribute(o, "process.executable.build_id.gnu", true,
		    m->build_id);
	protow_begin(&o->w, 0, NULL);
	/* Addresses are those of the file: it may have any. */
	if (m->path)
		protow_u64(&o->w, 2, "memoryLimit", UINT64_MAX);
	protow_u32(&o->w, 4, "filenameStrindex", m->path);
	protow_u32s(&o->w, 5, "attributeIndices", &id, id ? 1 : 0);
	end(o);
}

/* The names that OpenTelemetry has for kinds of frames; of others nothing is
 * said. */
static uint32_t
frame_type(struct otlpw *o, const struct location *l)
{
	static const struct { const char *word, *type; } types[] = {
		{ "kernel", "kernel" }, { "python", "cpython" },
		{ "ruby", "ruby" }, { "php", "php" }, { "dotnet", "dotnet" },
		{ "javascript", "v8js" }, { "perl", "perl" },
		{ "interpreted", "jvm" }, { "c1", "jvm" },
	};
	const char *word, *type = NULL;

	if (l->bit == 0)
		type = l->mapping ? "native" : NULL;
	for (size_t i = 0; l->bit && (word = suffix_word(i)); i++)
		for (size_t k = 0; k < GP_COUNT(types); k++)
			if (l->bit == (uint32_t)1 << i &&
			    strcmp(word, types[k].word) == 0)
				type = types[k].type;
	return type ? attribute(o, "profile.frame.type", true,
	    text(o, type)) : 0;
}

static void
put_location(struct otlpw *o, const struct location *l)
{
	const struct locations_line *line = &o->locations.line[l->first];
	uint32_t id = frame_type(o, l);

	protow_begin(&o->w, 0, NULL);
	protow_u32(&o->w, 1, "mappingIndex", l->mapping);
	protow_u64(&o->w, 2, "address", l->address);
	if (l->lines)
		protow_list(&o->w, 3, "lines");
	for (uint32_t i = 0; i < l->lines; i++) {
		protow_begin(&o->w, 0, NULL);
		protow_u32(&o->w, 1, "functionIndex", line[i].function);
		protow_u64(&o->w, 2, "line", (uint64_t)line[i].line);
		protow_end(&o->w);
	}
	if (l->lines)
		protow_end(&o->w);
	protow_u32s(&o->w, 4, "attributeIndices", &id, id ? 1 : 0);
	end(o);
}

static void
put_function(struct otlpw *o, const struct locations_function *f)
{
	protow_begin(&o->w, 0, NULL);
	protow_u32(&o->w, 1, "nameStrindex", f->name);
	protow_u32(&o->w, 3, "filenameStrindex", f->file);
	end(o);
}

/* KeyValueAndUnit. */
static void
put_attribute(struct otlpw *o, const struct attribute *a)
{
	const struct intern *strings = &o->locations.strings;

	protow_begin(&o->w, 0, NULL);
	protow_u32(&o->w, 1, "keyStrindex", a->key);
	if (a->key && a->is_text)
		put_value(o, intern_str(strings, (uint32_t)a->value),
		    intern_len(strings, (uint32_t)a->value), 0);
	else if (a->key)
		put_value(o, NULL, 0, a->value);
	end(o);
}

static void
put_stack(struct otlpw *o, uint32_t node)
{
	const struct stacktab_node *t = o->stacks.node;
	size_t n = 0;

	for (; node; node = t[node].parent) {
		o->path = grow_for(o->path, n, &o->path_cap, sizeof *o->path);
		o->path[n++] = (uint32_t)t[node].frame;
	}
	protow_begin(&o->w, 0, NULL);
	protow_u32s(&o->w, 1, "locationIndices", o->path, n);
	end(o);
}

/* What refers to other tables comes before them: it may add to them. */
static void
put_tables(struct otlpw *o)
{
	const struct locations *l = &o->locations;

	protow_list(&o->w, 1, "mappingTable");
	for (uint32_t i = 0; i < l->mappings; i++)
		put_mapping(o, &l->mapping[i]);
	protow_end(&o->w);
	protow_list(&o->w, 2, "locationTable");
	for (uint32_t i = 0; i < l->n; i++)
		put_location(o, &l->location[i]);
	protow_end(&o->w);
	protow_list(&o->w, 3, "functionTable");
	for (uint32_t i = 0; i < l->functions; i++)
		put_function(o, &l->function[i]);
	protow_end(&o->w);
	protow_list(&o->w, 4, "linkTable");
	protow_begin(&o->w, 0, NULL);
	protow_end(&o->w);
	protow_end(&o->w);
	protow_list(&o->w, 6, "attributeTable");
	for (uint32_t i = 0; i < o->attributes; i++)
		put_attribute(o, &o->attribute[i]);
	protow_end(&o->w);
	protow_list(&o->w, 7, "stackTable");
	for (uint32_t i = 0; i < o->stack_n; i++)
		put_stack(o, o->stack[i]);
	protow_end(&o->w);
	protow_list(&o->w, 5, "stringTable");
	for (uint32_t i = 0; i < l->strings.n; i++)
		protow_str(&o->w, 0, NULL, intern_str(&l->strings, i),
		    intern_len(&l->strings, i));
	protow_end(&o->w);
}

static void
write_all(struct otlpw *o)
{
	/* ExportProfilesServiceRequest. */
	protow_begin(&o->w, 0, NULL);
	protow_list(&o->w, 1, "resourceProfiles");
	for (uint32_t i = 0; i < o->resources; i++)
		if (o->resource[i].first)
			put_resource(o, &o->resource[i]);
	protow_end(&o->w);
	protow_begin(&o->w, 2, "dictionary");
	put_tables(o);
	protow_end(&o->w);
	protow_end(&o->w);
	if (o->w.json)
		buf_addc(&o->w.b, '\n');
	flush(o, 0);
}

static void
free_all(struct otlpw *o)
{
	protow_free(&o->w);
	locations_free(&o->locations);
	stacktab_free(&o->stacks);
	pairmap_free(&o->attribute_at);
	intern_free(&o->resource_keys);
	free(o->stack);
	free(o->attribute);
	free(o->resource);
	free(o->of);
	free(o->next);
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
		.f = f, .t = t, .o = options, .out = out,
		.w.json = options->json,
	};

	o.start_ns = nanoseconds(meta_seconds(meta_get(&f->meta, "start")));
	o.zero_ns = nanoseconds(options->start);
	if (o.zero_ns < o.start_ns)
		o.zero_ns = 0;
	if (!options->weight)
		o.period = period_of(&f->meta);
	if (o.period.value > INT64_MAX)
		o.period.value = 0;
	locations_init(&o.locations, f, false);
	/* The zeroed entries of the tables that are ours. */
	o.attribute = grow_for(NULL, 0, &o.attribute_cap, sizeof *o.attribute);
	o.attribute[o.attributes++] = (struct attribute){ .key = 0 };
	o.stack = grow_for(NULL, 0, &o.stack_cap, sizeof *o.stack);
	o.stack[o.stack_n++] = 0;
	find_resources(&o);
	find_times(&o);
	write_all(&o);
	free_all(&o);
}
