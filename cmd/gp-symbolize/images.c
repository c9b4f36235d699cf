#include "images.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "identity.h"
#include "inlines.h"
#include "jobs.h"

/* Descriptors for everything but images: pipes, /proc, perf maps. */
enum { FDS_SPARE = 192, FDS_MIN = 16 };

void
images_init(struct images *im, struct cachedir *cache)
{
	struct rlimit rl;

	*im = (struct images){ .tables.cache = cache,
		.tables.pack.cache = cache->dir ? cache : NULL,
		.identities.cache = cache->dir ? cache : NULL,
		.fds_max = IMAGES_FDS_MAX };
	jail_init(&im->tables.jail, jobs, JOBS);
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
images_owner(const struct images *im, uint32_t image)
{
	return im->v[image].owner;
}

bool
images_is_open(const struct images *im, uint32_t image)
{
	return im->v[image].fd >= 0;
}

/* What a file's DWARF answers are kept under; NULL: nowhere. */
static const char *
answers_key(const struct image *i, bool lines, struct buf *b)
{
	if (!i->key)
		return NULL;
	buf_addf(b, "%s.%s", i->key, lines ? "lines" : "inlines");
	return b->s;
}

/* Keep and forget what its DWARF answered. */
static void
unload_answers(struct images *im, struct image *i)
{
	struct buf b = { 0 };
	const char *key;

	if (!i->answers)
		return;
	key = answers_key(i, i->lines, &b);
	if (key)
		answers_store(i->answers, im->tables.cache, key);
	im->memory -= i->answers_size;
	answers_free(i->answers);
	free(i->answers);
	i->answers = NULL;
	i->answers_size = 0;
	buf_free(&b);
}

/* Take the table away from an image; it is then empty if there was none. */
static struct table
take_table(struct images *im, struct image *i)
{
	struct table t = { .held = 0 };

	if (!i->table)
		return t;
	t = *i->table;
	im->memory -= table_memory(&t);
	im->fds--;
	free(i->table);
	i->table = NULL;
	return t;
}

/* Forget the functions; they can be read again. */
static void
unload(struct images *im, struct image *i)
{
	struct table t = take_table(im, i);

	unload_answers(im, i);
	table_free(&t);
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

		if (i == keep || (loaded ? !i->table && !i->answers :
		    i->fd < 0))
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

/* Whose a file is, as far as that matters. */
static uint32_t
owner_of(const struct stat *st)
{
	return cachedir_trusts(st) ? 0 : st->st_uid;
}

/* What tells a file from others, without a look into it. */
struct file_key {
	uint64_t dev, ino, size;
	int64_t sec, nsec;
	char pad[BUILDID_MAX]; /* longer than any build id */
};

static void
make_file_key(struct file_key *key, const struct stat *st)
{
	memset(key, 0, sizeof *key);
	key->dev = st->st_dev;
	key->ino = st->st_ino;
	key->size = (uint64_t)st->st_size;
	key->sec = st->st_mtim.tv_sec;
	key->nsec = st->st_mtim.tv_nsec;
}

/* What an image is known by: who may have made it, and its build id or file_key. */
struct image_key {
	uint32_t owner;
	char b[sizeof(struct file_key)];
};

/* The first; its length. */
static size_t
make_id_key(struct image_key *key, uint32_t owner, const struct buildid *id)
{
	key->owner = owner;
	memcpy(key->b, id->b, id->len);
	return offsetof(struct image_key, b) + id->len;
}

uint32_t
images_find(const struct images *im, const struct buildid *id)
{
	struct image_key key;
	size_t len = make_id_key(&key, 0, id);

	/* INTERN_NONE is IMAGE_NONE. */
	return intern_find(&im->keys, (const char *)&key, len);
}

static uint32_t
add_key(struct images *im, const struct elffile *f, const struct stat *st,
    uint32_t owner)
{
	struct file_key file;
	struct image_key key;
	size_t len;

	if (!buildid_is_none(&f->build_id)) {
		len = make_id_key(&key, owner, &f->build_id);
		return intern_add(&im->keys, (const char *)&key, len);
	}
	make_file_key(&file, st);
	key.owner = owner;
	memcpy(key.b, &file, sizeof file);
	return intern_add(&im->keys, (const char *)&key, sizeof key);
}

static struct image *
add_image(struct images *im, uint32_t n)
{
	if (n < im->n)
		return &im->v[n];
	if (im->n == im->cap) {
		im->cap = im->cap ? im->cap * 2 : 64;
		im->v = realloc(im->v, im->cap * sizeof *im->v);
		if (!im->v)
			die_nomem();
	}
	im->v[n] = (struct image){ .fd = -1 };
	im->n++;
	return &im->v[n];
}

/* What a file's functions are kept under. */
static char *
make_key(const struct elffile *f, const struct stat *st, uint32_t owner)
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
	else if (owner)
		buf_addf(&b, "-%u", owner);
	return b.s;
}

/* Have a file identified. */
static enum images_err
identify(struct images *im, const struct opened *o, const char *name,
    struct elffile *f, const char **why)
{
	uint32_t owner = owner_of(&o->st);
	enum elffile_err err = ELFFILE_EFILE;
	enum jail_err failed = JAIL_OK;
	struct file_key key;

	bool known = owner == 0 && !o->slow && S_ISREG(o->st.st_mode);

	*why = NULL;
	*f = (struct elffile){ .size = (uint64_t)o->st.st_size };
	if (known && identities_find(&im->identities, &o->st, &f->build_id))
		return IMAGES_OK;
	make_file_key(&key, &o->st);
	if (intern_find(&im->toxic, (const char *)&key, sizeof key) !=
	    INTERN_NONE)
		return IMAGES_ECRASH;
	if (S_ISREG(o->st.st_mode))
		failed = identity_read(&im->tables.jail, o->fd, o->slow, owner,
		    name, f, &err);
	if (failed != JAIL_OK) {
		*why = jail_why(&im->tables.jail);
		if (jail_is_fault(failed))
			(void)intern_add(&im->toxic, (const char *)&key,
			    sizeof key);
		return IMAGES_ECRASH;
	}
	*why = elffile_strerror(err);
	if (known && err == ELFFILE_OK)
		identities_add(&im->identities, &o->st, &f->build_id,
		    (uint64_t)time(NULL));
	return err == ELFFILE_OK ? IMAGES_OK : IMAGES_EBAD;
}

/* Have it be of a file. What was found out of another one is forgotten; of the same
 * it stands, or one that brings its reader down would do so again. */
static void
set_file(struct image *i, const struct opened *o, const struct elffile *f,
    const char *name, uint32_t owner)
{
	const struct stat *st = &o->st;

	i->fd = o->fd;
	i->slow = o->slow;
	if (i->key && i->dev == st->st_dev && i->ino == st->st_ino &&
	    i->changed.tv_sec == st->st_ctim.tv_sec &&
	    i->changed.tv_nsec == st->st_ctim.tv_nsec)
		return;
	i->dev = st->st_dev;
	i->ino = st->st_ino;
	i->changed = st->st_ctim;
	i->bad = i->distrusted = i->no_dwarf = false;
	free(i->name);
	i->name = strdup(name);
	if (!i->name)
		die_nomem();
	i->id = f->build_id;
	i->size = f->size;
	i->owner = owner;
	free(i->key);
	i->key = make_key(f, st, owner);
}

/* Add a file that was identified; its descriptor becomes the image's, or is closed. */
static enum images_err
add_identified(struct images *im, const struct opened *o,
    const struct elffile *f, const struct buildid *want, const char *name,
    uint32_t *image)
{
	uint32_t owner = owner_of(&o->st);
	struct image *i;

	if (!buildid_is_none(want) && !buildid_equal(want, &f->build_id)) {
		close(o->fd);
		return IMAGES_EOTHER;
	}
	*image = add_key(im, f, &o->st, owner);
	i = add_image(im, *image);
	i->used = ++im->clock;
	if (i->fd >= 0) { /* had it from elsewhere */
		close(o->fd);
		return IMAGES_OK;
	}
	make_room(im, i);
	im->fds++;
	set_file(i, o, f, name, owner);
	return IMAGES_OK;
}

enum images_err
images_add(struct images *im, const struct opened *o,
    const struct buildid *want, const char *name, uint32_t *image,
    const char **why)
{
	enum images_err err;
	struct elffile f;

	err = identify(im, o, name, &f, why);
	if (err == IMAGES_OK)
		return add_identified(im, o, &f, want, name, image);
	close(o->fd);
	return err;
}

/* A file is made of it, since functions are read from one. */
enum images_err
images_add_vdso(struct images *im, const struct buildid *want, const char *name,
    uint32_t *image)
{
	struct opened o = { .fd = -1 };
	struct elffile f;

	if (elffile_init_vdso(&f) != ELFFILE_OK)
		return IMAGES_EBAD;
	o.fd = memfd_create("vdso", MFD_CLOEXEC);
	if (o.fd < 0)
		return IMAGES_EBAD;
	if (file_write_all(o.fd, f.mem, f.size) == 0 &&
	    fstat(o.fd, &o.st) == 0)
		return add_identified(im, &o, &f, want, name, image);
	close(o.fd);
	return IMAGES_EBAD;
}

/* -- functions ----------------------------------------------------------- */

static struct tables_file
file_of(const struct image *i)
{
	return (struct tables_file){ .fd = i->fd, .slow = i->slow,
		.name = i->name, .id = &i->id, .key = i->key,
		.owner = i->owner, .size = i->size,
		.distrusted = i->distrusted };
}

static void
bound_memory(struct images *im, const struct image *keep)
{
	size_t max = IMAGES_MEMORY_MAX - im->tables.pack.new_bytes;
	struct image *victim;

	while (im->memory > max &&
	    (victim = find_victim(im, keep, true)))
		unload(im, victim);
}

static void
put_table(struct images *im, struct image *i, const struct table *table)
{
	make_room(im, i);
	i->table = malloc(sizeof *i->table);
	if (!i->table)
		die_nomem();
	*i->table = *table;
	i->load = ++im->loads;
	im->fds++;
	im->memory += table_memory(i->table);
	bound_memory(im, i);
}

/* Have the functions that are kept; false if there are none. */
static bool
load(struct images *im, struct image *i, const struct tables_roots *roots)
{
	const struct tables_file f = file_of(i);
	struct table table;

	if (!tables_load(&im->tables, &f, roots, &table))
		return false;
	put_table(im, i, &table);
	return true;
}

/* Have the file read; false, and once only, if that cannot be. */
static bool
read_file(struct images *im, struct image *i, const struct tables_roots *roots)
{
	const struct tables_file f = file_of(i);
	struct table table;

	i->bad = !tables_read(&im->tables, &f, roots, &table);
	if (i->bad)
		return false;
	put_table(im, i, &table);
	return true;
}

/* Have its functions. */
static bool
get_table(struct images *im, struct image *i, const struct tables_roots *roots)
{
	return i->table || (!i->bad &&
	    (load(im, i, roots) || read_file(im, i, roots)));
}

/* Turn a file offset into an address: for files that the recorder could not
 * read, which are few. */
static bool
convert(struct images *im, const struct image *i, uint64_t *addr)
{
	struct elffile f;
	enum elffile_err err;

	return identity_read(&im->tables.jail, i->fd, i->slow, i->owner,
	    i->name, &f, &err) == JAIL_OK && err == ELFFILE_OK &&
	    elffile_vaddr(&f, *addr, addr);
}

static bool
find(struct images *im, struct image *i, uint64_t addr,
    const struct tables_roots *roots, struct buf *b)
{
	enum symfile_found found = SYMFILE_NONE;

	if (get_table(im, i, roots))
		found = table_find(i->table, addr, b);
	if (found != SYMFILE_DAMAGED)
		return found == SYMFILE_FOUND;
	unload(im, i);
	if (i->distrusted)
		return false;
	i->distrusted = true;
	return get_table(im, i, roots) &&
	    table_find(i->table, addr, b) == SYMFILE_FOUND;
}

enum images_at
images_function(struct images *im, uint32_t image, uint64_t addr,
    uint64_t *function)
{
	struct image *i = &im->v[image];
	uint32_t value;

	if (!i->table)
		return i->bad ? IMAGES_NOTHING : IMAGES_UNREAD;
	i->used = ++im->clock;
	value = symfile_lookup(&i->table->file, addr);
	/* Another load may have another file before it. */
	*function = (uint64_t)i->load << 32 | value;
	if (value == SYMFILE_UNSURE)
		return IMAGES_UNREAD; /* images_name() reads it anew */
	return value < SYMFORMAT_NO_NAME ? IMAGES_FUNCTION : IMAGES_NOTHING;
}

enum images_found
images_first(struct images *im, uint32_t image, uint64_t from,
    const struct tables_roots *roots, uint64_t *addr)
{
	struct image *i = &im->v[image];

	if (!images_is_open(im, image))
		return IMAGES_CLOSED;
	i->used = ++im->clock;
	if (!get_table(im, i, roots))
		return IMAGES_NAMELESS;
	return symfile_first(&i->table->file, from, addr) ?
	    IMAGES_NAMED : IMAGES_NAMELESS;
}

enum images_found
images_name(struct images *im, uint32_t image, uint64_t addr, bool offset,
    const struct tables_roots *roots, struct buf *b)
{
	struct image *i = &im->v[image];

	if (!images_is_open(im, image))
		return IMAGES_CLOSED;
	i->used = ++im->clock;
	if (i->bad || (offset && !convert(im, i, &addr)))
		return IMAGES_NAMELESS;
	return find(im, i, addr, roots, b) ? IMAGES_NAMED : IMAGES_NAMELESS;
}

static void
load_answers(struct images *im, struct image *i, bool lines)
{
	struct buf b = { 0 };
	const char *key = answers_key(i, lines, &b);

	if (!i->answers) {
		i->answers = calloc(1, sizeof *i->answers);
		if (!i->answers)
			die_nomem();
		i->lines = lines;
		if (key)
			answers_load(i->answers, im->tables.cache, key,
			    (uint64_t)time(NULL));
	}
	buf_free(&b);
}

static void
measure_answers(struct images *im, struct image *i)
{
	size_t size = answers_memory(i->answers);

	im->memory += size - i->answers_size;
	i->answers_size = size;
	bound_memory(im, i);
}

enum images_found
images_inlines(struct images *im, uint32_t image, uint64_t *addr,
    size_t n, bool lines, const struct tables_roots *roots,
    inlines_take *take, void *arg)
{
	struct image *i = &im->v[image];
	const struct tables_file f = file_of(i);
	enum inlines_err err;

	if (!images_is_open(im, image))
		return IMAGES_CLOSED;
	i->used = ++im->clock;
	if (i->no_dwarf || i->bad)
		return IMAGES_NAMELESS;
	load_answers(im, i, lines);
	err = inlines_ask(&im->tables.jail, &f, roots, lines, i->answers, addr,
	    n, take, arg);
	measure_answers(im, i);
	i->no_dwarf = err != INLINES_OK;
	return err == INLINES_OK ? IMAGES_NAMED : IMAGES_NAMELESS;
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
	identities_free(&im->identities);
	pack_free(&im->tables.pack);
	intern_free(&im->keys);
	intern_free(&im->toxic);
	jail_end(&im->tables.jail);
	*im = (struct images){ 0 };
}
