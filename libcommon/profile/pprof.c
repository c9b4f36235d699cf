#include "profile/pprof.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "base/protor.h"
#include "profile/nameparts.h"
#include "profile/place.h"
#include "profile/pprof.pb-c.h"
#include "profile/pproftab.h"
#include "profile/suffix.h"
#include "stream/frame.h"

struct pprof {
	struct reading *r;
	struct pproftab t;
	struct pproftab_array frame; /* of locations: their numbers */
	struct buf text;
	const char *wrong;
};

bool
pprof_is(const void *data, size_t len)
{
	enum { NUMBER = 1 << PROTOR_VARINT, BYTES = 1 << PROTOR_BYTES };
	/* By number: a bit for each type that the field may be written as. */
	static const uint8_t types[] = {
		0, BYTES, BYTES, BYTES, BYTES, BYTES, BYTES, NUMBER, NUMBER,
		NUMBER, NUMBER, BYTES, NUMBER, BYTES | NUMBER, NUMBER, NUMBER,
	};
	const uint8_t *p = data;
	bool typed = false;
	struct protor_field f;

	while (len && protor_next(&p, &len, &f)) {
		if (f.number >= GP_COUNT(types) ||
		    !(types[f.number] & 1 << f.type))
			return false;
		/* Two numbers, each of a byte or two. */
		if (f.number == PPROFTAB_TYPE && f.len <= 6 && f.len > 1 &&
		    (f.data[0] == 0x08 || f.data[0] == 0x10))
			typed = true;
	}
	return typed;
}

static bool
fail(struct pprof *p, const char *wrong)
{
	p->wrong = wrong;
	return false;
}

/* -- which values --------------------------------------------------------- */

static bool
is_text(struct pproftab_string s, const char *text)
{
	return s.len == strlen(text) && memcmp(s.s, text, s.len) == 0;
}

/* The one that counts if nobody asked for one. */
static size_t
default_type(const struct pprof *p)
{
	const struct pproftab_type *t = p->t.type.at;
	struct pproftab_string name = pproftab_string(&p->t, p->t.default_type);

	if (p->r->opt.weight == READING_SAMPLES)
		for (size_t i = 0; i < p->t.type.n; i++)
			if (is_text(t[i].type, "samples"))
				return i;
	for (size_t i = 0; i < p->t.type.n && name.len; i++)
		if (t[i].type.len == name.len &&
		    memcmp(t[i].type.s, name.s, name.len) == 0)
			return i;
	return p->t.type.n - 1;
}

/* Say what there is. */
static bool
no_such_type(struct pprof *p)
{
	static char wrong[256];
	const struct pproftab_type *t = p->t.type.at;

	buf_reset(&p->text);
	for (size_t i = 0; i < p->t.type.n; i++) {
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
	struct pproftab_type *t = p->t.type.at;
	const char *wanted = p->r->opt.event;
	bool any = false;

	if (p->t.type.n == 0)
		return fail(p, "has no sample types: is it a profile?");
	if (!wanted) {
		t[default_type(p)].taken = true;
		return true;
	}
	for (size_t i = 0; i < p->t.type.n; i++) {
		t[i].head = strcmp(wanted, "all") == 0;
		t[i].taken = t[i].head || is_text(t[i].type, wanted);
		if (t[i].head)
			t[i].id = fold_event(p->r->fold, t[i].type.s,
			    t[i].type.len);
		any |= t[i].taken;
	}
	return any || no_such_type(p);
}

/* -- frames ---------------------------------------------------------------- */

static struct pproftab_mapping *
mapping_of(const struct pprof *p, const struct pproftab_location *l)
{
	uint32_t at = pairmap_get(&p->t.mapping_at, l->mapping, 0);

	return l->mapping == 0 || at == PAIRMAP_NONE ? NULL :
	    (struct pproftab_mapping *)p->t.mapping.at + at;
}

static const char *
suffix_of(const struct pproftab_mapping *m)
{
	return m ? suffix_of_mapping(m->file.s, m->file.len) : "";
}

/* The number of a mapping's file, where that is wanted. */
static uint32_t
module_of(struct pprof *p, struct pproftab_mapping *m)
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
	uint32_t *id = pproftab_add(&p->frame, sizeof *id);

	*id = fold_frame(p->r->fold, buf_str(&p->text), p->text.len, module);
}

/* A location without functions: its file, maybe with the address. */
static void
add_unknown(struct pprof *p, const struct pproftab_location *l,
    struct pproftab_mapping *m)
{
	uint32_t module = module_of(p, m);
	const char *s = m ? m->file.s : "";
	size_t len = m ? m->file.len : 0;

	frame_cut_module(&s, &len);
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
add_line(struct pprof *p, const struct pproftab_line *line,
    struct pproftab_mapping *m, bool inlined)
{
	uint32_t at = pairmap_get(&p->t.function_at, line->function, 0);
	struct pproftab_function none = { 0, 0 };
	const struct pproftab_function *fn = line->function == 0 ||
	    at == PAIRMAP_NONE ? &none :
	    (struct pproftab_function *)p->t.function.at + at;
	struct pproftab_string name = pproftab_string(&p->t, fn->name);
	struct pproftab_string file = pproftab_string(&p->t, fn->file);
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
add_frames(struct pprof *p, struct pproftab_location *l)
{
	struct pproftab_mapping *m = mapping_of(p, l);
	const struct pproftab_line *line = p->t.line.at;

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
	struct pproftab_string comm, container;
	int64_t pid, tid;
};

/* Take a label's number, which may be text: Go's labels are nothing else. What is
 * no number stands for something that is not ours. */
static void
take_number(const struct pprof *p, const Pprof__Label *label, int64_t *out)
{
	struct pproftab_string s = pproftab_string(&p->t, label->str);
	uint64_t n;

	if (label->str == 0 && label->num >= 0)
		*out = label->num;
	else if (parse_digits(s.s, s.len, &n) && n <= INT64_MAX)
		*out = (int64_t)n;
}

static struct labels
take_labels(const struct pprof *p, const Pprof__Sample *s)
{
	struct labels l = { .pid = -1, .tid = -1 };

	for (size_t i = 0; i < s->n_label; i++) {
		const Pprof__Label *label = s->label[i];
		struct pproftab_string key = pproftab_string(&p->t, label->key);

		if (is_text(key, "comm") || is_text(key, "process"))
			l.comm = pproftab_string(&p->t, label->str);
		else if (is_text(key, "container"))
			l.container = pproftab_string(&p->t, label->str);
		else if (is_text(key, "pid"))
			take_number(p, label, &l.pid);
		else if (is_text(key, "tid"))
			take_number(p, label, &l.tid);
	}
	return l;
}

/* Returns how many heads there are. A process without a name is one where pids
 * are shown; 0 is an empty label. */
static size_t
add_heads(struct pprof *p, const struct pproftab_type *t,
    const struct labels *l)
{
	struct reading *r = p->r;
	const char *comm = l->comm.len ? l->comm.s : NULL;

	reading_begin(r);
	if (t->head)
		reading_add(r, t->id);
	if (r->fold->opt.heads.container && (l->container.len || l->comm.len))
		reading_add(r, l->container.len ? fold_container(r->fold,
		    l->container.s, l->container.len) :
		    fold_container(r->fold, PLACE_HOST, sizeof PLACE_HOST - 1));
	if (comm || (l->pid > 0 && r->fold->opt.heads.pid))
		reading_add(r, fold_process(r->fold, comm, l->comm.len,
		    l->pid, l->tid));
	return r->n;
}

static bool
count_sample(struct pprof *p, const Pprof__Sample *s)
{
	const struct pproftab_type *t = p->t.type.at;
	struct labels labels = take_labels(p, s);
	struct pproftab_location *l;
	size_t heads;

	if (s->n_value != p->t.type.n) {
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
			uint32_t at = pairmap_get(&p->t.location_at,
			    s->location_id[i], 0);

			if (s->location_id[i] == 0 || at == PAIRMAP_NONE)
				return fail(p, "has a sample in a location "
				    "that there is not");
			l = (struct pproftab_location *)p->t.location.at + at;
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
	struct protor_field f;

	while (len) {
		if (!protor_next(&data, &len, &f))
			return fail(p, "is cut, or no profile");
		if (f.number != PPROFTAB_SAMPLE || f.type != PROTOR_BYTES)
			continue;
		s = pprof__sample__unpack(pproftab_arena(&p->t), f.len, f.data);
		if (!s)
			return fail(p, "has a malformed sample");
		if (!count_sample(p, s))
			return false;
	}
	return true;
}

static void
read_samples(struct pprof *p, const void *data, size_t len)
{
	if (!pproftab_read(&p->t, data, len))
		p->wrong = p->t.wrong;
	else if (choose_types(p))
		(void)!take_samples(p, data, len);
	pproftab_free(&p->t);
	free(p->frame.at);
	buf_free(&p->text);
}

const char *
pprof_read(struct reading *r, const void *data, size_t len)
{
	struct pprof p = { .r = r };

	if (!protobufc_load())
		return "is in pprof's format, and libprotobuf-c is not installed";
	read_samples(&p, data, len);
	return p.wrong;
}
