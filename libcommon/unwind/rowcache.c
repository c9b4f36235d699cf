#include "unwind/rowcache.h"

#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/file.h"
#include "unwind/ehframe.h"
#include "unwind/filerows.h"

static const char magic[8] = "gp-rows";

struct header {
	char magic[8];
	uint32_t version;
	uint32_t machine;
	uint64_t n;
	uint64_t base;
	uint64_t file_size;
	uint64_t sum; /* of header, with 0 here, and rows */
	uint8_t id_len;
	uint8_t id[BUILDID_MAX];
	uint8_t unused[7];
};

_Static_assert(sizeof(struct header) == 120, "as in the file");

enum {
	USED_AGAIN_S = 3600, /* how exact "least recently used" is */
	LEFTOVER_S = 3600,   /* age of a temporary file that is nobody's */
};

/* FNV-1a by words, folded: against damage, not against forgery. */
static uint64_t
sum_words(uint64_t sum, const void *p, size_t len)
{
	const char *s = p;
	uint64_t w;

	for (; len >= 8; s += 8, len -= 8) {
		memcpy(&w, s, 8);
		sum = (sum ^ w) * 0x100000001b3u;
		sum ^= sum >> 32;
	}
	return sum;
}

static uint64_t
sum_of(const struct header *h, const struct unwind_row *row)
{
	struct header zero = *h;

	zero.sum = 0;
	return sum_words(sum_words(0xcbf29ce484222325u, &zero, sizeof zero), row,
	    (size_t)h->n * sizeof *row);
}

/* The header that a file's rows have; n and sum are left out. */
static bool
make_header(struct header *h, const struct elffile *f)
{
	memset(h, 0, sizeof *h);
	if (buildid_is_none(&f->build_id) || f->fd < 0 ||
	    !ehframe_base(f, &h->base))
		return false;
	memcpy(h->magic, magic, sizeof h->magic);
	h->version = ROWCACHE_VERSION;
	h->machine = EM_X86_64;
	h->file_size = f->size;
	h->id_len = f->build_id.len;
	memcpy(h->id, f->build_id.b, f->build_id.len);
	return true;
}

/* Whoever this belongs to has no reason to deceive us. */
static bool
is_trusted(const struct stat *st)
{
	return st->st_uid == 0 || st->st_uid == geteuid();
}

static bool
is_cacheable(const struct rowcache *c, const struct elffile *f)
{
	struct stat st;

	return c->dir && f->fd >= 0 && !buildid_is_none(&f->build_id) &&
	    fstat(f->fd, &st) == 0 && is_trusted(&st);
}

static void
path_of(const struct rowcache *c, const struct elffile *f, struct buf *b)
{
	char hex[2 * BUILDID_MAX + 1];

	buildid_format(&f->build_id, hex);
	buf_addf(b, "%s/%s-", c->dir, hex);
	buf_addx(b, f->size);
}

/* -- opening ------------------------------------------------------------- */

static bool
default_dir(struct buf *b)
{
	const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");

	if (geteuid() == 0)
		buf_adds(b, "/var/cache");
	else if (xdg && xdg[0] == '/')
		buf_adds(b, xdg);
	else if (home && home[0] == '/')
		buf_addf(b, "%s/.cache", home);
	else
		return false;
	buf_adds(b, "/gp/rows");
	return true;
}

int
rowcache_open(struct rowcache *c, const char *dir, uint64_t max_bytes)
{
	struct buf b = { 0 };
	struct stat st;
	int err = 0;

	*c = (struct rowcache){ .max_bytes = max_bytes };
	if (dir)
		buf_adds(&b, dir);
	else if (!default_dir(&b))
		err = ENOENT;
	if (!err && file_mkdirs(buf_str(&b), 0755) != 0)
		err = errno;
	if (!err && stat(buf_str(&b), &st) != 0)
		err = errno;
	if (!err && (!S_ISDIR(st.st_mode) || !is_trusted(&st) ||
	    (st.st_mode & 022)))
		err = EPERM;
	if (err) {
		buf_free(&b);
		errno = err;
		return -1;
	}
	c->dir = b.s;
	return 0;
}

/* -- reading and writing ------------------------------------------------- */

/* Read and check everything; rows are malloc'd. */
static bool
read_rows(int fd, const struct header *want, const struct stat *st,
    struct rows *t)
{
	struct header h;
	size_t bytes;

	if (!S_ISREG(st->st_mode) || !is_trusted(st) ||
	    file_pread(fd, &h, sizeof h, 0) != (ssize_t)sizeof h)
		return false;
	if (memcmp(&h, want, offsetof(struct header, n)) != 0 ||
	    h.base != want->base || h.file_size != want->file_size ||
	    memcmp(&h.id_len, &want->id_len,
		sizeof h - offsetof(struct header, id_len)) != 0)
		return false;
	if (h.n == 0 || h.n > ROWS_MAX)
		return false;
	bytes = (size_t)h.n * sizeof *t->row;
	if ((uint64_t)st->st_size != sizeof h + bytes)
		return false;
	t->row = malloc(bytes);
	if (!t->row)
		die_nomem();
	t->n = t->cap = (size_t)h.n;
	t->base = h.base;
	return file_pread(fd, t->row, bytes, sizeof h) == (ssize_t)bytes &&
	    sum_of(&h, t->row) == h.sum && rows_are_valid(t->row, t->n);
}

/* The time of the last use is the file's own. That it cannot be set (somebody
 * else's file) makes it older than it is, no more. */
static void
mark_used(int fd, const struct stat *st)
{
	if (time(NULL) - st->st_mtime > USED_AGAIN_S)
		(void)futimens(fd, NULL);
}

bool
rowcache_load(struct rowcache *c, const struct elffile *f, struct rows *t)
{
	struct buf path = { 0 };
	struct header want;
	struct stat st;
	bool ok;
	int fd;

	*t = (struct rows){ 0 };
	if (!is_cacheable(c, f) || !make_header(&want, f))
		return false;
	path_of(c, f, &path);
	fd = open(path.s, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	buf_free(&path);
	if (fd < 0) {
		c->misses++;
		return false;
	}
	ok = fstat(fd, &st) == 0 && read_rows(fd, &want, &st, t);
	if (ok)
		mark_used(fd, &st);
	else
		rows_free(t);
	close(fd);
	c->hits += ok;
	c->misses += !ok;
	c->bad += !ok;
	return ok;
}

/* Remove what is no file: file_new() writes into pipes and devices, and this
 * folder holds files only. */
static void
make_room(const char *path)
{
	struct stat st;

	if (lstat(path, &st) == 0 && !S_ISREG(st.st_mode))
		unlink(path);
}

bool
rowcache_store(struct rowcache *c, const struct elffile *f,
    const struct rows *t)
{
	struct buf path = { 0 };
	struct file_new out;
	struct header h;
	bool ok;

	if (!is_cacheable(c, f) || !make_header(&h, f) || t->full || !t->n ||
	    t->base != h.base)
		return false;
	h.n = t->n;
	h.sum = sum_of(&h, t->row);
	path_of(c, f, &path);
	make_room(path.s);
	ok = file_new(&out, path.s, 0644) == 0 &&
	    file_write_all(out.fd, &h, sizeof h) == 0 &&
	    file_write_all(out.fd, t->row, t->n * sizeof *t->row) == 0 &&
	    file_new_replace(&out) == 0;
	buf_free(&path);
	if (!ok) {
		c->failed_errno = errno;
		c->failed++;
		file_new_abort(&out);
	}
	c->stored |= ok;
	return ok;
}

enum elffile_err
rowcache_get(struct rowcache *c, const struct elffile *f, struct rows *t)
{
	enum elffile_err err;

	if (rowcache_load(c, f, t))
		return ELFFILE_OK;
	err = filerows_make(f, t);
	if (!err && t->n >= ROWCACHE_ROWS_MIN)
		/* A failure is counted; the rows are here. */
		(void)!rowcache_store(c, f, t);
	return err;
}

/* -- bounds -------------------------------------------------------------- */

struct kept {
	char *name;
	time_t used;
	uint64_t bytes;
};

static int
by_use(const void *pa, const void *pb)
{
	const struct kept *a = pa, *b = pb;

	if (a->used != b->used)
		return a->used < b->used ? -1 : 1;
	return strcmp(a->name, b->name);
}

struct list {
	struct kept *kept;
	size_t n, cap;
	uint64_t bytes;
};

static void
add_kept(struct list *l, const char *name, const struct stat *st)
{
	if (l->n == l->cap) {
		l->cap = l->cap ? l->cap * 2 : 64;
		l->kept = reallocarray(l->kept, l->cap, sizeof *l->kept);
		if (!l->kept)
			die_nomem();
	}
	l->kept[l->n] = (struct kept){ strdup(name), st->st_mtime,
		(uint64_t)st->st_blocks * 512 };
	if (!l->kept[l->n].name)
		die_nomem();
	l->bytes += l->kept[l->n++].bytes;
}

/* List the folder; remove what killed processes left in it. */
static void
list_folder(DIR *d, struct list *l)
{
	time_t now = time(NULL);
	struct dirent *e;
	struct stat st;

	while ((e = readdir(d))) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
		    fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) ||
		    !S_ISREG(st.st_mode))
			continue;
		if (e->d_name[0] != '.')
			add_kept(l, e->d_name, &st);
		else if (strstr(e->d_name, ".tmp.") &&
		    now - st.st_mtime > LEFTOVER_S)
			unlinkat(dirfd(d), e->d_name, 0);
	}
}

static void
trim(const struct rowcache *c)
{
	struct list l = { 0 };
	DIR *d = opendir(c->dir);

	if (!d)
		return;
	list_folder(d, &l);
	if (l.bytes > c->max_bytes)
		qsort(l.kept, l.n, sizeof *l.kept, by_use);
	for (size_t i = 0; i < l.n; i++) {
		/* Gone already: another process is trimming, too. */
		if (l.bytes > c->max_bytes &&
		    (unlinkat(dirfd(d), l.kept[i].name, 0) == 0 ||
			errno == ENOENT))
			l.bytes -= l.kept[i].bytes;
		free(l.kept[i].name);
	}
	free(l.kept);
	closedir(d);
}

void
rowcache_done(struct rowcache *c)
{
	if (c->dir && c->stored)
		trim(c);
	free(c->dir);
	c->dir = NULL;
}
