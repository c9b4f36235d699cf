#include "compiled.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cachedir.h"
#include "base/diag.h"
#include "base/parse.h"

/* -- files --------------------------------------------------------------- */

static void
close_file(struct compiled *c, struct compiled_file *f)
{
	if (f->fd >= 0) {
		close(f->fd);
		c->fds--;
	}
	f->fd = -1;
}

static void
drop_code(struct compiled_file *f)
{
	if (!f->code)
		return;
	jitcode_free(f->code);
	free(f->code);
	f->code = NULL;
}

/* Call fn for each file of each target. */
static void
each_file(struct compiled *c, void (*fn)(struct compiled_file *f, void *arg),
    void *arg)
{
	for (uint32_t i = 0; i < c->n; i++)
		for (int form = 0; form < COMPILED_FORMS; form++)
			fn(&c->v[i].file[form], arg);
}

static void
choose_read(struct compiled_file *f, void *arg)
{
	struct compiled_file **victim = arg;

	if (f->fd >= 0 && f->code && (!*victim || f->used < (*victim)->used))
		*victim = f;
}

/* Room for a descriptor more: one that was read is looked at no more. */
static bool
make_room(struct compiled *c)
{
	struct compiled_file *victim = NULL;

	if (c->fds < COMPILED_FDS_MAX)
		return true;
	each_file(c, choose_read, &victim);
	if (!victim)
		return false;
	close_file(c, victim);
	return true;
}

struct bound {
	size_t sum;
	const struct compiled_file *keep;
	struct compiled_file *victim;
};

static void
choose_large(struct compiled_file *f, void *arg)
{
	struct bound *b = arg;

	if (!f->code)
		return;
	b->sum += jitcode_memory(f->code);
	if (f != b->keep && (!b->victim || f->used < b->victim->used))
		b->victim = f;
}

static void
bound_memory(struct compiled *c, const struct compiled_file *keep)
{
	for (;;) {
		struct bound b = { .keep = keep };

		each_file(c, choose_large, &b);
		if (b.sum <= COMPILED_MEMORY_MAX || !b.victim)
			return;
		drop_code(b.victim);
	}
}

static void
put_place(const struct compiled *c, uint32_t target, char *s, size_t size)
{
	snprintf(s, size, "process %u", c->targets->v[target].pid);
}

static void
refuse(struct compiled *c, uint32_t target, struct compiled_file *f,
    const char *what, const char *why)
{
	char where[32];

	put_place(c, target, where, sizeof where);
	f->refused = true;
	close_file(c, f);
	diag(DIAG_PERFMAP_REFUSED, where, 0, "%s: %s", what, why);
}

/* -- finding them -------------------------------------------------------- */

/* Whose /proc a target's files are looked for in, and whose they must be. */
struct door {
	struct proc p;
	uint32_t uid, ns_pid;
	bool alive; /* it is the process itself */
};

static bool
open_door(struct compiled *c, uint32_t target, struct door *d)
{
	const struct target *t = &c->targets->v[target];
	struct targets_search r = { 0 };
	struct proc_status st;

	*d = (struct door){ .uid = t->uid,
		.ns_pid = t->ns_pid ? t->ns_pid : t->pid };
	if (targets_open(c->targets, target, &d->p)) {
		d->alive = proc_read_status(&d->p, &st) == PROC_OK;
		if (d->alive) {
			d->uid = st.uid;
			d->ns_pid = st.ns_pid;
			return true;
		}
		proc_done(&d->p);
	}
	/* It is gone; what it wrote may still be there. */
	if (c->targets->foreign || !t->start || t->uid == TARGET_NOBODY)
		return false;
	if (t->container != INTERN_NONE)
		return targets_open_relative(c->targets, target, &r, &d->p);
	if (proc_open(&d->p, NULL, (uint32_t)getpid()) == PROC_OK)
		return true;
	proc_done(&d->p);
	return false;
}

/* What a place that hangs is remembered by: see finder.c. */
static const char *
key_of(const struct compiled *c, uint32_t target, const char *path)
{
	uint32_t k = c->targets->v[target].container;

	return k == INTERN_NONE ? path :
	    intern_str(&c->targets->containers, k);
}

static void
take_file(struct compiled *c, uint32_t target, struct compiled_file *f,
    const struct door *d, const char *path, const struct opened *o,
    bool mapped)
{
	f->fd = o->fd;
	f->slow = o->slow;
	f->owner = cachedir_trusts(&o->st) ? 0 : o->st.st_uid;
	c->fds++;
	if (o->st.st_uid != d->uid && o->st.st_uid != 0)
		refuse(c, target, f, path,
		    "belongs to neither the process's user nor root");
	/* Of a process that had this pid before. */
	else if (!mapped && targets_is_older(c->targets, target,
	    o->st.st_mtim.tv_sec))
		close_file(c, f);
}

static void
find_file(struct compiled *c, uint32_t target, enum jitjob_form form,
    const struct door *d)
{
	struct compiled_target *v = &c->v[target];
	struct compiled_file *f = &v->file[form];
	char map[48];
	const char *path = map, *key;
	struct opened o = { .fd = PROC_EGONE };
	bool mapped = false;

	snprintf(map, sizeof map, "/tmp/perf-%u.map", d->ns_pid);
	if (form == JITJOB_DUMP)
		path = v->dump;
	key = key_of(c, target, path);
	if (form == JITJOB_DUMP && d->alive && v->map_end) {
		(void)opener_open_map(c->opener, &d->p, key, v->map_start,
		    v->map_end, &o);
		mapped = o.fd >= 0;
	}
	if (o.fd < 0 && o.fd != OPENER_EHANG)
		(void)opener_open_nofollow(c->opener, &d->p, key, path, &o);
	if (o.fd >= 0)
		take_file(c, target, f, d, path, &o, mapped);
	else if (o.fd == OPENER_EHANG)
		refuse(c, target, f, path, "to look it up took too long");
}

/* Get hold of a file while the process lives. */
static void
open_file(struct compiled *c, uint32_t target, enum jitjob_form form)
{
	struct compiled_file *f = &c->v[target].file[form];
	struct door d;

	if (f->fd >= 0 || f->code || f->refused ||
	    f->tries >= COMPILED_TRIES_MAX ||
	    (form == JITJOB_DUMP && !c->v[target].dump) || !make_room(c))
		return;
	f->tries++;
	if (!open_door(c, target, &d))
		return;
	find_file(c, target, form, &d);
	proc_done(&d.p);
}

/* -- reading them -------------------------------------------------------- */

/* How long an open file is now; false if that must not be asked. */
static bool
ask_size(const struct compiled_file *f, uint64_t *size)
{
	struct stat st;

	if (f->fd < 0 || f->slow || fstat(f->fd, &st) != 0)
		return false;
	*size = (uint64_t)st.st_size;
	return true;
}

/* Whether there may be more in it than there was. */
static bool
has_grown(const struct compiled_file *f)
{
	uint64_t size;

	if (f->fd < 0 || f->reads >= COMPILED_READS_MAX)
		return false;
	if (f->slow)
		return f->reads < COMPILED_SLOW_READS_MAX;
	return ask_size(f, &size) && size > f->size;
}

/* Read an open file; what cannot be used is as if it was not there. */
static void
read_file(struct compiled *c, uint32_t target, enum jitjob_form form)
{
	struct compiled_file *f = &c->v[target].file[form];
	struct jitjob_file ask = { .form = form, .fd = f->fd, .slow = f->slow,
		.owner = f->owner, .lines = c->lines };
	struct jitcode code;
	const char *why;
	char where[32];
	bool was_cut = f->code && f->code->cut;

	put_place(c, target, where, sizeof where);
	ask.name = where;
	f->reads++;
	/* As it is before: what comes meanwhile is more. */
	if (!ask_size(f, &f->size))
		f->size = 0;
	why = jitjob_ask(c->jail, &ask, &code);
	if (why) {
		/* What was read before is still true. */
		refuse(c, target, f, form == JITJOB_MAP ? "perf map" :
		    "jitdump", why);
		return;
	}
	drop_code(f);
	f->code = malloc(sizeof *f->code);
	if (!f->code)
		die_nomem();
	*f->code = code;
	if (code.cut && !was_cut)
		diag(DIAG_PERFMAP_CUT, where, 0, NULL);
	bound_memory(c, f);
}

/* -- what is in them ----------------------------------------------------- */

static bool
find_in(struct compiled *c, uint32_t target, enum jitjob_form form,
    uint64_t addr, struct jitcode_found *found)
{
	struct compiled_file *f = &c->v[target].file[form];

	if (!f->code) {
		open_file(c, target, form);
		if (f->fd >= 0 && f->reads < COMPILED_READS_MAX)
			read_file(c, target, form);
	}
	f->used = ++c->tick;
	if (f->code && jitcode_find(f->code, addr, c->time, found))
		return true;
	if (!f->code || !has_grown(f))
		return false;
	read_file(c, target, form);
	c->v[target].view = ++c->views;
	return f->code && jitcode_find(f->code, addr, c->time, found);
}

bool
compiled_find(struct compiled *c, uint32_t target, uint64_t addr,
    struct jitcode_found *found)
{
	return find_in(c, target, JITJOB_DUMP, addr, found) ||
	    find_in(c, target, JITJOB_MAP, addr, found);
}

static void
reserve(struct compiled *c, uint32_t target)
{
	if (target >= c->cap) {
		c->cap = target < 64 ? 64 : target * 2;
		c->v = reallocarray(c->v, c->cap, sizeof *c->v);
		if (!c->v)
			die_nomem();
	}
	for (; c->n <= target; c->n++) {
		c->v[c->n] = (struct compiled_target){ .view = ++c->views };
		for (int form = 0; form < COMPILED_FORMS; form++)
			c->v[c->n].file[form].fd = -1;
	}
}

/* Time went on: read what grew. Names of before may be wrong from now on. */
static void
refresh(struct compiled *c, uint32_t target)
{
	struct compiled_target *v = &c->v[target];
	bool changed = false;

	for (int form = 0; form < COMPILED_FORMS; form++) {
		struct compiled_file *f = &v->file[form];

		if (!f->code) {
			changed |= f->tries > 0 && f->tries < COMPILED_TRIES_MAX;
			continue;
		}
		changed |= f->code->timed && c->time != JITCODE_NOW;
		if (!has_grown(f))
			continue;
		read_file(c, target, (enum jitjob_form)form);
		changed = true;
	}
	if (changed)
		v->view = ++c->views;
}

uint32_t
compiled_view(struct compiled *c, uint32_t target)
{
	reserve(c, target);
	if (c->v[target].epoch != c->epoch) {
		c->v[target].epoch = c->epoch;
		refresh(c, target);
	}
	return c->v[target].view;
}

/* -- records ------------------------------------------------------------- */

/* "12.25", as record_put_seconds() writes it; 0 if it is none. */
static uint64_t
get_seconds(const struct record *r, const char *key)
{
	const char *s = record_get(r, key);
	uint64_t ns;

	return s && parse_duration(s, &ns) ? ns : 0;
}

void
compiled_begin(struct compiled *c, const struct record *r)
{
	for (uint32_t i = 0; i < c->n; i++)
		for (int form = 0; form < COMPILED_FORMS; form++) {
			close_file(c, &c->v[i].file[form]);
			drop_code(&c->v[i].file[form]);
		}
	c->epoch++;
	c->clock = get_seconds(r, "clock");
	c->interval = get_seconds(r, "interval");
	c->time = JITCODE_NOW;
}

void
compiled_tell_time(struct compiled *c, const struct record *r)
{
	uint64_t at = get_seconds(r, "at");

	c->epoch++;
	if (c->clock && c->interval && record_get(r, "at"))
		c->time = c->clock + at + c->interval;
}

/* "#jit … dump=/tmp/jit-4242.dump map=7f12a000-7f12b000" */
static bool
take_dump(struct compiled *c, uint32_t target, const struct record *r)
{
	const char *path = record_get(r, "dump");
	const char *map = record_get(r, "map");
	struct compiled_target *v = &c->v[target];
	struct compiled_file *f = &v->file[JITJOB_DUMP];

	if (map && !parse_hex_range(map, &v->map_start, &v->map_end)) {
		v->map_start = v->map_end = 0;
		return false;
	}
	if (!path || path[0] != '/' || (v->dump && strcmp(path, v->dump) == 0))
		return true;
	/* After a fork, one of its own follows that of its parent. */
	v->dump = arena_strndup(&c->arena, path, strlen(path));
	close_file(c, f);
	drop_code(f);
	*f = (struct compiled_file){ .fd = -1 };
	v->view = ++c->views;
	return true;
}

bool
compiled_expect(struct compiled *c, const struct record *r)
{
	uint32_t target;
	uint64_t pid;

	if (!record_get_u64(r, "pid", &pid) || pid > UINT32_MAX)
		return false;
	target = targets_find(c->targets, (uint32_t)pid);
	if (target == TARGET_NONE)
		return true;
	reserve(c, target);
	if (!take_dump(c, target, r))
		return false;
	for (int form = 0; form < COMPILED_FORMS; form++)
		open_file(c, target, (enum jitjob_form)form);
	return true;
}

void
compiled_free(struct compiled *c)
{
	for (uint32_t i = 0; i < c->n; i++)
		for (int form = 0; form < COMPILED_FORMS; form++) {
			close_file(c, &c->v[i].file[form]);
			drop_code(&c->v[i].file[form]);
		}
	free(c->v);
	arena_free(&c->arena);
	*c = (struct compiled){ 0 };
}
