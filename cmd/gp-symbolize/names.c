#include "names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "here.h"
#include "nametext.h"

/* What cached addresses count in: a module's number, or one of these plus the
 * number of a view (compiled.h, kernel_view). Modules and views stay below. */
enum { KEY_SHIFT = 30 };
#define KEY_KERNEL (1u << KEY_SHIFT)
#define KEY_JIT (2u << KEY_SHIFT)
/* The text of a frame that is left as it came. */
#define TEXT_RAW 0u

static void
reset_cache(struct names *n)
{
	framecache_reset(&n->frame);
	pairmap_reset(&n->cache);
	pairmap_reset(&n->functions);
	intern_free(&n->texts);
	/* Takes number TEXT_RAW: no frame's text holds a NUL. */
	(void)intern_add(&n->texts, "", 1);
}

static void
set_jail(const struct names *n, struct jail *j)
{
	uint64_t ms = n->file_ns / 1000000;

	j->open = n->no_jail;
	j->wait_ms = ms < 1 ? 1 : ms < INT32_MAX ? (int)ms : INT32_MAX;
}

void
names_init(struct names *n)
{
	if (cachedir_open(&n->disk, NULL, "symbols", NAMES_DISK_MAX) != 0)
		diag_verbose("no cache of symbols: %s", strerror(errno));
	images_init(&n->modules.images, &n->disk);
	n->kernel.modules = &n->modules;
	n->kernel.kernsyms.cache = &n->disk;
	set_jail(n, &n->modules.images.tables.jail);
	n->modules.finder.targets = &n->targets;
	opener_init(&n->modules.finder.opener);
	set_jail(n, &n->modules.finder.opener.jail);
	n->compiled = (struct compiled){ .targets = &n->targets,
		.opener = &n->modules.finder.opener,
		.jail = &n->modules.images.tables.jail, .lines = n->lines,
		.time = JITCODE_NOW };
	debuginfod_init(&n->modules.finder.debuginfod,
	    n->offline ? 0 : n->server_ns);
	n->modules.finder.debuginfod.jail.open = n->no_jail;
	reset_cache(n);
}

static void
begin_stream(struct names *n, const struct record *r)
{
	enum here here = here_check(r);

	n->targets.foreign = here != HERE;
	targets_reset(&n->targets);
	modules_reset(&n->modules);
	compiled_begin(&n->compiled, r);
	kernel_begin(&n->kernel, r, n->targets.foreign);
	/* Kernel addresses of two streams may mean two boots. */
	reset_cache(n);
	if (here != HERE)
		diag(DIAG_SYMBOLIZE_FOREIGN, NULL, 0, "%s", here_text(here));
}

bool
names_take_record(struct names *n, const struct record *r)
{
	uint64_t id;

	if (record_is(r, "gp"))
		begin_stream(n, r);
	/* Without a runtime that makes code there are hardly names of it: they
	 * are looked for when a #jit record or an address asks for them. */
	else if (record_is(r, "process"))
		return targets_add(&n->targets, r) &&
		    (!record_get(r, "runtime") ||
		    compiled_expect(&n->compiled, r));
	else if (record_is(r, "ksymbol")) {
		framecache_reset(&n->frame);
		return kernel_take_ksymbol(&n->kernel, r);
	} else if (record_is(r, "kfunction"))
		return kernel_take_function(&n->kernel, r);
	else if (record_is(r, "jit"))
		return compiled_expect(&n->compiled, r);
	else if (record_is(r, "time") || record_is(r, "progress"))
		compiled_tell_time(&n->compiled, r);
	else if (record_is(r, "module")) {
		/* A number may be given anew. */
		if (record_get_u64(r, "id", &id) && id <= UINT32_MAX &&
		    modules_find(&n->modules, (uint32_t)id) != PAIRMAP_NONE)
			framecache_reset(&n->frame);
		return modules_add(&n->modules, r);
	}
	return true;
}

bool
names_is_addition(const struct names *n, const struct record *r)
{
	uint64_t id;

	if (record_is(r, "module"))
		return record_get_u64(r, "id", &id) && id <= UINT32_MAX &&
		    modules_find(&n->modules, (uint32_t)id) == PAIRMAP_NONE;
	if (record_is(r, "kfunction"))
		return true;
	return record_is(r, "process") && record_get_u64(r, "pid", &id) &&
	    id <= UINT32_MAX &&
	    targets_find(&n->targets, (uint32_t)id) == TARGET_NONE;
}

/* The cache's key of what an address is in; false if the stream never said. */
static bool
find_key(struct names *n, const struct frame *f, uint32_t *key)
{
	*key = KEY_KERNEL + n->kernel.view % KEY_KERNEL;
	if (f->kind == FRAME_MODULE) {
		*key = modules_find(&n->modules, f->id);
		return *key < KEY_KERNEL;
	}
	if (f->kind == FRAME_JIT) {
		*key = targets_find(&n->targets, f->id);
		if (*key == TARGET_NONE)
			return false;
		*key = compiled_view(&n->compiled, *key);
		if (*key >= KEY_KERNEL)
			return false;
		*key += KEY_JIT;
	}
	return true;
}

static uint32_t
make_text(struct names *n, const struct frame *f, uint32_t key)
{
	bool named = false;

	n->made++;
	buf_reset(&n->raw);
	buf_reset(&n->text);
	switch (f->kind) {
	case FRAME_NAME:
		break;
	case FRAME_MODULE:
		named = nametext_module(n, key, f->addr, NULL, 0);
		break;
	case FRAME_KERNEL:
		named = nametext_kernel(n, f->addr);
		break;
	case FRAME_JIT:
		named = nametext_jit(n, f->id, f->addr);
		break;
	}
	return named ? intern_add(&n->texts, n->text.s, n->text.len) : TEXT_RAW;
}

/*
 * What an address has its text in common with, as a key of n->functions: the others
 * of its function, or of its module where that has nothing with a name, as most of
 * a stripped program has not. False if there is no such thing, or if more is shown
 * than that.
 */
static bool
find_common(struct names *n, const struct frame *f, uint32_t key,
    uint64_t *common, uint32_t *what)
{
	*what = 0;
	if (f->kind == FRAME_KERNEL)
		return kernel_function(&n->kernel, f->addr, common);
	if (f->kind != FRAME_MODULE || names_wants_many(n))
		return false;
	switch (modules_function(&n->modules, key, f->addr, common)) {
	case IMAGES_UNREAD:
		return false;
	case IMAGES_FUNCTION:
		return true;
	case IMAGES_NOTHING:
		break;
	}
	*common = key;
	*what = 1;
	return !n->addrs && !n->keep_raw;
}

/* That text, made once; PAIRMAP_NONE if the address must be looked at by itself. */
static uint32_t
common_text(struct names *n, const struct frame *f, uint32_t key)
{
	uint64_t common;
	uint32_t what, id;
	bool named;

	if (!find_common(n, f, key, &common, &what))
		return PAIRMAP_NONE;
	id = pairmap_get(&n->functions, common, what);
	if (id != PAIRMAP_NONE)
		return id;
	n->made++;
	buf_reset(&n->raw);
	buf_reset(&n->text);
	named = f->kind == FRAME_KERNEL ? nametext_kernel(n, f->addr) :
	    nametext_module(n, key, f->addr, NULL, 0);
	if (!named)
		return PAIRMAP_NONE;
	id = intern_add(&n->texts, n->text.s, n->text.len);
	pairmap_set(&n->functions, common, what, id);
	return id;
}

/* A frame of a module or process that no record announced. */
static void
add_unannounced(const struct names *n, const struct frame *f, const char *text,
    size_t len, struct buf *out)
{
	if (f->kind == FRAME_MODULE)
		diag(DIAG_MODULE_UNKNOWN, NULL, 0, "module %u", f->id);
	if (n->keep_raw)
		buf_add(out, text, len);
	else
		buf_adds(out, f->kind == FRAME_JIT ? "[jit]" : FRAME_UNKNOWN);
}

static void
bound_cache(struct names *n)
{
	if (n->cache.n >= NAMES_CACHE_MAX ||
	    n->texts.arena.total >= NAMES_CACHE_BYTES_MAX)
		reset_cache(n);
}

/* -- many at once -------------------------------------------------------- */

bool
names_expect(struct names *n, const struct names_frame *frame)
{
	struct frame f;
	uint32_t key;

	if (names_known(n, frame))
		return false;
	f = frame_parse(frame->s, frame->len);
	if (f.kind != FRAME_MODULE || !find_key(n, &f, &key) ||
	    pairmap_get(&n->cache, f.addr, key) != PAIRMAP_NONE ||
	    pairmap_get(&n->is_wanted, f.addr, key) != PAIRMAP_NONE)
		return false;
	if (n->nwanted == n->wanted_cap) {
		n->wanted_cap = n->wanted_cap ? n->wanted_cap * 2 : 256;
		n->wanted = reallocarray(n->wanted, n->wanted_cap,
		    sizeof *n->wanted);
		if (!n->wanted)
			die_nomem();
	}
	n->wanted[n->nwanted++] = (struct names_wanted){ f.addr, key };
	pairmap_set(&n->is_wanted, f.addr, key, 0);
	return n->nwanted >= NAMES_WANTED_MAX;
}

struct fetching {
	struct names *n;
	uint32_t module;
};

static void
take_frames(void *arg, uint64_t addr, const struct debuginfo_frame *frame,
    size_t frames)
{
	const struct fetching *f = arg;
	struct names *n = f->n;
	uint32_t id = TEXT_RAW;

	n->made++;
	buf_reset(&n->raw);
	buf_reset(&n->text);
	if (nametext_module(n, f->module, addr, frame, frames))
		id = intern_add(&n->texts, n->text.s, n->text.len);
	pairmap_set(&n->cache, addr, f->module, id);
}

static int
by_module(const void *a, const void *b)
{
	const struct names_wanted *x = a, *y = b;

	if (x->module != y->module)
		return x->module < y->module ? -1 : 1;
	return (x->addr > y->addr) - (x->addr < y->addr);
}

void
names_fetch(struct names *n)
{
	uint64_t *addr = reallocarray(NULL, n->nwanted + 1, sizeof *addr);
	size_t i = 0, k;

	if (!addr)
		die_nomem();
	bound_cache(n);
	if (n->nwanted)
		qsort(n->wanted, n->nwanted, sizeof *n->wanted, by_module);
	while (i < n->nwanted) {
		uint32_t module = n->wanted[i].module;

		for (k = 0; i < n->nwanted && n->wanted[i].module == module;
		    i++)
			addr[k++] = n->wanted[i].addr;
		modules_inlines(&n->modules, module, addr, k, n->lines,
		    take_frames, &(struct fetching){ n, module });
	}
	free(addr);
	n->nwanted = 0;
	pairmap_reset(&n->is_wanted);
}

/* The text of an address that was not fetched. */
static uint32_t
get_text(struct names *n, const struct frame *f, uint32_t key)
{
	uint32_t id = PAIRMAP_NONE;

	if (names_wants_many(n) && f->kind == FRAME_MODULE) {
		struct fetching fetching = { n, key };
		uint64_t addr = f->addr;

		modules_inlines(&n->modules, key, &addr, 1, n->lines,
		    take_frames, &fetching);
		id = pairmap_get(&n->cache, f->addr, key);
	}
	if (id == PAIRMAP_NONE) {
		id = make_text(n, f, key);
		pairmap_set(&n->cache, f->addr, key, id);
	}
	return id;
}

/* Add the text of an address frame. */
static enum names_added
add_address(struct names *n, const struct frame *f,
    const struct names_frame *from, struct buf *out)
{
	uint32_t key, id;

	if (!find_key(n, f, &key)) {
		add_unannounced(n, f, from->s, from->len, out);
		return NAMES_ADDRESS;
	}
	bound_cache(n);
	id = common_text(n, f, key);
	if (id == PAIRMAP_NONE)
		id = pairmap_get(&n->cache, f->addr, key);
	if (id == PAIRMAP_NONE)
		id = get_text(n, f, key);
	if (id == TEXT_RAW) {
		buf_add(out, from->s, from->len);
		return NAMES_ADDRESS;
	}
	buf_add(out, intern_str(&n->texts, id), intern_len(&n->texts, id));
	/* What a process's number means changes too often. */
	if (f->kind != FRAME_JIT)
		framecache_set(&n->frame, &from->key, intern_str(&n->texts, id),
		    intern_len(&n->texts, id));
	return NAMES_ADDRESS;
}

enum names_added
names_add(struct names *n, const struct names_frame *frame, struct buf *out)
{
	struct frame f = frame_parse(frame->s, frame->len);

	if (f.kind == FRAME_NAME) {
		buf_add(out, frame->s, frame->len);
		return NAMES_TEXT;
	}
	n->frames++;
	return add_address(n, &f, frame, out);
}

void
names_free(struct names *n)
{
	modules_free(&n->modules);
	compiled_free(&n->compiled);
	targets_free(&n->targets);
	kernel_free(&n->kernel);
	if (n->disk.failed)
		diag_verbose("%llu tables could not be kept: %s",
		    (unsigned long long)n->disk.failed,
		    strerror(n->disk.failed_errno));
	cachedir_done(&n->disk);
	framecache_free(&n->frame);
	pairmap_free(&n->cache);
	pairmap_free(&n->functions);
	intern_free(&n->texts);
	free(n->wanted);
	pairmap_free(&n->is_wanted);
	dress_free(&n->dress);
	buf_free(&n->raw);
	buf_free(&n->text);
}
