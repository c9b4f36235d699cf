/*
 * A stack is a list of locations, and a location the frames that were inlined at
 * one place. So nodes of the tree of stacks form groups: a node that is inlined
 * belongs to the group of its parent. Groups are numbered by what they hold
 * (parent group, name), the same wherever they occur: that makes the table of
 * locations.
 */
#include "profile/pprofw.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/gzip.h"
#include "base/parse.h"
#include "profile/nameparts.h"
#include "profile/place.h"
#include "profile/pprof.pb-c.h"
#include "profile/protobufc.h"
#include "profile/suffix.h"
#include "stream/frame.h"

/* Fields of a profile; see pprof.proto. */
enum {
	SAMPLE_TYPE = 1, SAMPLE, MAPPING, LOCATION, FUNCTION, STRING,
	TIME_NANOS = 9, PERIOD_TYPE = 11, PERIOD, COMMENT, DEFAULT_TYPE,
};

enum {
	FLUSH = 1 << 16,
	/* Less than what pprof.c takes. */
	INLINED_MAX = 200,
};

/* What a name becomes. */
struct place {
	struct nameparts parts;
	bool address;      /* no function: an address in module */
	uint64_t addr;
	uint32_t module;
	size_t len;        /* of the text */
};

struct pprofw {
	const struct fold *f;
	const struct pprofw_options *o;
	FILE *out;
	struct gzip *gzip;
	struct buf b;
	struct intern strings;
	struct pairmap functions;     /* (name, file) -> id */
	struct intern mapping_key;
	uint32_t function_n, location_n;
	struct stacktab groups;       /* of names; counts hold location ids */
	uint32_t *group;              /* by node; 0: a head */
	uint8_t *depth;               /* by group: frames in it */
	size_t depth_cap;
	Pprof__Line *line;            /* INLINED_MAX each */
	Pprof__Line **line_p;
	uint64_t *path;
	size_t path_cap;
	uint64_t scale;               /* second value: count times this; 0: none */
	const char *scale_type, *scale_unit;
	struct buf text;
};

static void *
grow(void *p, size_t n, size_t size)
{
	p = reallocarray(p, n, size);
	if (!p)
		die_nomem();
	return p;
}

static void
flush(struct pprofw *w, size_t above)
{
	if (w->b.len <= above)
		return;
	if (w->gzip)
		gzip_add(w->gzip, w->b.s, w->b.len);
	else
		(void)!fwrite(w->b.s, 1, w->b.len, w->out);
	buf_reset(&w->b);
}

static void
add_message(struct pprofw *w, unsigned number, const ProtobufCMessage *m)
{
	protobufc_add_field(&w->b, number, m);
	flush(w, FLUSH);
}

static void
add_number(struct pprofw *w, unsigned number, uint64_t v)
{
	protobufc_add_varint(&w->b, (uint64_t)number << 3);
	protobufc_add_varint(&w->b, v);
}

/* The number of a string. */
static int64_t
string(struct pprofw *w, const char *s, size_t len)
{
	uint32_t n = w->strings.n, id = intern_add(&w->strings, s, len);

	if (id == n) {
		protobufc_add_varint(&w->b, STRING << 3 | 2);
		protobufc_add_varint(&w->b, len);
		buf_add(&w->b, s, len);
		flush(w, FLUSH);
	}
	return id;
}

static int64_t
text(struct pprofw *w, const char *s)
{
	return string(w, s, strlen(s));
}

/* Text from outside of frames, which are safe already. */
static int64_t
clean(struct pprofw *w, const char *s)
{
	struct buf b = { 0 };
	int64_t id;

	if (*s)
		frame_put_name(&b, s, strlen(s));
	id = string(w, buf_str(&b), b.len);
	buf_free(&b);
	return id;
}

/* -- tables ---------------------------------------------------------------- */

/* named: its locations have functions already. Two for one file, since pprof
 * names all or none of a mapping. */
static uint64_t
mapping(struct pprofw *w, const char *path, const char *build_id, bool named)
{
	Pprof__Mapping m = PPROF__MAPPING__INIT;
	uint32_t n = w->mapping_key.n, id;

	m.filename = clean(w, path);
	m.build_id = clean(w, build_id);
	buf_reset(&w->text);
	buf_addf(&w->text, "%" PRId64 " %" PRId64 " %d", m.filename,
	    m.build_id, named);
	id = intern_add(&w->mapping_key, w->text.s, w->text.len);
	m.id = (uint64_t)id + 1;
	if (id < n)
		return m.id;
	m.memory_limit = UINT64_MAX;
	m.has_functions = m.has_filenames = m.has_line_numbers =
	    m.has_inline_frames = named;
	add_message(w, MAPPING, &m.base);
	return m.id;
}

static uint64_t
function(struct pprofw *w, const char *s, const struct nameparts *p)
{
	Pprof__Function f = PPROF__FUNCTION__INIT;
	uint32_t id;

	f.name = f.system_name = string(w, s, p->len);
	if (p->file)
		f.filename = string(w, p->file, p->file_len);
	id = pairmap_get(&w->functions, (uint64_t)f.name,
	    (uint32_t)f.filename);
	if (id != PAIRMAP_NONE)
		return id;
	f.id = id = ++w->function_n;
	pairmap_set(&w->functions, (uint64_t)f.name, (uint32_t)f.filename, id);
	add_message(w, FUNCTION, &f.base);
	return f.id;
}

/* What pprof_read() makes of an address in a file: what it reads as. */
static void
put_address(struct buf *b, const char *path, uint64_t addr)
{
	const char *slash = strrchr(path, '/');
	size_t len;

	if (slash && slash[1])
		path = slash + 1;
	len = strlen(path);
	if (len > 2 && path[0] == '[' && path[len - 1] == ']') {
		path++;
		len -= 2;
	}
	buf_addc(b, '[');
	buf_add(b, path, len);
	buf_addf(b, "+0x%" PRIx64 "]", addr);
}

/* Whether a name in a module is nothing but an address in it. */
static bool
is_address(struct pprofw *w, const char *s, size_t len, uint32_t module,
    uint64_t *addr)
{
	const char *path = frames_module_path(&w->f->frames, module);
	const char *plus = memrchr(s, '+', len);
	size_t digits = plus ? len - (size_t)(plus - s) : 0;

	if (digits < 5 || plus[1] != '0' || plus[2] != 'x' ||
	    !parse_hex(plus + 3, digits - 4, addr))
		return false;
	buf_reset(&w->text);
	put_address(&w->text, path, *addr);
	return w->text.len == len && memcmp(w->text.s, s, len) == 0;
}

/* The address in "[kernel+0xffffffff81a0c0de]_[k]", or 0. */
static uint64_t
kernel_address(const char *s, size_t len)
{
	static const char before[] = "[kernel+0x", after[] = "]_[k]";
	const size_t n = sizeof before - 1, m = sizeof after - 1;
	uint64_t addr;

	return len > n + m && memcmp(s, before, n) == 0 &&
	    memcmp(s + len - m, after, m) == 0 &&
	    parse_hex(s + n, len - n - m, &addr) ? addr : 0;
}

static struct place
place_of(struct pprofw *w, uint32_t name)
{
	const char *s = intern_str(&w->f->profile.names, name);
	struct place p = { .address = false };

	p.len = frames_module(&w->f->frames, name, &p.module);
	p.parts = nameparts_of(s, p.len);
	/* Its name would be read as that of a kind of code. */
	if (p.module != FRAMES_NO_MODULE && *suffix_of_mapping(
	    frames_module_path(&w->f->frames, p.module),
	    strlen(frames_module_path(&w->f->frames, p.module))))
		p.module = FRAMES_NO_MODULE;
	if (p.module != FRAMES_NO_MODULE)
		p.address = is_address(w, s, p.len, p.module, &p.addr);
	return p;
}

static bool
is_inlined(const struct nameparts *p)
{
	return p->suffix_len == 4 && memcmp(p->suffix, "_[i]", 4) == 0;
}

/* The mapping that says what kind of code a function is. */
static uint64_t
mapping_of(struct pprofw *w, const struct place *p)
{
	const char *kind = p->parts.bit ? suffix_mapping(p->parts.bit) : NULL;

	if (kind)
		return mapping(w, kind, "", true);
	if (p->module == FRAMES_NO_MODULE)
		return 0;
	return mapping(w, frames_module_path(&w->f->frames, p->module),
	    frames_module_build_id(&w->f->frames, p->module), !p->address);
}

static void
set_line(struct pprofw *w, size_t i, const char *s, const struct place *p)
{
	Pprof__Line *l = &w->line[i];

	*l = (Pprof__Line)PPROF__LINE__INIT;
	l->function_id = function(w, s, &p->parts);
	l->line = p->parts.line;
	w->line_p[i] = l;
}

/* Write the location of a group. Its innermost frame comes first. */
static uint64_t
add_location(struct pprofw *w, uint32_t group)
{
	Pprof__Location l = PPROF__LOCATION__INIT;
	uint32_t g = group;
	struct place p;
	const char *s;

	for (;;) {
		s = intern_str(&w->f->profile.names,
		    (uint32_t)w->groups.node[g].frame);
		p = place_of(w, (uint32_t)w->groups.node[g].frame);
		g = w->groups.node[g].parent;
		if (p.address) {
			l.address = p.addr;
			break;
		}
		/* Alone, it is a function of this very name. */
		if (is_inlined(&p.parts) && g == 0)
			p.parts = (struct nameparts){ .len = p.len };
		set_line(w, l.n_line++, s, &p);
		if (g == 0)
			break;
	}
	if (!p.address)
		l.address = kernel_address(s, p.len);
	l.line = w->line_p;
	l.id = ++w->location_n;
	l.mapping_id = mapping_of(w, &p);
	add_message(w, LOCATION, &l.base);
	return l.id;
}

/* -- groups ---------------------------------------------------------------- */

static void
note_depth(struct pprofw *w, uint32_t group, uint8_t depth)
{
	if (group >= w->depth_cap) {
		w->depth_cap = group < 512 ? 1024 : 2 * (size_t)group;
		w->depth = grow(w->depth, w->depth_cap, sizeof *w->depth);
	}
	w->depth[group] = depth;
}

/* Find the group of each node. Parents come before their children. */
static void
make_groups(struct pprofw *w)
{
	const struct stacktab *t = &w->f->profile.stacks;
	struct place p;

	w->group = grow(NULL, t->n ? t->n : 1, sizeof *w->group);
	w->group[0] = 0;
	for (uint32_t i = 1; i < t->n; i++) {
		uint32_t parent = w->group[t->node[i].parent];
		uint32_t name = (uint32_t)t->node[i].frame;

		w->group[i] = 0;
		if (fold_head(w->f, name))
			continue;
		p = place_of(w, name);
		if (parent == 0 || !is_inlined(&p.parts) ||
		    w->depth[parent] >= INLINED_MAX)
			parent = 0;
		w->group[i] = stacktab_push(&w->groups, parent, name);
		/* What has no function has nothing inlined. */
		note_depth(w, w->group[i], p.address ? INLINED_MAX :
		    (uint8_t)(parent ? w->depth[parent] + 1 : 1));
	}
}

/* -- samples --------------------------------------------------------------- */

struct labels {
	Pprof__Label label[4], *p[4];
	size_t n;
};

static Pprof__Label *
add_label(struct pprofw *w, struct labels *l, const char *key)
{
	Pprof__Label *label = &l->label[l->n];

	*label = (Pprof__Label)PPROF__LABEL__INIT;
	label->key = text(w, key);
	l->p[l->n++] = label;
	return label;
}

static void
add_head(struct pprofw *w, struct labels *l, uint32_t name)
{
	const struct fold_head *h = fold_head(w->f, name);
	size_t len;
	const char *s = frames_text(&w->f->frames, name, &len);

	if (h->container) {
		/* Who knows a process and no container knows that. */
		if (len != sizeof PLACE_HOST - 1 ||
		    memcmp(s, PLACE_HOST, len) != 0)
			add_label(w, l, "container")->str = string(w, s, len);
		return;
	}
	len = h->comm_len < len ? h->comm_len : len;
	add_label(w, l, "comm")->str = string(w, s, len);
	if (h->pid >= 0)
		add_label(w, l, "pid")->num = h->pid;
	if (h->tid >= 0)
		add_label(w, l, "tid")->num = h->tid;
}

static void
add_to_path(struct pprofw *w, size_t *n, uint64_t location)
{
	if (*n == w->path_cap) {
		w->path_cap = *n ? *n * 2 : 256;
		w->path = grow(w->path, w->path_cap, sizeof *w->path);
	}
	w->path[(*n)++] = location;
}

static void
add_sample(struct pprofw *w, uint32_t node)
{
	const struct stacktab *t = &w->f->profile.stacks;
	Pprof__Sample s = PPROF__SAMPLE__INIT;
	struct labels labels = { .n = 0 };
	uint64_t left = t->node[node].count, *location;
	int64_t value[2];

	for (uint32_t i = node, g; i; ) {
		g = w->group[i];
		if (g == 0) {
			add_head(w, &labels, (uint32_t)t->node[i].frame);
			i = t->node[i].parent;
			continue;
		}
		location = &w->groups.node[g].count;
		if (*location == 0)
			*location = add_location(w, g);
		add_to_path(w, &s.n_location_id, *location);
		for (; g; g = w->groups.node[g].parent)
			i = t->node[i].parent;
	}
	s.location_id = w->path;
	s.label = labels.p;
	s.n_label = labels.n;
	s.value = value;
	s.n_value = w->scale ? 2 : 1;
	for (; left; left -= (uint64_t)value[0]) {
		value[0] = left > INT64_MAX ? INT64_MAX : (int64_t)left;
		value[1] = (int64_t)((uint64_t)value[0] * w->scale);
		add_message(w, SAMPLE, &s.base);
	}
}

/* -- the head -------------------------------------------------------------- */

/* What the second value is, and how much of it a sample stands for. */
static void
choose_scale(struct pprofw *w)
{
	const char *freq = meta_get(&w->f->meta, "freq");
	const char *period = meta_get(&w->f->meta, "period");
	const char *event = meta_get(&w->f->meta, "event");
	uint64_t v, all;

	if (w->o->weight)
		return;
	if (freq && parse_u64(freq, &v) && v && v <= 1000000000) {
		w->scale = (1000000000 + v / 2) / v;
		w->scale_type = "cpu";
		w->scale_unit = "nanoseconds";
	} else if (event && period && parse_u64(period, &v) && v) {
		w->scale = v;
		w->scale_type = event;
		w->scale_unit = "count";
	}
	/* No value may be more than it can say. */
	if (__builtin_mul_overflow(w->f->profile.samples, w->scale, &all) ||
	    all > INT64_MAX)
		w->scale = 0;
}

static void
add_type(struct pprofw *w, unsigned number, const char *type,
    const char *unit)
{
	Pprof__ValueType v = PPROF__VALUE_TYPE__INIT;

	v.type = clean(w, type);
	v.unit = text(w, unit);
	add_message(w, number, &v.base);
}

/* Where and how, as far as all streams agree. */
static void
add_comments(struct pprofw *w)
{
	static const char *const keys[] = {
		"host", "kernel", "arch", "cpus", "event", "freq", "period",
	};
	const struct meta *m = &w->f->meta;
	struct buf b = { 0 };

	if (w->o->tool)
		add_number(w, COMMENT, (uint64_t)clean(w, w->o->tool));
	for (size_t i = 0; i < GP_COUNT(keys); i++) {
		const char *value = meta_get(m, keys[i]);

		if (!value)
			continue;
		buf_reset(&b);
		buf_addf(&b, "%s=%s", keys[i], value);
		add_number(w, COMMENT, (uint64_t)clean(w, b.s));
	}
	if (m->lost) {
		buf_reset(&b);
		buf_addf(&b, "lost=%" PRIu64, m->lost);
		add_number(w, COMMENT, (uint64_t)text(w, b.s));
	}
	buf_free(&b);
}

static void
write_head(struct pprofw *w)
{
	int64_t start = meta_seconds(meta_get(&w->f->meta, "start"));

	/* Numbers of strings are known once they are written: types first, by
	 * which the format is told. */
	text(w, "");
	if (w->o->weight)
		add_type(w, SAMPLE_TYPE, w->o->weight, "count");
	else
		add_type(w, SAMPLE_TYPE, "samples", "count");
	if (w->scale) {
		add_type(w, SAMPLE_TYPE, w->scale_type, w->scale_unit);
		add_type(w, PERIOD_TYPE, w->scale_type, w->scale_unit);
		add_number(w, PERIOD, w->scale);
		add_number(w, DEFAULT_TYPE, (uint64_t)clean(w,
		    w->scale_type));
	}
	if (start > 0 && start < INT64_MAX / 1000000000)
		add_number(w, TIME_NANOS, (uint64_t)start * 1000000000);
	add_comments(w);
}

static void
write_all(struct pprofw *w)
{
	const struct stacktab *t = &w->f->profile.stacks;

	w->line = grow(NULL, INLINED_MAX + 1, sizeof *w->line);
	w->line_p = grow(NULL, INLINED_MAX + 1, sizeof *w->line_p);
	choose_scale(w);
	write_head(w);
	make_groups(w);
	for (uint32_t i = 1; i < t->n; i++)
		if (t->node[i].count)
			add_sample(w, i);
	flush(w, 0);
}

static void
free_all(struct pprofw *w)
{
	buf_free(&w->b);
	buf_free(&w->text);
	intern_free(&w->strings);
	intern_free(&w->mapping_key);
	pairmap_free(&w->functions);
	stacktab_free(&w->groups);
	free(w->group);
	free(w->depth);
	free(w->line);
	free(w->line_p);
	free(w->path);
}

const char *
pprofw_write(const struct fold *f, const struct pprofw_options *o, FILE *out)
{
	struct pprofw w = { .f = f, .o = o, .out = out };

	if (!protobufc_load())
		return "libprotobuf-c is not installed";
	if (o->packed) {
		w.gzip = gzip_new(out);
		if (!w.gzip)
			return "zlib is not installed";
	}
	write_all(&w);
	if (w.gzip)
		gzip_done(w.gzip);
	free_all(&w);
	return NULL;
}
