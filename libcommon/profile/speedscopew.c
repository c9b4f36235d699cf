#include "profile/speedscopew.h"

#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "base/jsonw.h"
#include "profile/nameparts.h"

#define SCHEMA "https://www.speedscope.app/file-format-schema.json"
#define WEIGHT_MAX (UINT64_C(1) << 52)

struct scopew {
	const struct fold *f;
	const struct timeline *t;
	struct jsonw json;
	uint32_t *number; /* of a name in shared.frames */
	uint64_t *rest;   /* by node: what no time is known of */
	uint32_t *path;
	size_t path_cap;
	void (*put)(struct scopew *s, uint32_t node, uint64_t count);
};

static void
put_frame(struct scopew *s, uint32_t name)
{
	size_t len;
	const char *text = frames_text(&s->f->frames, name, &len);
	struct nameparts p = nameparts_of(text, len);
	struct buf b = { 0 };

	buf_add(&b, text, p.len);
	buf_add(&b, p.suffix, p.suffix_len);
	jsonw_line(&s->json);
	jsonw_object(&s->json, NULL);
	jsonw_strn(&s->json, "name", buf_str(&b), b.len);
	if (p.file) {
		jsonw_strn(&s->json, "file", p.file, p.file_len);
		jsonw_i64(&s->json, "line", p.line);
	}
	jsonw_end(&s->json);
	buf_free(&b);
}

/* The names that stacks have, in the order of first sight. */
static void
put_frames(struct scopew *s)
{
	const struct stacktab *t = &s->f->profile.stacks;
	uint32_t n = 0;
	bool *used = grow_zeroed(t->n, sizeof *used);

	for (uint32_t i = t->n; i-- > 1; ) {
		used[i] |= t->node[i].count > 0;
		used[t->node[i].parent] |= used[i];
	}
	jsonw_array(&s->json, "frames");
	for (uint32_t i = 1; i < t->n; i++) {
		uint32_t name = (uint32_t)t->node[i].frame;

		if (!used[i] || s->number[name] != UINT32_MAX)
			continue;
		s->number[name] = n++;
		put_frame(s, name);
	}
	jsonw_end(&s->json);
	free(used);
}

static void
put_stack(struct scopew *s, uint32_t node, uint64_t count)
{
	const struct stacktab_node *t = s->f->profile.stacks.node;
	size_t n = 0;

	for (; node; node = t[node].parent) {
		s->path = grow_for(s->path, n, &s->path_cap, sizeof *s->path);
		s->path[n++] = s->number[t[node].frame];
	}
	for (; count; count -= count < WEIGHT_MAX ? count : WEIGHT_MAX) {
		jsonw_line(&s->json);
		jsonw_array(&s->json, NULL);
		for (size_t i = n; i-- > 0; )
			jsonw_u64(&s->json, NULL, s->path[i]);
		jsonw_end(&s->json);
	}
}

static void
put_weight(struct scopew *s, uint32_t node, uint64_t count)
{
	uint64_t part;

	(void)node;
	for (; count; count -= part) {
		part = count < WEIGHT_MAX ? count : WEIGHT_MAX;
		jsonw_u64(&s->json, NULL, part);
	}
}

static void
put_rest(void *arg, const char *stack, size_t len, uint32_t node)
{
	struct scopew *s = arg;

	(void)stack, (void)len;
	if (s->rest[node])
		s->put(s, node, s->rest[node]);
}

/* Put all samples, in the same order each time. */
static void
each_sample(struct scopew *s, const char *key,
    void (*put)(struct scopew *, uint32_t, uint64_t))
{
	s->put = put;
	jsonw_array(&s->json, key);
	for (size_t i = 0; s->t && i < s->t->n; i++)
		put(s, s->t->entry[i].stack, s->t->entry[i].count);
	profile_visit(&s->f->profile, put_rest, s);
	jsonw_end(&s->json);
}

static void
put_profile(struct scopew *s)
{
	const char *host = meta_get(&s->f->meta, "host");

	jsonw_object(&s->json, NULL);
	jsonw_str(&s->json, "type", "sampled");
	jsonw_str(&s->json, "name", host ? host : "samples");
	jsonw_str(&s->json, "unit", "none");
	jsonw_u64(&s->json, "startValue", 0);
	jsonw_double(&s->json, "endValue", (double)s->f->profile.samples);
	each_sample(s, "samples", put_stack);
	each_sample(s, "weights", put_weight);
	jsonw_end(&s->json);
}

static void
find_rest(struct scopew *s)
{
	const struct stacktab *t = &s->f->profile.stacks;

	s->rest = grow_zeroed(t->n, sizeof *s->rest);
	for (uint32_t i = 1; i < t->n; i++)
		s->rest[i] = t->node[i].count;
	for (size_t i = 0; s->t && i < s->t->n; i++)
		s->rest[s->t->entry[i].stack] -= s->t->entry[i].count;
}

void
speedscopew_write(const struct fold *f, const struct timeline *t,
    const char *tool, FILE *out)
{
	struct scopew s = { .f = f, .t = t, .json.f = out };
	size_t names = f->profile.names.n;

	s.number = grow_zeroed(names, sizeof *s.number);
	memset(s.number, 0xff, names * sizeof *s.number);
	find_rest(&s);
	jsonw_object(&s.json, NULL);
	jsonw_str(&s.json, "$schema", SCHEMA);
	jsonw_str(&s.json, "exporter", tool);
	jsonw_u64(&s.json, "activeProfileIndex", 0);
	jsonw_object(&s.json, "shared");
	put_frames(&s);
	jsonw_end(&s.json);
	jsonw_array(&s.json, "profiles");
	put_profile(&s);
	jsonw_end(&s.json);
	jsonw_end(&s.json);
	jsonw_done(&s.json);
	free(s.number);
	free(s.rest);
	free(s.path);
}
