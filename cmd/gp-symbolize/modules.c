#include "modules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/parse.h"

/* When the record comes, and when the first address is named. */
enum { TRIES_MAX = 2 };

uint32_t
modules_find(const struct modules *m, uint32_t id)
{
	return pairmap_get(&m->by_id, id, 0);
}

/* Say how it went to add a module's file; true if it was added. */
static bool
judge(struct module *v, enum images_err err, const char *why, const char *from)
{
	switch (err) {
	case IMAGES_OK:
		diag_verbose("%s: found through %s", v->path, from);
		return true;
	case IMAGES_EOTHER:
		diag(DIAG_MODULE_REPLACED, v->path, 0, "seen through %s", from);
		return false;
	case IMAGES_EBAD:
	case IMAGES_ECRASH:
		if (why)
			diag(err == IMAGES_EBAD ? DIAG_MODULE_BAD :
			    DIAG_MODULE_CRASH, v->path, 0, "%s", why);
		v->bad = true; /* said once, not again with the next try */
		v->tries = TRIES_MAX;
		return false;
	}
	return false;
}

/*
 * Take an open file if it is the right one. Returns false to try the next place:
 * another build, or something broken where another copy may be whole.
 */
static bool
take_file(struct modules *m, struct module *v, const struct opened *o,
    const char *from)
{
	const char *why = NULL;
	enum images_err err = images_add(&m->images, o, &v->build_id, v->path,
	    &v->image, &why);

	return judge(v, err, why, from);
}

static void
find_vdso(struct modules *m, struct module *v)
{
	if (buildid_is_none(&v->build_id) && m->finder.targets->foreign)
		return;
	(void)judge(v, images_add_vdso(&m->images, &v->build_id, v->path,
	    &v->image), NULL, "gp-symbolize itself");
}

static struct finder_module
module_of(const struct module *v)
{
	return (struct finder_module){ .path = v->path,
		.build_id = &v->build_id, .target = v->target,
		.map_start = v->map_start, .map_end = v->map_end };
}

static void
search(struct modules *m, struct module *v)
{
	struct finder_search s = { .m = module_of(v) };
	struct opened o;

	while (finder_next(&m->finder, &s, &o))
		if (take_file(m, v, &o, s.from))
			return;
	v->image = IMAGE_NONE;
	if (!s.hung)
		return;
	if (!v->bad)
		diag(DIAG_MODULE_CRASH, v->path, 0,
		    "to look it up took too long, or failed badly");
	v->bad = true;
	v->tries = TRIES_MAX;
}

static void
find_file(struct modules *m, struct module *v)
{
	/* Its names remain its own, whatever else has its build id by now. */
	bool own = v->image != IMAGE_NONE &&
	    images_owner(&m->images, v->image) != 0;

	v->tries++;
	v->image = IMAGE_NONE;
	if (!own && !buildid_is_none(&v->build_id)) {
		uint32_t known = images_find(&m->images, &v->build_id);

		if (known != IMAGE_NONE && images_is_open(&m->images, known)) {
			v->image = known;
			return;
		}
	}
	if (strcmp(v->path, "[vdso]") == 0)
		find_vdso(m, v);
	else
		search(m, v);
}

/* "[libc.so.6]": the last part of the path, in brackets if it has none. */
static const char *
make_label(struct modules *m, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash && slash[1] ? slash + 1 : path;
	size_t len = strlen(name);
	char *label;

	if (len > 2 && name[0] == '[' && name[len - 1] == ']')
		return name;
	label = arena_alloc(&m->arena, len + 3);
	label[0] = '[';
	memcpy(label + 1, name, len);
	label[len + 1] = ']';
	return label;
}

static bool
parse_record(struct modules *m, struct module *v, const struct record *r,
    uint32_t *id)
{
	const char *path = record_get(r, "path");
	const char *build_id = record_get(r, "build_id");
	const char *map = record_get(r, "map");
	const char *offsets = record_get(r, "offsets");
	uint64_t n, pid;

	*v = (struct module){ .target = TARGET_NONE, .image = IMAGE_NONE };
	if (!record_get_u64(r, "id", &n) || n > UINT32_MAX || !path ||
	    (build_id && !buildid_parse(&v->build_id, build_id)) ||
	    (map && !parse_hex_range(map, &v->map_start, &v->map_end)))
		return false;
	*id = (uint32_t)n;
	v->path = arena_strndup(&m->arena, path, strlen(path));
	v->label = make_label(m, v->path);
	v->offsets = offsets && strcmp(offsets, "1") == 0;
	if (record_get_u64(r, "pid", &pid) && pid <= UINT32_MAX)
		v->target = targets_find(m->finder.targets, (uint32_t)pid);
	return true;
}

/* Add one, its file being looked for; its number. */
static uint32_t
add(struct modules *m, const struct module *v)
{
	if (m->n == m->cap) {
		m->cap = m->cap ? m->cap * 2 : 64;
		m->v = realloc(m->v, m->cap * sizeof *m->v);
		if (!m->v)
			die_nomem();
	}
	m->v[m->n] = *v;
	find_file(m, &m->v[m->n]);
	return m->n++;
}

bool
modules_add(struct modules *m, const struct record *r)
{
	struct module v;
	uint32_t id;

	if (!parse_record(m, &v, r, &id))
		return false;
	pairmap_set(&m->by_id, id, 0, add(m, &v));
	return true;
}

uint32_t
modules_add_kernel(struct modules *m, const char *path,
    const struct buildid *id)
{
	struct module v = { .target = TARGET_NONE, .build_id = *id,
		.image = IMAGE_NONE };
	uint32_t n;

	v.path = arena_strndup(&m->arena, path, strlen(path));
	v.label = make_label(m, v.path);
	n = add(m, &v);
	return m->v[n].image == IMAGE_NONE ? MODULE_NONE : n;
}

/* Whose debug file it is about. */
struct place {
	struct modules *m;
	const struct module *v;
};

static int
open_debug(void *arg, unsigned root, const char *const *path, unsigned n)
{
	const struct place *at = arg;
	const struct finder_module m = module_of(at->v);
	int fd = finder_open_debug(&at->m->finder, &m, root, path, n);
	struct stat st;

	/* In a root that a process made for itself anything may lie anywhere: what a
	 * stranger says is believed of his own files. */
	if (fd >= 0 && (fstat(fd, &st) < 0 || (!cachedir_trusts(&st) &&
	    st.st_uid != images_owner(&at->m->images, at->v->image)))) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Where the debug files of at's module may be. */
static struct tables_roots
roots_of(struct place *at)
{
	return (struct tables_roots){ open_debug, at,
		debuginfod_is_on(&at->m->finder.debuginfod) };
}

bool
modules_first(struct modules *m, uint32_t module, uint64_t from, uint64_t *addr)
{
	struct place at = { .m = m, .v = &m->v[module] };
	const struct tables_roots roots = roots_of(&at);

	return at.v->image != IMAGE_NONE && images_first(&m->images,
	    at.v->image, from, &roots, addr) == IMAGES_NAMED;
}

enum images_at
modules_function(struct modules *m, uint32_t module, uint64_t addr,
    uint64_t *function)
{
	const struct module *v = &m->v[module];

	if (v->image == IMAGE_NONE)
		return v->tries >= TRIES_MAX ? IMAGES_NOTHING : IMAGES_UNREAD;
	return v->offsets ? IMAGES_UNREAD :
	    images_function(&m->images, v->image, addr, function);
}

bool
modules_name(struct modules *m, uint32_t module, uint64_t addr, struct buf *b)
{
	struct module *v = &m->v[module];
	struct place at = { .m = m, .v = v };
	const struct tables_roots roots = roots_of(&at);
	enum images_found found = IMAGES_CLOSED;

	if (v->image != IMAGE_NONE)
		found = images_name(&m->images, v->image, addr, v->offsets,
		    &roots, b);
	if (found != IMAGES_CLOSED)
		return found == IMAGES_NAMED;
	/* An image that was closed to make room may be found any time. */
	if (v->image == IMAGE_NONE && v->tries >= TRIES_MAX)
		return false;
	find_file(m, v);
	if (v->image != IMAGE_NONE)
		return images_name(&m->images, v->image, addr, v->offsets,
		    &roots, b) == IMAGES_NAMED;
	v->tries = TRIES_MAX;
	if (!v->bad)
		diag(DIAG_MODULE_GONE, v->path, 0, NULL);
	return false;
}

void
modules_inlines(struct modules *m, uint32_t module, uint64_t *addr,
    size_t n, bool lines, inlines_take *take, void *arg)
{
	struct module *v = &m->v[module];
	struct place at = { .m = m, .v = v };
	const struct tables_roots roots = roots_of(&at);
	enum images_found found = IMAGES_CLOSED;

	/* Where not even its segments could be read there is no DWARF to find. */
	if (v->offsets)
		return;
	if (v->image != IMAGE_NONE)
		found = images_inlines(&m->images, v->image, addr, n, lines,
		    &roots, take, arg);
	if (found != IMAGES_CLOSED ||
	    (v->image == IMAGE_NONE && v->tries >= TRIES_MAX))
		return;
	find_file(m, v);
	if (v->image != IMAGE_NONE)
		(void)images_inlines(&m->images, v->image, addr, n, lines,
		    &roots, take, arg);
}

void
modules_reset(struct modules *m)
{
	/* Numbers go on: cached names refer to them. */
	pairmap_reset(&m->by_id);
}

void
modules_free(struct modules *m)
{
	images_free(&m->images);
	finder_free(&m->finder);
	free(m->v);
	pairmap_free(&m->by_id);
	arena_free(&m->arena);
	*m = (struct modules){ 0 };
}
