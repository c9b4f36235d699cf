#include "profile/pprof.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/pairmap.h"
#include "profile/nameparts.h"
#include "profile/place.h"
#include "profile/pprof.pb-c.h"
#include "profile/protobufc.h"
#include "profile/suffix.h"
#include "stream/frame.h"

/* Fields of a profile; see pprof.proto. */
enum {
	SAMPLE_TYPE = 1,
	SAMPLE = 2,
	MAPPING = 3,
	LOCATION = 4,
	FUNCTION = 5,
	STRING = 6,
	DEFAULT_TYPE = 14,
};

struct string {
	const char *s;
	size_t len;
};

struct mapping {
	struct string file, build_id;
	uint32_t module;
	bool has_module;
};

struct function {
	int64_t name, file;
};

struct line {
	uint64_t function;
	int64_t line;
};

struct location {
	uint64_t mapping, address;
	size_t line, lines;  /* in pprof.line */
	size_t frame, frames; /* in pprof.frame, outermost first; 0: not yet */
};

struct sample_type {
	struct string type, unit;
	bool taken;
	bool head;
	uint32_t id; /* of the head */
};

/* A growing array of any of them. */
struct table {
	void *at;
	size_t n, cap;
};

struct pprof {
	struct reading *r;
	struct protobufc_arena arena;
	struct table string, type, mapping, function, location, line, frame;
	struct pairmap mapping_at, function_at, location_at; /* by id */
	int64_t default_type;
	struct buf text;
	const char *wrong;
};

enum {
	/* Bytes that one sample, location and so on may take, unpacked. */
	MESSAGE_MAX = 64 << 20,
	/* Functions inlined at one place. */
	INLINED_MAX = 256,
};

static void *
table_add(struct table *t, size_t size)
{
	if (t->n == t->cap) {
		t->cap = t->cap ? t->cap * 2 : 64;
		t->at = reallocarray(t->at, t->cap, size);
		if (!t->at)
			die_nomem();
	}
	return (char *)t->at + size * t->n++;
}

/* -- the fields of the profile itself -------------------------------------- */

struct field {
	unsigned number, type;
	uint64_t value;      /* of a varint */
	const uint8_t *data; /* of what has a length */
	size_t len;
};

enum { VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5 };

static bool
take_varint(const uint8_t **p, size_t *len, uint64_t *v)
{
	*v = 0;
	for (unsigned shift = 0; shift < 64 && *len; shift += 7) {
		uint8_t byte = *(*p)++;

		--*len;
		*v |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			return true;
	}
	return false;
}

static bool
take_field(const uint8_t **p, size_t *len, struct field *f)
{
	uint64_t tag, size = 0;

	if (!take_varint(p, len, &tag) || tag >> 3 > UINT32_MAX)
		return false;
	f->number = (unsigned)(tag >> 3);
	f->type = tag & 7;
	switch (f->type) {
	case VARINT:
		return take_varint(p, len, &f->value);
	case FIXED64:
		size = 8;
		break;
	case BYTES:
		if (!take_varint(p, len, &size))
			return false;
		break;
	case FIXED32:
		size = 4;
		break;
	default:
		return false;
	}
	if (size > *len)
		return false;
	f->data = *p;
	f->len = (size_t)size;
	*p += size;
	*len -= size;
	return true;
}

bool
pprof_is(const void *data, size_t len)
{
	/* By number: a bit for each type that the field may be written as. */
	static const uint8_t types[] = {
		0, 1 << BYTES, 1 << BYTES, 1 << BYTES, 1 << BYTES, 1 << BYTES,
		1 << BYTES, 1 << VARINT, 1 << VARINT, 1 << VARINT, 1 << VARINT,
		1 << BYTES, 1 << VARINT, 1 << BYTES | 1 << VARINT, 1 << VARINT,
		1 << VARINT,
	};
	const uint8_t *p = data;
	bool typed = false;
	struct field f;

	while (len && take_field(&p, &len, &f)) {
		if (f.number >= GP_COUNT(types) ||
		    !(types[f.number] & 1 << f.type))
			return false;
		/* Two numbers, each of a byte or two. */
		if (f.number == SAMPLE_TYPE && f.len <= 6 && f.len > 1 &&
		    (f.data[0] == 0x08 || f.data[0] == 0x10))
			typed = true;
	}
	return typed;
}

static ProtobufCAllocator *
fresh_arena(struct pprof *p)
{
	arena_reset(&p->arena.arena);
	p->arena.max = MESSAGE_MAX;
	return protobufc_allocator(&p->arena);
}

static bool
fail(struct pprof *p, const char *wrong)
{
	p->wrong = wrong;
	return false;
}

/* Remember where in a table an id is. Pairmap's numbers stop below 2^32. */
static bool
set_id(struct pprof *p, struct pairmap *m, uint64_t id, size_t at)
{
	if (at >= PPROF_TABLE_MAX)
		return fail(p, "has more entries than can be read");
	pairmap_set(m, id, 0, (uint32_t)at);
	return true;
}

static bool
take_mapping(struct pprof *p, const struct field *f)
{
	Pprof__Mapping *m = pprof__mapping__unpack(fresh_arena(p), f->len,
	    f->data);
	struct mapping *entry;

	if (!m)
		return fail(p, "has a malformed mapping");
	if (!set_id(p, &p->mapping_at, m->id, p->mapping.n))
		return false;
	entry = table_add(&p->mapping, sizeof *entry);
	/* Strings come later: their numbers, for now. */
	*entry = (struct mapping){
		.file.len = (size_t)m->filename,
		.build_id.len = (size_t)m->build_id,
	};
	return true;
}

static bool
take_function(struct pprof *p, const struct field *f)
{
	Pprof__Function *fn = pprof__function__unpack(fresh_arena(p), f->len,
	    f->data);
	struct function *entry;

	if (!fn)
		return fail(p, "has a malformed function");
	if (!set_id(p, &p->function_at, fn->id, p->function.n))
		return false;
	entry = table_add(&p->function, sizeof *entry);
	*entry = (struct function){ fn->name, fn->filename };
	return true;
}

static bool
take_location(struct pprof *p, const struct field *f)
{
	Pprof__Location *l = pprof__location__unpack(fresh_arena(p), f->len,
	    f->data);
	struct location *entry;
	struct line *line;

	if (!l || l->n_line > INLINED_MAX)
		return fail(p, "has a malformed location");
	if (!set_id(p, &p->location_at, l->id, p->location.n))
		return false;
	entry = table_add(&p->location, sizeof *entry);
	*entry = (struct location){
		.mapping = l->mapping_id, .address = l->address,
		.line = p->line.n, .lines = l->n_line,
	};
	for (size_t i = 0; i < l->n_line; i++) {
		line = table_add(&p->line, sizeof *line);
		*line = (struct line){ l->line[i]->function_id,
		    l->line[i]->line };
	}
	return p->line.n <= PPROF_TABLE_MAX ||
	    fail(p, "has more entries than can be read");
}

static bool
take_type(struct pprof *p, const struct field *f)
{
	Pprof__ValueType *v = pprof__value_type__unpack(fresh_arena(p), f->len,
	    f->data);
	struct sample_type *entry;

	if (!v)
		return fail(p, "has a malformed sample type");
	entry = table_add(&p->type, sizeof *entry);
	*entry = (struct sample_type){
		.type.len = (size_t)v->type, .unit.len = (size_t)v->unit,
	};
	return p->type.n <= PPROF_TABLE_MAX ||
	    fail(p, "has more entries than can be read");
}

static bool
take_string(struct pprof *p, const struct field *f)
{
	struct string *entry;

	if (p->string.n >= PPROF_TABLE_MAX)
		return fail(p, "has more entries than can be read");
	entry = table_add(&p->string, sizeof *entry);
	*entry = (struct string){ (const char *)f->data, f->len };
	return true;
}

/* All but the samples, which refer to what comes behind them. */
static bool
take_tables(struct pprof *p, const uint8_t *data, size_t len)
{
	struct field f;
	bool good = true;

	while (good && len) {
		if (!take_field(&data, &len, &f))
			return fail(p, "is cut, or no profile");
		if (f.number == DEFAULT_TYPE && f.type == VARINT)
			p->default_type = (int64_t)f.value;
		if (f.type != BYTES)
			continue;
		if (f.number == SAMPLE_TYPE)
			good = take_type(p, &f);
		else if (f.number == MAPPING)
			good = take_mapping(p, &f);
		else if (f.number == LOCATION)
			good = take_location(p, &f);
		else if (f.number == FUNCTION)
			good = take_function(p, &f);
		else if (f.number == STRING)
			good = take_string(p, &f);
	}
	return good;
}

static struct string
string(const struct pprof *p, int64_t i)
{
	if (i < 0 || (uint64_t)i >= p->string.n)
		return (struct string){ "", 0 };
	return ((struct string *)p->string.at)[i];
}

static void
resolve_strings(struct pprof *p)
{
	struct mapping *m = p->mapping.at;
	struct sample_type *t = p->type.at;

	for (size_t i = 0; i < p->mapping.n; i++) {
		m[i].file = string(p, (int64_t)m[i].file.len);
		m[i].build_id = string(p, (int64_t)m[i].build_id.len);
	}
	for (size_t i = 0; i < p->type.n; i++) {
		t[i].type = string(p, (int64_t)t[i].type.len);
		t[i].unit = string(p, (int64_t)t[i].unit.len);
	}
}

/* -- which values --------------------------------------------------------- */

static bool
is_text(struct string s, const char *text)
{
	return s.len == strlen(text) && memcmp(s.s, text, s.len) == 0;
}

/* The one that counts if nobody asked for one. */
static size_t
default_type(const struct pprof *p)
{
	const struct sample_type *t = p->type.at;
	struct string name = string(p, p->default_type);

	if (p->r->opt.weight == READING_SAMPLES)
		for (size_t i = 0; i < p->type.n; i++)
			if (is_text(t[i].type, "samples"))
				return i;
	for (size_t i = 0; i < p->type.n && name.len; i++)
		if (t[i].type.len == name.len &&
		    memcmp(t[i].type.s, name.s, name.len) == 0)
			return i;
	return p->type.n - 1;
}

/* Say what there is. */
static bool
no_such_type(struct pprof *p)
{
	static char wrong[256];
	const struct sample_type *t = p->type.at;

	buf_reset(&p->text);
	for (size_t i = 0; i < p->type.n; i++) {
		buf_adds(&p->text, i ? ", " : "");
		buf_add(&p->text, t[i].type.s, t[i].type.len);
	}
	snprintf(wrong, sizeof wrong, "has no samples of %s, but of %s",
	    p->r->opt.event, buf_str(&p->text));
	return fail(p, wrong);
}

static bool
choose_types(struct pprof *p)
{
	struct sample_type *t = p->type.at;
	const char *wanted = p->r->opt.event;
	bool any = false;

	if (p->type.n == 0)
		return fail(p, "has no sample types: is it a profile?");
	if (!wanted) {
		t[default_type(p)].taken = true;
		return true;
	}
	for (size_t i = 0; i < p->type.n; i++) {
		t[i].head = strcmp(wanted, "all") == 0;
		t[i].taken = t[i].head || is_text(t[i].type, wanted);
		if (t[i].head)
			t[i].id = fold_frame(p->r->fold, t[i].type.s,
			    t[i].type.len, FRAMES_NO_MODULE);
		any |= t[i].taken;
	}
	return any || no_such_type(p);
}

/* -- frames ---------------------------------------------------------------- */

static struct mapping *
mapping_of(const struct pprof *p, const struct location *l)
{
	uint32_t at = pairmap_get(&p->mapping_at, l->mapping, 0);

	return l->mapping == 0 || at == PAIRMAP_NONE ? NULL :
	    (struct mapping *)p->mapping.at + at;
}

static const char *
suffix_of(const struct mapping *m)
{
	return m ? suffix_of_mapping(m->file.s, m->file.len) : "";
}

/* The number of a mapping's file, where that is wanted. */
static uint32_t
module_of(struct pprof *p, struct mapping *m)
{
	struct buf build_id = { 0 };

	if (!m || !p->r->fold->opt.frames.modules || m->file.len == 0 ||
	    *suffix_of(m) || memchr(m->file.s, '\0', m->file.len))
		return FRAMES_NO_MODULE;
	if (m->has_module)
		return m->module;
	buf_reset(&p->text);
	buf_add(&p->text, m->file.s, m->file.len);
	buf_add(&build_id, m->build_id.s, m->build_id.len);
	m->module = frames_add_module(&p->r->fold->frames, p->text.s,
	    buf_str(&build_id));
	m->has_module = true;
	buf_free(&build_id);
	return m->module;
}

static void
add_frame(struct pprof *p, uint32_t module)
{
	uint32_t *id = table_add(&p->frame, sizeof *id);

	*id = fold_frame(p->r->fold, buf_str(&p->text), p->text.len, module);
}

/* A location without functions: its file, maybe with the address. */
static void
add_unknown(struct pprof *p, const struct location *l, struct mapping *m)
{
	uint32_t module = module_of(p, m);
	const char *s = m ? m->file.s : "", *slash;
	size_t len = m ? m->file.len : 0;

	slash = len ? memrchr(s, '/', len) : NULL;
	if (slash && slash + 1 < s + len) {
		len -= (size_t)(slash + 1 - s);
		s = slash + 1;
	}
	if (len > 2 && s[0] == '[' && s[len - 1] == ']') {
		s++;
		len -= 2;
	}
	if (m && strcmp(suffix_of(m), "_[k]") == 0) {
		s = "kernel";
		len = 6;
	}
	buf_reset(&p->text);
	if (len == 0) {
		buf_adds(&p->text, FRAME_UNKNOWN);
	} else {
		buf_addc(&p->text, '[');
		buf_add(&p->text, s, len);
		if (p->r->opt.addrs)
			buf_addf(&p->text, "+0x%" PRIx64, l->address);
		buf_addc(&p->text, ']');
		buf_adds(&p->text, suffix_of(m));
	}
	add_frame(p, module);
}

static void
add_line(struct pprof *p, const struct line *line, struct mapping *m,
    bool inlined)
{
	uint32_t at = pairmap_get(&p->function_at, line->function, 0);
	struct function none = { 0, 0 };
	const struct function *fn = line->function == 0 || at == PAIRMAP_NONE ?
	    &none : (struct function *)p->function.at + at;
	struct string name = string(p, fn->name), file = string(p, fn->file);
	uint32_t module = module_of(p, m);

	buf_reset(&p->text);
	nameparts_join(&p->text, name.s, name.len, file.s, file.len,
	    p->r->opt.lines ? line->line : 0);
	if (name.len)
		buf_adds(&p->text, inlined ? "_[i]" : suffix_of(m));
	add_frame(p, module);
}

/* The frames of a location, the first time that it is met. */
static void
add_frames(struct pprof *p, struct location *l)
{
	struct mapping *m = mapping_of(p, l);
	const struct line *line = p->line.at;

	l->frame = p->frame.n;
	if (l->lines == 0)
		add_unknown(p, l, m);
	for (size_t i = l->lines; i-- > 0;)
		add_line(p, &line[l->line + i], m, i + 1 < l->lines);
	l->frames = p->frame.n - l->frame;
}

/* -- samples ---------------------------------------------------------------- */

/* What the labels of a sample say of its process. */
struct labels {
	struct string comm, container;
	int64_t pid, tid;
};

static struct labels
take_labels(const struct pprof *p, const Pprof__Sample *s)
{
	struct labels l = { .pid = -1, .tid = -1 };

	for (size_t i = 0; i < s->n_label; i++) {
		const Pprof__Label *label = s->label[i];
		struct string key = string(p, label->key);

		if (is_text(key, "comm") || is_text(key, "process"))
			l.comm = string(p, label->str);
		else if (is_text(key, "container"))
			l.container = string(p, label->str);
		else if (is_text(key, "pid") && label->num >= 0)
			l.pid = label->num;
		else if (is_text(key, "tid") && label->num >= 0)
			l.tid = label->num;
	}
	return l;
}

/* Returns how many heads there are. */
static size_t
add_heads(struct pprof *p, const struct sample_type *t,
    const struct labels *l)
{
	struct reading *r = p->r;

	reading_begin(r);
	if (t->head)
		reading_add(r, t->id);
	if (r->fold->opt.container && (l->container.len || l->comm.len))
		reading_add(r, l->container.len ? fold_container(r->fold,
		    l->container.s, l->container.len) :
		    fold_container(r->fold, PLACE_HOST, sizeof PLACE_HOST - 1));
	if (l->comm.len || l->pid >= 0)
		reading_add(r, fold_process(r->fold, l->comm.s, l->comm.len,
		    l->pid, l->tid));
	return r->n;
}

static bool
count_sample(struct pprof *p, const Pprof__Sample *s)
{
	const struct sample_type *t = p->type.at;
	struct labels labels = take_labels(p, s);
	struct location *l;
	size_t heads;

	if (s->n_value != p->type.n) {
		reading_bad(p->r, "a sample with another number of values");
		return true;
	}
	for (size_t k = 0; k < s->n_value; k++) {
		if (!t[k].taken || s->value[k] == 0)
			continue;
		if (s->value[k] < 0) {
			reading_negative(p->r);
			continue;
		}
		heads = add_heads(p, &t[k], &labels);
		for (size_t i = s->n_location_id; i-- > 0;) {
			uint32_t at = pairmap_get(&p->location_at,
			    s->location_id[i], 0);

			if (s->location_id[i] == 0 || at == PAIRMAP_NONE)
				return fail(p, "has a sample in a location "
				    "that there is not");
			l = (struct location *)p->location.at + at;
			if (l->frames == 0)
				add_frames(p, l);
			for (size_t j = 0; j < l->frames; j++)
				reading_add(p->r, ((uint32_t *)
				    p->frame.at)[l->frame + j]);
		}
		reading_count(p->r, heads, (uint64_t)s->value[k]);
	}
	return true;
}

static bool
take_samples(struct pprof *p, const uint8_t *data, size_t len)
{
	Pprof__Sample *s;
	struct field f;

	while (len) {
		if (!take_field(&data, &len, &f))
			return fail(p, "is cut, or no profile");
		if (f.number != SAMPLE || f.type != BYTES)
			continue;
		s = pprof__sample__unpack(fresh_arena(p), f.len, f.data);
		if (!s)
			return fail(p, "has a malformed sample");
		if (!count_sample(p, s))
			return false;
	}
	return true;
}

static void
free_pprof(struct pprof *p)
{
	struct table *const table[] = {
		&p->string, &p->type, &p->mapping, &p->function, &p->location,
		&p->line, &p->frame,
	};

	for (size_t i = 0; i < GP_COUNT(table); i++)
		free(table[i]->at);
	pairmap_free(&p->mapping_at);
	pairmap_free(&p->function_at);
	pairmap_free(&p->location_at);
	arena_free(&p->arena.arena);
	buf_free(&p->text);
}

const char *
pprof_read(struct reading *r, const void *data, size_t len)
{
	struct pprof p = { .r = r };

	if (!protobufc_load())
		return "is in pprof's format, and libprotobuf-c is not installed";
	if (take_tables(&p, data, len)) {
		resolve_strings(&p);
		if (choose_types(&p))
			(void)take_samples(&p, data, len);
	}
	free_pprof(&p);
	return p.wrong;
}
