/*
 * A stack is a list of locations, and a location the frames that were inlined at
 * one place. So nodes of the tree of stacks form groups: a node that is inlined
 * belongs to the group of its parent. Groups are numbered by what they hold
 * (parent group, name), the same wherever they occur: that makes the table of
 * locations.
 */
#include "profile/locations.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/grow.h"
#include "base/parse.h"
#include "profile/nameparts.h"
#include "profile/suffix.h"
#include "stream/frame.h"

/* Lines in a location: less than what pprof.c takes. */
enum { INLINED_MAX = 200 };

/* What a name becomes. */
struct place {
	struct nameparts parts;
	bool address;      /* no function: an address in module */
	uint64_t addr;
	uint32_t module;
	size_t len;        /* of the text */
};

static uint32_t
string(struct locations *l, const char *s, size_t len)
{
	return intern_add(&l->strings, s, len);
}

uint32_t
locations_text(struct locations *l, const char *s)
{
	buf_reset(&l->text);
	if (*s)
		frame_put_name(&l->text, s, strlen(s));
	return string(l, buf_str(&l->text), l->text.len);
}

/* -- tables ---------------------------------------------------------------- */

static uint32_t
add_mapping(struct locations *l, const struct locations_mapping *m)
{
	l->mapping = grow_for(l->mapping, l->mappings, &l->mapping_cap,
	    sizeof *m);
	l->mapping[l->mappings] = *m;
	return l->mappings++;
}

static uint32_t
mapping(struct locations *l, const char *path, const char *build_id,
    bool named)
{
	const struct locations_mapping m = {
		.path = locations_text(l, path),
		.build_id = locations_text(l, build_id),
		.named = named && l->split,
	};
	const uint32_t key[] = { m.path, m.build_id, m.named };
	uint32_t n = l->mapping_keys.n, id;

	id = intern_add(&l->mapping_keys, (const char *)key, sizeof key);
	return id < n ? id + 1 : add_mapping(l, &m);
}

static uint32_t
add_function(struct locations *l, const struct locations_function *f)
{
	l->function = grow_for(l->function, l->functions, &l->function_cap,
	    sizeof *f);
	l->function[l->functions] = *f;
	return l->functions++;
}

static uint32_t
function(struct locations *l, const char *s, const struct nameparts *p)
{
	struct locations_function f = { .name = string(l, s, p->len) };
	uint32_t id;

	if (p->file)
		f.file = string(l, p->file, p->file_len);
	id = pairmap_get(&l->function_at, f.name, f.file);
	if (id != PAIRMAP_NONE)
		return id;
	id = add_function(l, &f);
	pairmap_set(&l->function_at, f.name, f.file, id);
	return id;
}

static void
add_line(struct locations *l, uint32_t f, int64_t line)
{
	l->line = grow_for(l->line, l->lines, &l->line_cap, sizeof *l->line);
	l->line[l->lines++] = (struct locations_line){ f, line };
}

static uint32_t
add_location(struct locations *l, const struct location *at)
{
	l->location = grow_for(l->location, l->n, &l->cap, sizeof *at);
	l->location[l->n] = *at;
	return l->n++;
}

/* -- places ---------------------------------------------------------------- */

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
is_address(struct locations *l, const char *s, size_t len, uint32_t module,
    uint64_t *addr)
{
	const char *path = frames_module_path(&l->f->frames, module);
	const char *plus = memrchr(s, '+', len);
	size_t digits = plus ? len - (size_t)(plus - s) : 0;

	if (digits < 5 || plus[1] != '0' || plus[2] != 'x' ||
	    !parse_hex(plus + 3, digits - 4, addr))
		return false;
	buf_reset(&l->text);
	put_address(&l->text, path, *addr);
	return l->text.len == len && memcmp(l->text.s, s, len) == 0;
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
place_of(struct locations *l, uint32_t name)
{
	const char *s = intern_str(&l->f->profile.names, name);
	struct place p = { .address = false };

	p.len = frames_module(&l->f->frames, name, &p.module);
	p.parts = nameparts_of(s, p.len);
	/* Its name would be read as that of a kind of code. */
	if (p.module != FRAMES_NO_MODULE && *suffix_of_mapping(
	    frames_module_path(&l->f->frames, p.module),
	    strlen(frames_module_path(&l->f->frames, p.module))))
		p.module = FRAMES_NO_MODULE;
	if (p.module != FRAMES_NO_MODULE)
		p.address = is_address(l, s, p.len, p.module, &p.addr);
	return p;
}

static bool
is_inlined(const struct nameparts *p)
{
	return p->suffix_len == 4 && memcmp(p->suffix, "_[i]", 4) == 0;
}

/* The mapping that says what kind of code a function is. */
static uint32_t
mapping_of(struct locations *l, const struct place *p)
{
	const char *kind = p->parts.bit ? suffix_mapping(p->parts.bit) : NULL;

	if (kind)
		return mapping(l, kind, "", true);
	if (p->module == FRAMES_NO_MODULE)
		return 0;
	return mapping(l, frames_module_path(&l->f->frames, p->module),
	    frames_module_build_id(&l->f->frames, p->module), !p->address);
}

/* The location of a group. Its innermost frame comes first. */
static uint32_t
new_location(struct locations *l, uint32_t group)
{
	struct location at = { .first = l->lines };
	uint32_t g = group;
	struct place p;
	const char *s;

	for (;;) {
		s = intern_str(&l->f->profile.names,
		    (uint32_t)l->groups.node[g].frame);
		p = place_of(l, (uint32_t)l->groups.node[g].frame);
		g = l->groups.node[g].parent;
		if (p.address) {
			at.address = p.addr;
			break;
		}
		/* Alone, it is a function of this very name. */
		if (is_inlined(&p.parts) && g == 0)
			p.parts = (struct nameparts){ .len = p.len };
		add_line(l, function(l, s, &p.parts), p.parts.line);
		at.lines++;
		if (g == 0)
			break;
	}
	if (!p.address)
		at.address = kernel_address(s, p.len);
	at.bit = p.parts.bit;
	at.mapping = mapping_of(l, &p);
	return add_location(l, &at);
}

/* -- groups ---------------------------------------------------------------- */

static void
note_depth(struct locations *l, uint32_t group, uint8_t depth)
{
	l->depth = grow_for(l->depth, group, &l->depth_cap, sizeof *l->depth);
	l->depth[group] = depth;
}

/* Find the group of each node. Parents come before their children. */
static void
make_groups(struct locations *l)
{
	const struct stacktab *t = &l->f->profile.stacks;
	struct place p;

	l->group = calloc(t->n ? t->n : 1, sizeof *l->group);
	if (!l->group)
		die_nomem();
	for (uint32_t i = 1; i < t->n; i++) {
		uint32_t parent = l->group[t->node[i].parent];
		uint32_t name = (uint32_t)t->node[i].frame;

		if (fold_head(l->f, name))
			continue;
		p = place_of(l, name);
		if (parent == 0 || !is_inlined(&p.parts) ||
		    l->depth[parent] >= INLINED_MAX)
			parent = 0;
		l->group[i] = stacktab_push(&l->groups, parent, name);
		/* What has no function has nothing inlined. */
		note_depth(l, l->group[i], p.address ? INLINED_MAX :
		    (uint8_t)(parent ? l->depth[parent] + 1 : 1));
	}
}

void
locations_init(struct locations *l, const struct fold *f, bool split)
{
	*l = (struct locations){ .f = f, .split = split };
	string(l, "", 0);
	add_mapping(l, &(struct locations_mapping){ .path = 0 });
	add_function(l, &(struct locations_function){ .name = 0 });
	add_line(l, 0, 0);
	add_location(l, &(struct location){ .address = 0 });
	make_groups(l);
}

uint32_t
locations_at(struct locations *l, uint32_t node, uint32_t *above)
{
	const struct stacktab_node *t = l->f->profile.stacks.node;
	uint32_t group = l->group[node];
	uint64_t *location;

	*above = t[node].parent;
	if (group == 0)
		return 0;
	for (uint32_t g = l->groups.node[group].parent; g;
	    g = l->groups.node[g].parent)
		*above = t[*above].parent;
	location = &l->groups.node[group].count;
	if (*location == 0)
		*location = new_location(l, group);
	return (uint32_t)*location;
}

void
locations_free(struct locations *l)
{
	intern_free(&l->strings);
	intern_free(&l->mapping_keys);
	pairmap_free(&l->function_at);
	stacktab_free(&l->groups);
	buf_free(&l->text);
	free(l->mapping);
	free(l->function);
	free(l->line);
	free(l->location);
	free(l->group);
	free(l->depth);
	*l = (struct locations){ .f = NULL };
}
