#include "modules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

/* "7f12a000-7f13b000" */
static bool
parse_map(const char *s, uint64_t *start, uint64_t *end)
{
	const char *dash = strchr(s, '-');

	return dash && parse_hex(s, (size_t)(dash - s), start) &&
	    parse_hex(dash + 1, strlen(dash + 1), end) && *start < *end;
}

/*
 * Take an open file if it is the right one. Returns false to try the next place:
 * another build, or something broken where another copy may be whole.
 */
static bool
take_file(struct modules *m, struct module *v, int fd, const char *from)
{
	const char *why;

	enum images_err err = images_add(&m->images, fd, &v->build_id, v->path,
	    &v->image, &why);

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

/* Places 1 and 2: the process itself. */
static bool
find_in_target(struct modules *m, struct module *v)
{
	char from[64];
	struct proc p;
	bool found = false;
	int fd;

	if (v->target == TARGET_NONE || !targets_open(m->targets, v->target, &p))
		return false;
	snprintf(from, sizeof from, "process %u",
	    m->targets->v[v->target].pid);
	if (v->map_end) {
		fd = proc_open_map(&p, v->map_start, v->map_end, v->path);
		found = fd >= 0 && take_file(m, v, fd, from);
	}
	if (!found && v->path[0] == '/') {
		fd = proc_open_path(&p, v->path);
		found = fd >= 0 && take_file(m, v, fd, from);
	}
	proc_done(&p);
	return found;
}

/* Place 3: others that see the same files. */
static bool
find_in_relatives(struct modules *m, struct module *v)
{
	uint32_t at = m->targets->n;
	char from[64];
	struct proc p;
	bool found = false;
	int fd;

	/* Any build id proves itself; a bare path of a dead process in no known
	 * container says too little. */
	if (v->target == TARGET_NONE || v->path[0] != '/' ||
	    (buildid_is_none(&v->build_id) &&
	    m->targets->v[v->target].container == INTERN_NONE))
		return false;
	while (!found &&
	    targets_open_relative(m->targets, v->target, &at, &p)) {
		fd = proc_open_path(&p, v->path);
		snprintf(from, sizeof from, "process %u, which sees the same files",
		    m->targets->v[at].pid);
		found = fd >= 0 && take_file(m, v, fd, from);
		proc_done(&p);
	}
	return found;
}

/* Place 4: here. */
static bool
find_here(struct modules *m, struct module *v)
{
	bool here = v->target == TARGET_NONE ||
	    m->targets->v[v->target].container == INTERN_NONE;
	struct proc p;
	bool found = false;
	int fd;

	if (v->path[0] != '/' || !here ||
	    (buildid_is_none(&v->build_id) && m->targets->foreign))
		return false;
	if (proc_open(&p, NULL, (uint32_t)getpid()) == PROC_OK) {
		fd = proc_open_path(&p, v->path);
		found = fd >= 0 && take_file(m, v, fd, "its path");
	}
	proc_done(&p);
	return found;
}

static void
find_vdso(struct modules *m, struct module *v)
{
	int fd = -1;

	if (!(buildid_is_none(&v->build_id) && m->targets->foreign))
		fd = images_open_vdso();
	if (fd >= 0)
		(void)take_file(m, v, fd, "gp-symbolize itself");
}

static void
find_file(struct modules *m, struct module *v)
{
	v->tries++;
	v->image = IMAGE_NONE;
	if (!buildid_is_none(&v->build_id)) {
		uint32_t known = images_find(&m->images, &v->build_id);

		if (known != IMAGE_NONE && images_is_open(&m->images, known)) {
			v->image = known;
			return;
		}
	}
	if (strcmp(v->path, "[vdso]") == 0) {
		find_vdso(m, v);
		return;
	}
	if (!find_in_target(m, v) && !find_in_relatives(m, v) &&
	    !find_here(m, v))
		v->image = IMAGE_NONE;
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
	    (map && !parse_map(map, &v->map_start, &v->map_end)))
		return false;
	*id = (uint32_t)n;
	v->path = arena_strndup(&m->arena, path, strlen(path));
	v->label = make_label(m, v->path);
	v->offsets = offsets && strcmp(offsets, "1") == 0;
	if (record_get_u64(r, "pid", &pid) && pid <= UINT32_MAX)
		v->target = targets_find(m->targets, (uint32_t)pid);
	return true;
}

bool
modules_add(struct modules *m, const struct record *r)
{
	struct module v;
	uint32_t id;

	if (!parse_record(m, &v, r, &id))
		return false;
	if (m->n == m->cap) {
		m->cap = m->cap ? m->cap * 2 : 64;
		m->v = realloc(m->v, m->cap * sizeof *m->v);
		if (!m->v)
			die_nomem();
	}
	find_file(m, &v);
	m->v[m->n] = v;
	pairmap_set(&m->by_id, id, 0, m->n);
	m->n++;
	return true;
}

static int
open_and_done(struct proc *p, const char *path)
{
	int fd = proc_open_path(p, path);

	proc_done(p);
	return fd < 0 ? -1 : fd;
}

/* Where the debug file of a module may be. */
struct places {
	struct modules *m;
	const struct module *v;
};

static int
open_beside(void *arg, unsigned root, const char *path)
{
	const struct places *at = arg;
	const struct targets *t = at->m->targets;
	uint32_t relative = t->n, target = at->v->target;
	struct proc p;
	int fd = -1;

	if (root == 1) /* here */
		return proc_open(&p, NULL, (uint32_t)getpid()) == PROC_OK ?
		    open_and_done(&p, path) : -1;
	if (target == TARGET_NONE)
		return -1;
	if (targets_open(t, target, &p) ||
	    (t->v[target].container != INTERN_NONE &&
	    targets_open_relative(t, target, &relative, &p)))
		fd = open_and_done(&p, path);
	return fd;
}

bool
modules_name(struct modules *m, uint32_t module, uint64_t addr, struct buf *b)
{
	struct module *v = &m->v[module];
	struct places at = { .m = m, .v = v };
	const struct tables_roots roots = { open_beside, &at };
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
modules_reset(struct modules *m)
{
	/* Numbers go on: cached names refer to them. */
	pairmap_reset(&m->by_id);
}

void
modules_free(struct modules *m)
{
	images_free(&m->images);
	free(m->v);
	pairmap_free(&m->by_id);
	arena_free(&m->arena);
	*m = (struct modules){ 0 };
}
