#include "finder.h"

#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "elf/debugfile.h"

/* Places 1 to 6. */
enum step {
	IN_MAP, IN_PROCESS, IN_RELATIVES, HERE, BY_ID, BY_ID_HERE, SERVER, END
};

/* What a place that hangs is remembered by: all of a container sees the same
 * files; else the path is enough. */
static const char *
key_of(const struct finder *f, const struct finder_module *m)
{
	const struct targets *t = f->targets;
	uint32_t c = m->target == TARGET_NONE ? INTERN_NONE :
	    t->v[m->target].container;

	return c == INTERN_NONE ? m->path : intern_str(&t->containers, c);
}

static bool
is_in_container(const struct finder *f, const struct finder_module *m)
{
	return m->target != TARGET_NONE &&
	    f->targets->v[m->target].container != INTERN_NONE;
}

static int
open_here(struct finder *f, const char *key, const char *const *path,
    unsigned n, struct opened *o)
{
	o->fd = PROC_OK;
	if (!f->begun)
		o->fd = proc_open(&f->here, NULL, (uint32_t)getpid());
	f->begun = o->fd == PROC_OK;
	if (f->begun)
		(void)opener_open(&f->opener, &f->here, key, path, n, o);
	return o->fd;
}

/* Open it in the process: by its mapping, or by its path. */
static int
open_in_process(struct finder *f, struct finder_search *s, bool map,
    struct opened *o)
{
	const struct finder_module *m = &s->m;
	struct proc p;

	o->fd = PROC_EGONE;
	if (!targets_open(f->targets, m->target, &p))
		return o->fd;
	snprintf(s->from, sizeof s->from, "process %u",
	    f->targets->v[m->target].pid);
	if (map)
		(void)opener_open_map(&f->opener, &p, key_of(f, m),
		    m->map_start, m->map_end, o);
	else
		(void)opener_open(&f->opener, &p, key_of(f, m), &m->path, 1, o);
	proc_done(&p);
	return o->fd;
}

/* The next relative that has it. */
static int
open_in_relatives(struct finder *f, struct finder_search *s, struct opened *o)
{
	const struct finder_module *m = &s->m;
	struct proc p;

	o->fd = PROC_EGONE;
	while (o->fd < 0 && o->fd != OPENER_EHANG &&
	    targets_open_relative(f->targets, m->target, &s->relatives, &p)) {
		(void)opener_open(&f->opener, &p, key_of(f, m), &m->path, 1, o);
		proc_done(&p);
	}
	if (o->fd >= 0)
		snprintf(s->from, sizeof s->from,
		    "process %u, which sees the same files",
		    f->targets->v[s->relatives.last].pid);
	return o->fd;
}

/* The debug file of the build id, as if it was the module's own. */
static int
open_by_id(struct finder *f, struct finder_search *s, unsigned root,
    struct opened *o)
{
	const struct finder_module *m = &s->m;
	struct buf path = { 0 };
	bool by_link;
	struct proc p;

	o->fd = PROC_EGONE;
	if (!debugfile_path(&path, m->build_id, "", m->path, 0, &by_link) ||
	    by_link)
		goto out;
	if (root == FINDER_HERE) {
		(void)open_here(f, path.s, (const char *const *)&path.s, 1, o);
	} else if (targets_open(f->targets, m->target, &p)) {
		(void)opener_open(&f->opener, &p, key_of(f, m),
		    (const char *const *)&path.s, 1, o);
		proc_done(&p);
	}
	if (o->fd >= 0)
		snprintf(s->from, sizeof s->from, "its debug file");
out:
	buf_free(&path);
	return o->fd;
}

static int
open_at_server(struct finder *f, struct finder_search *s, struct opened *o)
{
	*o = (struct opened){ .fd = debuginfod_open(&f->debuginfod,
	    s->m.build_id, s->m.path) };
	snprintf(s->from, sizeof s->from, "a server");
	if (o->fd < 0 || fstat(o->fd, &o->st) == 0)
		return o->fd;
	close(o->fd);
	return o->fd = PROC_ESYS;
}

/* True if a path says enough: any build id proves itself, a bare path of another
 * machine's or of a dead process in no known container does not. */
static bool
may_be_tried(const struct finder *f, const struct finder_module *m,
    enum step step)
{
	bool proven = !buildid_is_none(m->build_id);
	bool path = m->path[0] == '/';

	switch (step) {
	case IN_MAP:
		return m->target != TARGET_NONE && m->map_end;
	case IN_PROCESS:
		return m->target != TARGET_NONE && path;
	case IN_RELATIVES:
		return m->target != TARGET_NONE && path &&
		    (proven || is_in_container(f, m));
	case HERE:
		return path && !is_in_container(f, m) &&
		    (proven || !f->targets->foreign);
	case BY_ID:
		return m->target != TARGET_NONE && proven;
	case BY_ID_HERE:
		return proven;
	case SERVER:
		return proven && debuginfod_is_on(&f->debuginfod);
	case END:
		break;
	}
	return false;
}

static int
open_step(struct finder *f, struct finder_search *s, enum step step,
    struct opened *o)
{
	switch (step) {
	case IN_MAP:
	case IN_PROCESS:
		return open_in_process(f, s, step == IN_MAP, o);
	case IN_RELATIVES:
		return open_in_relatives(f, s, o);
	case HERE:
		snprintf(s->from, sizeof s->from, "its path");
		return open_here(f, s->m.path, &s->m.path, 1, o);
	case BY_ID:
		return open_by_id(f, s, FINDER_PROCESS, o);
	case BY_ID_HERE:
		return open_by_id(f, s, FINDER_HERE, o);
	case SERVER:
		return open_at_server(f, s, o);
	case END:
		break;
	}
	return PROC_EGONE;
}

bool
finder_next(struct finder *f, struct finder_search *s, struct opened *o)
{
	while (s->step < END && !s->hung) {
		enum step step = (enum step)s->step;
		int fd = PROC_EGONE;

		if (may_be_tried(f, &s->m, step))
			fd = open_step(f, s, step, o);
		/* There may be more relatives. */
		if (step != IN_RELATIVES || fd < 0)
			s->step++;
		s->hung = fd == OPENER_EHANG;
		if (fd >= 0)
			return true;
	}
	return false;
}

int
finder_open_debug(struct finder *f, const struct finder_module *m,
    unsigned root, const char *const *path, unsigned n)
{
	struct targets *t = f->targets;
	struct targets_search r = { 0 };
	struct opened o = { .fd = -1 };
	struct proc p;

	if (root == FINDER_SERVER)
		return debuginfod_open(&f->debuginfod, m->build_id, m->path);
	if (root == FINDER_HERE) {
		(void)open_here(f, path[0], path, n, &o);
	} else if (root == FINDER_PROCESS && m->target != TARGET_NONE &&
	    (targets_open(t, m->target, &p) || (is_in_container(f, m) &&
	    targets_open_relative(t, m->target, &r, &p)))) {
		(void)opener_open(&f->opener, &p, key_of(f, m), path, n, &o);
		proc_done(&p);
	}
	/* Those must not be read here, nor be sent on. */
	if (o.fd >= 0 && o.slow) {
		close(o.fd);
		return -1;
	}
	return o.fd < 0 ? -1 : o.fd;
}

void
finder_free(struct finder *f)
{
	if (f->begun)
		proc_done(&f->here);
	opener_free(&f->opener);
	debuginfod_free(&f->debuginfod);
}
