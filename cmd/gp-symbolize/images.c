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
images_init(struct images *im)
{
	struct rlimit rl;

	*im = (struct images){ .fds_max = IMAGES_FDS_MAX };
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
	if (!i->elf)
		return;
	im->memory -= symtab_memory(&i->symtab) + sizeof *i->elf;
	symtab_free(&i->symtab);
	free(i->elf);
	i->elf = NULL;
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

		if (i == keep || (loaded ? !i->elf : i->fd < 0))
			continue;
		if (!victim || i->used < victim->used)
			victim = i;
	}
	return victim;
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

enum images_err
images_add(struct images *im, int fd, const struct buildid *want,
    const char *name, uint32_t *image, enum elffile_err *why)
{
	struct image *i, *victim;
	struct elffile f;

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
	if (im->fds >= im->fds_max && (victim = find_victim(im, i, false)))
		close_image(im, victim);
	i->fd = fd;
	im->fds++;
	return IMAGES_OK;
}

static const char *
tables_read(const struct symtab *t)
{
	if (t->has_symtab)
		return t->has_dynsym ? ".symtab and .dynsym" : ".symtab";
	return t->has_dynsym ? ".dynsym" : "no table";
}

/* Read the functions; false, and once only, if that cannot be. */
static bool
load(struct images *im, struct image *i)
{
	enum elffile_err err;
	struct image *victim;

	if (i->bad)
		return false;
	i->elf = malloc(sizeof *i->elf);
	if (!i->elf)
		die_nomem();
	err = i->vdso ? elffile_init_vdso(i->elf) :
	    elffile_init(i->elf, i->fd);
	if (err == ELFFILE_OK)
		err = symtab_read(&i->symtab, i->elf);
	if (err != ELFFILE_OK) {
		diag(DIAG_MODULE_BAD, i->name, 0, "%s", elffile_strerror(err));
		free(i->elf);
		i->elf = NULL;
		i->bad = true;
		return false;
	}
	im->memory += symtab_memory(&i->symtab) + sizeof *i->elf;
	diag_verbose("%s: %u symbols of functions, from %s", i->name, i->symtab.functions,
	    tables_read(&i->symtab));
	if (i->symtab.left_out)
		diag(DIAG_MODULE_LIMIT, i->name, 0, "%u symbols left out",
		    i->symtab.left_out);
	while (im->memory > IMAGES_MEMORY_MAX &&
	    (victim = find_victim(im, i, true)))
		unload(im, victim);
	return true;
}

enum images_found
images_name(struct images *im, uint32_t image, uint64_t addr, bool offset,
    struct buf *b)
{
	struct image *i = &im->v[image];

	if (!images_is_open(im, image))
		return IMAGES_CLOSED;
	i->used = ++im->clock;
	if (!i->elf && !load(im, i))
		return IMAGES_NAMELESS;
	if (offset && !elffile_vaddr(i->elf, addr, &addr))
		return IMAGES_NAMELESS;
	return symtab_find(&i->symtab, i->elf, addr, b) ? IMAGES_NAMED :
	    IMAGES_NAMELESS;
}

void
images_free(struct images *im)
{
	for (uint32_t n = 0; n < im->n; n++) {
		close_image(im, &im->v[n]);
		free(im->v[n].name);
	}
	free(im->v);
	intern_free(&im->keys);
	*im = (struct images){ 0 };
}
