#include "profile/pproftab.h"

#include <stdlib.h>

#include "base/grow.h"
#include "base/protor.h"
#include "profile/pprof.pb-c.h"

enum {
	/* Bytes that one sample, location and so on may take, unpacked. */
	MESSAGE_MAX = 64 << 20,
	/* Functions inlined at one place. */
	INLINED_MAX = 256,
};

void *
pproftab_add(struct pproftab_array *t, size_t size)
{
	t->at = grow_for(t->at, t->n, &t->cap, size);
	return (char *)t->at + size * t->n++;
}

ProtobufCAllocator *
pproftab_arena(struct pproftab *p)
{
	arena_reset(&p->arena.arena);
	p->arena.max = MESSAGE_MAX;
	return protobufc_allocator(&p->arena);
}

static bool
fail(struct pproftab *p, const char *wrong)
{
	p->wrong = wrong;
	return false;
}

/* Remember where in a table an id is. Pairmap's numbers stop below 2^32. */
static bool
set_id(struct pproftab *p, struct pairmap *m, uint64_t id, size_t at)
{
	if (at >= PPROFTAB_MAX)
		return fail(p, "has more entries than can be read");
	pairmap_set(m, id, 0, (uint32_t)at);
	return true;
}

static bool
take_mapping(struct pproftab *p, const struct protor_field *f)
{
	Pprof__Mapping *m = pprof__mapping__unpack(pproftab_arena(p), f->len,
	    f->data);
	struct pproftab_mapping *entry;

	if (!m)
		return fail(p, "has a malformed mapping");
	if (!set_id(p, &p->mapping_at, m->id, p->mapping.n))
		return false;
	entry = pproftab_add(&p->mapping, sizeof *entry);
	/* Strings come later: their numbers, for now. */
	*entry = (struct pproftab_mapping){
		.file.len = (size_t)m->filename,
		.build_id.len = (size_t)m->build_id,
	};
	return true;
}

static bool
take_function(struct pproftab *p, const struct protor_field *f)
{
	Pprof__Function *fn = pprof__function__unpack(pproftab_arena(p), f->len,
	    f->data);
	struct pproftab_function *entry;

	if (!fn)
		return fail(p, "has a malformed function");
	if (!set_id(p, &p->function_at, fn->id, p->function.n))
		return false;
	entry = pproftab_add(&p->function, sizeof *entry);
	*entry = (struct pproftab_function){ fn->name, fn->filename };
	return true;
}

static bool
take_location(struct pproftab *p, const struct protor_field *f)
{
	Pprof__Location *l = pprof__location__unpack(pproftab_arena(p), f->len,
	    f->data);
	struct pproftab_location *entry;
	struct pproftab_line *line;

	if (!l || l->n_line > INLINED_MAX)
		return fail(p, "has a malformed location");
	if (!set_id(p, &p->location_at, l->id, p->location.n))
		return false;
	entry = pproftab_add(&p->location, sizeof *entry);
	*entry = (struct pproftab_location){
		.mapping = l->mapping_id, .address = l->address,
		.line = p->line.n, .lines = l->n_line,
	};
	for (size_t i = 0; i < l->n_line; i++) {
		line = pproftab_add(&p->line, sizeof *line);
		*line = (struct pproftab_line){ l->line[i]->function_id,
		    l->line[i]->line };
	}
	return p->line.n <= PPROFTAB_MAX ||
	    fail(p, "has more entries than can be read");
}

static bool
take_type(struct pproftab *p, const struct protor_field *f)
{
	Pprof__ValueType *v = pprof__value_type__unpack(pproftab_arena(p),
	    f->len, f->data);
	struct pproftab_type *entry;

	if (!v)
		return fail(p, "has a malformed sample type");
	entry = pproftab_add(&p->type, sizeof *entry);
	*entry = (struct pproftab_type){
		.type.len = (size_t)v->type, .unit.len = (size_t)v->unit,
	};
	return p->type.n <= PPROFTAB_MAX ||
	    fail(p, "has more entries than can be read");
}

static bool
take_string(struct pproftab *p, const struct protor_field *f)
{
	struct pproftab_string *entry;

	if (p->string.n >= PPROFTAB_MAX)
		return fail(p, "has more entries than can be read");
	entry = pproftab_add(&p->string, sizeof *entry);
	*entry = (struct pproftab_string){ (const char *)f->data, f->len };
	return true;
}

/* All but the samples, which refer to what comes behind them. */
static bool
take_tables(struct pproftab *p, const uint8_t *data, size_t len)
{
	struct protor_field f;
	bool good = true;

	while (good && len) {
		if (!protor_next(&data, &len, &f))
			return fail(p, "is cut, or no profile");
		if (f.number == PPROFTAB_DEFAULT_TYPE &&
		    f.type == PROTOR_VARINT)
			p->default_type = (int64_t)f.value;
		if (f.type != PROTOR_BYTES)
			continue;
		if (f.number == PPROFTAB_TYPE)
			good = take_type(p, &f);
		else if (f.number == PPROFTAB_MAPPING)
			good = take_mapping(p, &f);
		else if (f.number == PPROFTAB_LOCATION)
			good = take_location(p, &f);
		else if (f.number == PPROFTAB_FUNCTION)
			good = take_function(p, &f);
		else if (f.number == PPROFTAB_STRING)
			good = take_string(p, &f);
	}
	return good;
}

struct pproftab_string
pproftab_string(const struct pproftab *p, int64_t i)
{
	if (i < 0 || (uint64_t)i >= p->string.n)
		return (struct pproftab_string){ "", 0 };
	return ((struct pproftab_string *)p->string.at)[i];
}

static void
resolve_strings(struct pproftab *p)
{
	struct pproftab_mapping *m = p->mapping.at;
	struct pproftab_type *t = p->type.at;

	for (size_t i = 0; i < p->mapping.n; i++) {
		m[i].file = pproftab_string(p, (int64_t)m[i].file.len);
		m[i].build_id = pproftab_string(p, (int64_t)m[i].build_id.len);
	}
	for (size_t i = 0; i < p->type.n; i++) {
		t[i].type = pproftab_string(p, (int64_t)t[i].type.len);
		t[i].unit = pproftab_string(p, (int64_t)t[i].unit.len);
	}
}

bool
pproftab_read(struct pproftab *p, const void *data, size_t len)
{
	if (!take_tables(p, data, len))
		return false;
	resolve_strings(p);
	return true;
}

void
pproftab_free(struct pproftab *p)
{
	struct pproftab_array *const array[] = {
		&p->string, &p->type, &p->mapping, &p->function, &p->location,
		&p->line,
	};

	for (size_t i = 0; i < GP_COUNT(array); i++)
		free(array[i]->at);
	pairmap_free(&p->mapping_at);
	pairmap_free(&p->function_at);
	pairmap_free(&p->location_at);
	arena_free(&p->arena.arena);
}
