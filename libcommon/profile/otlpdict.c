#include "profile/otlpdict.h"

#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "profile/suffix.h"

void
otlpdict_init(struct otlpdict *o, const struct fold *f)
{
	locations_init(&o->locations, f, false);
	/* The zeroed entries of the tables that are not theirs. */
	o->attribute = grow_for(NULL, 0, &o->attribute_cap,
	    sizeof *o->attribute);
	o->attribute[o->attributes++] = (struct otlpdict_attribute){ .key = 0 };
	o->stack = grow_for(NULL, 0, &o->stack_cap, sizeof *o->stack);
	o->stack[o->stack_n++] = 0;
}

uint32_t
otlpdict_text(struct otlpdict *o, const char *s)
{
	return intern_add(&o->locations.strings, s, strlen(s));
}

uint32_t
otlpdict_attribute(struct otlpdict *o, const char *key, bool is_text, int64_t value)
{
	const struct otlpdict_attribute a = { otlpdict_text(o, key), is_text, value };
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

uint32_t
otlpdict_stack(struct otlpdict *o, const uint32_t *location, size_t n)
{
	uint32_t node = 0;
	uint64_t *number;

	if (n == 0)
		return 0;
	while (n)
		node = stacktab_push(&o->stacks, node, location[--n]);
	number = &o->stacks.node[node].count;
	if (*number == 0) {
		o->stack = grow_for(o->stack, o->stack_n, &o->stack_cap,
		    sizeof *o->stack);
		o->stack[o->stack_n] = node;
		*number = o->stack_n++;
	}
	return (uint32_t)*number;
}

static void
put_mapping(struct otlpdict *o, struct otlpput *p, const struct locations_mapping *m)
{
	uint32_t id = 0;

	if (m->build_id)
		id = otlpdict_attribute(o, "process.executable.build_id.gnu", true,
		    m->build_id);
	protow_begin(&p->w, 0, NULL);
	/* Addresses are those of the file: it may have any. */
	if (m->path)
		protow_u64(&p->w, 2, "memoryLimit", UINT64_MAX);
	protow_u32(&p->w, 4, "filenameStrindex", m->path);
	protow_u32s(&p->w, 5, "attributeIndices", &id, id ? 1 : 0);
	otlpput_end(p);
}

/* The names that OpenTelemetry has for kinds of frames; of others nothing is
 * said. */
static uint32_t
frame_type(struct otlpdict *o, const struct location *l)
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
	return type ? otlpdict_attribute(o, "profile.frame.type", true,
	    otlpdict_text(o, type)) : 0;
}

static void
put_location(struct otlpdict *o, struct otlpput *p, const struct location *l)
{
	const struct locations_line *line = &o->locations.line[l->first];
	uint32_t id = frame_type(o, l);

	protow_begin(&p->w, 0, NULL);
	protow_u32(&p->w, 1, "mappingIndex", l->mapping);
	protow_u64(&p->w, 2, "address", l->address);
	if (l->lines)
		protow_list(&p->w, 3, "lines");
	for (uint32_t i = 0; i < l->lines; i++) {
		protow_begin(&p->w, 0, NULL);
		protow_u32(&p->w, 1, "functionIndex", line[i].function);
		protow_u64(&p->w, 2, "line", (uint64_t)line[i].line);
		protow_end(&p->w);
	}
	if (l->lines)
		protow_end(&p->w);
	protow_u32s(&p->w, 4, "attributeIndices", &id, id ? 1 : 0);
	otlpput_end(p);
}

static void
put_function(struct otlpput *p, const struct locations_function *f)
{
	protow_begin(&p->w, 0, NULL);
	protow_u32(&p->w, 1, "nameStrindex", f->name);
	protow_u32(&p->w, 3, "filenameStrindex", f->file);
	otlpput_end(p);
}

/* KeyValueAndUnit. */
static void
put_attribute(struct otlpdict *o, struct otlpput *p, const struct otlpdict_attribute *a)
{
	const struct intern *strings = &o->locations.strings;

	protow_begin(&p->w, 0, NULL);
	protow_u32(&p->w, 1, "keyStrindex", a->key);
	if (a->key && a->is_text)
		otlpput_value(p, intern_str(strings, (uint32_t)a->value),
		    intern_len(strings, (uint32_t)a->value), 0);
	else if (a->key)
		otlpput_value(p, NULL, 0, a->value);
	otlpput_end(p);
}

static void
put_stack(struct otlpdict *o, struct otlpput *p, uint32_t node)
{
	const struct stacktab_node *t = o->stacks.node;
	size_t n = 0;

	for (; node; node = t[node].parent) {
		o->path = grow_for(o->path, n, &o->path_cap, sizeof *o->path);
		o->path[n++] = (uint32_t)t[node].frame;
	}
	protow_begin(&p->w, 0, NULL);
	protow_u32s(&p->w, 1, "locationIndices", o->path, n);
	otlpput_end(p);
}

/* What refers to other tables comes before them: it may add to them. */
void
otlpdict_put(struct otlpdict *o, struct otlpput *p)
{
	const struct locations *l = &o->locations;

	protow_list(&p->w, 1, "mappingTable");
	for (uint32_t i = 0; i < l->mappings; i++)
		put_mapping(o, p, &l->mapping[i]);
	protow_end(&p->w);
	protow_list(&p->w, 2, "locationTable");
	for (uint32_t i = 0; i < l->n; i++)
		put_location(o, p, &l->location[i]);
	protow_end(&p->w);
	protow_list(&p->w, 3, "functionTable");
	for (uint32_t i = 0; i < l->functions; i++)
		put_function(p, &l->function[i]);
	protow_end(&p->w);
	protow_list(&p->w, 4, "linkTable");
	protow_begin(&p->w, 0, NULL);
	protow_end(&p->w);
	protow_end(&p->w);
	protow_list(&p->w, 6, "attributeTable");
	for (uint32_t i = 0; i < o->attributes; i++)
		put_attribute(o, p, &o->attribute[i]);
	protow_end(&p->w);
	protow_list(&p->w, 7, "stackTable");
	for (uint32_t i = 0; i < o->stack_n; i++)
		put_stack(o, p, o->stack[i]);
	protow_end(&p->w);
	protow_list(&p->w, 5, "stringTable");
	for (uint32_t i = 0; i < l->strings.n; i++)
		protow_str(&p->w, 0, NULL, intern_str(&l->strings, i),
		    intern_len(&l->strings, i));
	protow_end(&p->w);
}

void
otlpdict_free(struct otlpdict *o)
{
	locations_free(&o->locations);
	stacktab_free(&o->stacks);
	pairmap_free(&o->attribute_at);
	free(o->stack);
	free(o->attribute);
	free(o->path);
	*o = (struct otlpdict){ 0 };
}
