#include "profile/otlpres.h"

#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "profile/place.h"

/* Threads of a process have heads of their own, and the resource in common. */
static uint32_t
resource_of(struct otlpres *o, uint32_t parent, uint32_t name)
{
	const struct head *h = fold_head(o->f, name);
	uint32_t n = o->keys.n, id;
	struct buf b = { 0 };
	size_t len;
	const char *s = frames_text(&o->f->frames, name, &len);

	buf_addf(&b, "%u %lld %d ", parent, (long long)h->pid, h->container);
	buf_add(&b, s, h->container || h->comm_len > len ? len : h->comm_len);
	id = intern_add(&o->keys, b.s, b.len);
	buf_free(&b);
	if (id < n)
		return id + 1;
	o->entry = grow_for(o->entry, o->n, &o->cap,
	    sizeof *o->entry);
	o->entry[o->n] = (struct otlpres_entry){
		.parent = parent, .name = name
	};
	return o->n++;
}

/* The profile of an event in a resource. */
static uint32_t
profile_of(struct otlpres *o, uint32_t resource, uint32_t event)
{
	struct otlpres_entry *r = &o->entry[resource];
	uint32_t id = pairmap_get(&o->profile_at, resource, event);

	if (id != PAIRMAP_NONE)
		return id;
	id = ++o->profiles;
	o->profile = grow_for(o->profile, id, &o->profile_cap,
	    sizeof *o->profile);
	o->profile[id] = (struct otlpres_profile){ .event = event };
	pairmap_set(&o->profile_at, resource, event, id);
	if (r->last)
		o->profile[r->last].next = id;
	else
		r->first = id;
	r->last = id;
	return id;
}

static void
add_node(struct otlpres *o, uint32_t node)
{
	uint32_t id = profile_of(o, o->of[node], o->events.of[node]);
	struct otlpres_profile *p = &o->profile[id];

	if (p->last)
		o->next[p->last] = node;
	else
		p->first = node;
	p->last = node;
}

/* Parents come before children. */
void
otlpres_find(struct otlpres *o, const struct fold *f)
{
	const struct stacktab *t = &f->profile.stacks;

	o->f = f;
	o->of = grow_zeroed(t->n, sizeof *o->of);
	o->next = grow_zeroed(t->n, sizeof *o->next);
	o->entry = grow_for(NULL, 0, &o->cap, sizeof *o->entry);
	o->entry[o->n++] = (struct otlpres_entry){ .parent = 0 };
	events_init(&o->events, f);
	for (uint32_t i = 1; i < t->n; i++) {
		uint32_t name = (uint32_t)t->node[i].frame;
		const struct head *h = fold_head(o->f, name);

		o->of[i] = o->of[t->node[i].parent];
		if (h && !h->event)
			o->of[i] = resource_of(o, o->of[i], name);
		if (t->node[i].count)
			add_node(o, i);
	}
}

/* "k8s:shop/web-5d4f/nginx", "docker:web", "docker:9f86d081884c": place.h. */
static void
put_kubernetes(struct otlpput *o, const char *s, size_t len)
{
	static const char *const keys[] = {
		"k8s.namespace.name", "k8s.pod.name", "k8s.container.name",
	};

	for (size_t i = 0; i < GP_COUNT(keys); i++) {
		const char *slash = i < 2 ? memchr(s, '/', len) : NULL;
		size_t n = slash ? (size_t)(slash - s) : len;

		otlpput_key_value(o, keys[i], s, n, 0);
		if (!slash)
			break;
		s += n + 1;
		len -= n + 1;
	}
}

static void
put_container(struct otlpput *o, const char *s, size_t len)
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
	otlpput_key_value(o, "container.runtime.name", s, n, 0);
	if (colon) {
		s += n + 1;
		len -= n + 1;
	}
	for (n = 0; n < len && strchr("0123456789abcdef", s[n]); n++)
		;
	otlpput_key_value(o, n == len && n == 12 ? "container.id" :
	    "container.name", s, len, 0);
}

static void
put_process(struct otlpput *o, const struct head *h, const char *s,
    size_t len)
{
	if (h->pid >= 0)
		otlpput_key_value(o, "process.pid", NULL, 0, h->pid);
	if (h->comm_len)
		otlpput_key_value(o, "process.executable.name", s,
		    h->comm_len < len ? h->comm_len : len, 0);
}

/* OpenTelemetry's names of what uname(2) calls otherwise. */
static const char *
arch(const char *machine)
{
	return strcmp(machine, "x86_64") == 0 ? "amd64" :
	    strcmp(machine, "aarch64") == 0 ? "arm64" : machine;
}

void
otlpres_put(const struct otlpres *o, uint32_t id, struct otlpput *p)
{
	const struct otlpres_entry *r = &o->entry[id];
	const char *host = meta_get(&o->f->meta, "host");
	const char *machine = meta_get(&o->f->meta, "arch");
	const struct head *h;
	const char *s;
	size_t len;

	protow_begin(&p->w, 1, "resource");
	protow_list(&p->w, 1, "attributes");
	if (host)
		otlpput_text(p, "host.name", host);
	if (machine)
		otlpput_text(p, "host.arch", arch(machine));
	for (; r != o->entry; r = &o->entry[r->parent]) {
		h = fold_head(o->f, r->name);
		s = frames_text(&o->f->frames, r->name, &len);
		if (h->container)
			put_container(p, s, len);
		else
			put_process(p, h, s, len);
	}
	protow_end(&p->w);
	protow_end(&p->w);
}

void
otlpres_free(struct otlpres *o)
{
	intern_free(&o->keys);
	events_free(&o->events);
	pairmap_free(&o->profile_at);
	free(o->entry);
	free(o->profile);
	free(o->next);
	free(o->of);
	*o = (struct otlpres){ 0 };
}
