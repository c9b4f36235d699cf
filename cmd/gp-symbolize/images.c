#include "images.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diag.h"

/* Descriptors for everything but images: pipes, /proc, perf maps. */
enum { FDS_SPARE = 192, FDS_MIN = 16 };

void
images_init(struct images *im, struct cachedir *cache)
{
	struct rlimit rl;

	*im = (struct images){ .cache = cache, .fds_max = IMAGES_FDS_MAX };
	if (getrlimit(RLIMIT_NOFILE, &rl) != 0)
		return;
	if (rl.rlim_cur < IMAGES_FDS_MAX + FDS_SPARE) {
		rl.rlim_cur = IMAGES_FDS_MAX + FDS_SPARE;
		if (rl.rlim_cur > rl.rlim_max)
			rl.rlim_cur = rl.rlim_max;
		if (setrlimit(RLIMIT_NOFILE, &rl) != 0)
			getrlimit(RLIMIT_NOFILE, &rl);
	}
	if (rl.rlim_cur < FDS_SPARE + FDS_MIN)
		im->fds_max = FDS_MIN;
	else if (rl.rlim_cur < IMAGES_FDS_MAX + FDS_SPARE)
		im->fds_max = (uint32_t)rl.rlim_cur - FDS_SPARE;
}

uint32_t
images_find(const struct images *im, const struct buildid *id)
{
	/* INTERN_NONE is IMAGE_NONE. */
	return intern_find(&im->keys, (const char *)id->b, id->len);
}

bool
images_is_open(const struct images *im, uint32_t image)
{
	return im->v[image].vdso || im->v[image].fd >= 0;
}

/* Forget the functions; they can be read again. */
static void
unload(struct images *im, struct image *i)
{
	if (i->cached) {
		im->memory -= symfile_memory(i->cached);
		im->fds--;
		symfile_free(i->cached);
		free(i->cached);
		i->cached = NULL;
	}
	if (i->parsed) {
		im->memory -= functions_memory(i->parsed);
		im->fds -= i->parsed->debug_fd >= 0;
		functions_free(i->parsed);
		free(i->parsed);
		i->parsed = NULL;
	}
}

static void
close_image(struct images *im, struct image *i)
{
	unload(im, i);
	if (i->fd >= 0) {
		close(i->fd);
		im->fds--;
	}
	i->fd = -1;
}

/* The least used image that is open (or has a table), but not keep. */
static struct image *
find_victim(struct images *im, const struct image *keep, bool loaded)
{
	struct image *victim = NULL;

	for (uint32_t n = 0; n < im->n; n++) {
		struct image *i = &im->v[n];

		if (i == keep || (loaded ? !i->parsed && !i->cached : i->fd < 0))
			continue;
		if (!victim || i->used < victim->used)
			victim = i;
	}
	return victim;
}

/* One more descriptor is wanted. */
static void
make_room(struct images *im, const struct image *keep)
{
	struct image *victim;

	if (im->fds >= im->fds_max && (victim = find_victim(im, keep, false)))
		close_image(im, victim);
}

/* What tells a file from others. */
static uint32_t
add_key(struct images *im, const struct elffile *f)
{
	struct {
		uint64_t dev, ino, size;
		int64_t sec, nsec;
		char pad[BUILDID_MAX]; /* longer than any build id */
	} key;
	struct stat st = { 0 };

	if (!buildid_is_none(&f->build_id))
		return intern_add(&im->keys, (const char *)f->build_id.b,
		    f->build_id.len);
	memset(&key, 0, sizeof key);
	if (f->fd >= 0 && fstat(f->fd, &st) == 0) {
		key.dev = st.st_dev;
		key.ino = st.st_ino;
		key.size = (uint64_t)st.st_size;
		key.sec = st.st_mtim.tv_sec;
		key.nsec = st.st_mtim.tv_nsec;
	}
	return intern_add(&im->keys, (const char *)&key, sizeof key);
}

static struct image *
add_image(struct images *im, uint32_t n, const char *name)
{
	if (n < im->n)
		return &im->v[n];
	if (im->n == im->cap) {
		im->cap = im->cap ? im->cap * 2 : 64;
		im->v = realloc(im->v, im->cap * sizeof *im->v);
		if (!im->v)
			die_nomem();
	}
	im->v[n] = (struct image){ .fd = -1, .name = strdup(name) };
	if (!im->v[n].name)
		die_nomem();
	im->n++;
	return &im->v[n];
}

/* What a file's functions are kept under. */
static char *
make_key(const struct elffile *f, const struct stat *st)
{
	char hex[2 * BUILDID_MAX + 1];
	struct buf b = { 0 };

	buildid_format(&f->build_id, hex);
	buf_adds(&b, hex);
	if (buildid_is_none(&f->build_id))
		buf_addf(&b, "inode-%llx-%llx-%llx-%llx-%llx",
		    (unsigned long long)st->st_dev,
		    (unsigned long long)st->st_ino,
		    (unsigned long long)st->st_size,
		    (unsigned long long)st->st_ctim.tv_sec,
		    (unsigned long long)st->st_ctim.tv_nsec);
	else if (!cachedir_trusts(st))
		buf_addf(&b, "-%u", st->st_uid);
	return b.s;
}

enum images_err
images_add(struct images *im, int fd, const struct buildid *want,
    const char *name, uint32_t *image, enum elffile_err *why)
{
	struct image *i;
	struct elffile f;
	struct stat st;

	*why = fd < 0 ? elffile_init_vdso(&f) : elffile_init(&f, fd);
	if (*why != ELFFILE_OK ||
	    (!buildid_is_none(want) && !buildid_equal(want, &f.build_id))) {
		if (fd >= 0)
			close(fd);
		return *why == ELFFILE_OK ? IMAGES_EOTHER : IMAGES_EBAD;
	}
	*image = add_key(im, &f);
	i = add_image(im, *image, name);
	i->used = ++im->clock;
	if (fd < 0) {
		i->vdso = true;
		return IMAGES_OK;
	}
	if (i->fd >= 0 || i->vdso) { /* had it from elsewhere */
		close(fd);
		return IMAGES_OK;
	}
	make_room(im, i);
	i->fd = fd;
	im->fds++;
	i->size = f.size;
	if (!i->key && fstat(fd, &st) == 0)
		i->key = make_key(&f, &st);
	return IMAGES_OK;
}

/* -- functions ----------------------------------------------------------- */

/* What is kept with a table: whether it is still the best. */
struct note {
	uint64_t size;      /* of the file */
	uint32_t complete;  /* it had .symtab */
	uint32_t functions;
	uint32_t left_out;
	uint32_t unused;
};

/* True if a table that is not complete is no longer the best. */
static bool
is_outdated(const struct image *i, const struct note *note,
    const struct functions_roots *roots)
{
	struct elffile f, debug;
	int fd;

	if (note->complete)
		return false;
	if (note->size != i->size || elffile_init(&f, i->fd) != ELFFILE_OK)
		return true;
	fd = functions_find_debug(&f, i->name, roots, &debug);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* Take the functions from the disk. What there is, good enough or not, is in
 * *note. */
static bool
load_cached(struct images *im, struct image *i,
    const struct functions_roots *roots, struct note *note)
{
	struct symfile s;

	*note = (struct note){ 0 };
	if (!i->key || i->distrusted || !symfile_load(&s, im->cache, i->key,
	    i->key, strlen(i->key), false))
		return false;
	if (s.note_len == sizeof *note)
		memcpy(note, s.note, sizeof *note);
	if (is_outdated(i, note, roots)) {
		symfile_free(&s);
		return false;
	}
	i->cached = malloc(sizeof *i->cached);
	if (!i->cached)
		die_nomem();
	*i->cached = s;
	make_room(im, i);
	im->fds++;
	im->memory += symfile_memory(i->cached);
	diag_verbose("%s: %u symbols of functions, from the cache", i->name,
	    note->functions);
	return true;
}

static bool
name_of(void *arg, uint32_t value, struct buf *b)
{
	return symtab_name(arg, value, b);
}

/* Keep what was parsed, unless better is kept. */
static void
store(struct images *im, struct image *i, const struct note *old)
{
	struct symtab *t = &i->parsed->symtab;
	const struct note note = {
		.size = i->size,
		.complete = i->parsed->complete,
		.functions = t->functions,
		.left_out = t->left_out,
	};

	if (i->key && old->functions <= note.functions)
		symfile_store(im->cache, i->key, &(struct symfile_source){
		    .key = i->key, .key_len = strlen(i->key), .note = &note,
		    .note_len = sizeof note, .range = &t->range,
		    .name = name_of, .arg = t }, false);
}

/* Read the functions from the file itself. */
static bool
parse(struct images *im, struct image *i, const struct functions_roots *roots)
{
	enum elffile_err err;

	i->parsed = malloc(sizeof *i->parsed);
	if (!i->parsed)
		die_nomem();
	err = functions_read(i->parsed, i->vdso ? -1 : i->fd, i->name, roots);
	if (err != ELFFILE_OK) {
		diag(DIAG_MODULE_BAD, i->name, 0, "%s", elffile_strerror(err));
		functions_free(i->parsed);
		free(i->parsed);
		i->parsed = NULL;
		return false;
	}
	im->fds += i->parsed->debug_fd >= 0;
	im->memory += functions_memory(i->parsed);
	return true;
}

/* Get the functions; false, and once only, if that cannot be. */
static bool
load(struct images *im, struct image *i, const struct functions_roots *roots)
{
	struct image *victim;
	struct note note;

	if (i->bad)
		return false;
	if (!load_cached(im, i, roots, &note)) {
		i->bad = !parse(im, i, roots);
		if (i->bad)
			return false;
		store(im, i, &note);
		note.left_out = i->parsed->symtab.left_out;
	}
	if (note.left_out)
		diag(DIAG_MODULE_LIMIT, i->name, 0, "%u symbols left out",
		    note.left_out);
	while (im->memory > IMAGES_MEMORY_MAX &&
	    (victim = find_victim(im, i, true)))
		unload(im, victim);
	return true;
}

/* Turn a file offset into an address. */
static bool
convert(const struct image *i, uint64_t *addr)
{
	struct elffile f;

	if (i->parsed)
		return elffile_vaddr(&i->parsed->elf, *addr, addr);
	return elffile_init(&f, i->fd) == ELFFILE_OK &&
	    elffile_vaddr(&f, *addr, addr);
}

static bool
find(struct images *im, struct image *i, uint64_t addr,
    const struct functions_roots *roots, struct buf *b)
{
	if (i->cached) {
		switch (symfile_find(i->cached, addr, b)) {
		case SYMFILE_FOUND:
			return true;
		case SYMFILE_NONE:
			return false;
		case SYMFILE_DAMAGED:
			break;
		}
		unload(im, i);
		i->distrusted = true;
		if (!load(im, i, roots))
			return false;
	}
	return symtab_find(&i->parsed->symtab, addr, b);
}

enum images_found
images_name(struct images *im, uint32_t image, uint64_t addr, bool offset,
    const struct functions_roots *roots, struct buf *b)
{
	struct image *i = &im->v[image];

	if (!images_is_open(im, image))
		return IMAGES_CLOSED;
	i->used = ++im->clock;
	if (!i->parsed && !i->cached && !load(im, i, roots))
		return IMAGES_NAMELESS;
	if (offset && !convert(i, &addr))
		return IMAGES_NAMELESS;
	return find(im, i, addr, roots, b) ? IMAGES_NAMED : IMAGES_NAMELESS;
}

void
images_free(struct images *im)
{
	for (uint32_t n = 0; n < im->n; n++) {
		close_image(im, &im->v[n]);
		free(im->v[n].name);
		free(im->v[n].key);
	}
	free(im->v);
	intern_free(&im->keys);
	*im = (struct images){ 0 };
}
