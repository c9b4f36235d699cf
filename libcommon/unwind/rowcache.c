#include "unwind/rowcache.h"

#include <elf.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/file.h"
#include "unwind/ehframe.h"

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
	uint8_t by_inode; /* id is no build id, see key_of() */
	uint8_t unused[6];
};

_Static_assert(sizeof(struct header) == 120, "as in the file");

static uint64_t
sum_of(const struct header *h, const struct unwind_row *row)
{
	struct header zero = *h;

	zero.sum = 0;
	return cachedir_sum(cachedir_sum(CACHEDIR_SUM, &zero, sizeof zero), row,
	    (size_t)h->n * sizeof *row);
}

/* What a file is known by. Without a build id (Go's linker writes none), the
 * inode and its last change, which nobody can set: such rows are found again
 * on this machine as long as the file is not replaced. False: not cacheable. */
static bool
key_of(const struct elffile *f, struct buildid *id)
{
	struct stat st;
	uint64_t word[4];

	if (f->fd < 0 || fstat(f->fd, &st) != 0 || !cachedir_trusts(&st))
		return false;
	*id = f->build_id;
	if (buildid_is_none(id)) {
		word[0] = st.st_dev;
		word[1] = st.st_ino;
		word[2] = (uint64_t)st.st_ctim.tv_sec;
		word[3] = (uint64_t)st.st_ctim.tv_nsec;
		id->len = sizeof word;
		memcpy(id->b, word, sizeof word);
	}
	return true;
}

/* The header that a file's rows have, n and sum left out, and their file's
 * name. False if they are not to be cached. */
static bool
identify(const struct rowcache *c, const struct elffile *f, struct header *h,
    struct buf *name)
{
	char hex[2 * BUILDID_MAX + 1];
	struct buildid id;

	memset(h, 0, sizeof *h);
	if (!c->files.dir || !key_of(f, &id) || !ehframe_base(f, &h->base))
		return false;
	memcpy(h->magic, magic, sizeof h->magic);
	h->version = ROWCACHE_VERSION;
	h->machine = EM_X86_64;
	h->file_size = f->size;
	h->by_inode = buildid_is_none(&f->build_id);
	h->id_len = id.len;
	memcpy(h->id, id.b, id.len);
	buildid_format(&id, hex);
	buf_addf(name, "%s%s-", h->by_inode ? "inode-" : "", hex);
	buf_addx(name, f->size);
	return true;
}

int
rowcache_open(struct rowcache *c, const char *dir, uint64_t max_bytes)
{
	return cachedir_open(&c->files, dir, "rows", max_bytes);
}

/* Read and check everything; rows are malloc'd. */
static bool
read_rows(int fd, const struct header *want, const struct stat *st,
    struct rows *t)
{
	struct header h;
	size_t bytes;

	if (file_pread(fd, &h, sizeof h, 0) != (ssize_t)sizeof h)
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

bool
rowcache_load(struct rowcache *c, const struct elffile *f, struct rows *t)
{
	struct buf name = { 0 };
	struct header want;
	struct stat st;
	bool ok;
	int fd;

	*t = (struct rows){ 0 };
	if (!identify(c, f, &want, &name))
		return false;
	fd = cachedir_get(&c->files, name.s, &st);
	buf_free(&name);
	if (fd < 0)
		return false;
	ok = read_rows(fd, &want, &st, t);
	if (!ok)
		rows_free(t);
	cachedir_judge(&c->files, fd, &st, ok);
	close(fd);
	return ok;
}

bool
rowcache_store(struct rowcache *c, const struct elffile *f,
    const struct rows *t)
{
	struct buf name = { 0 };
	struct file_new out;
	struct header h;
	bool ok;

	if (t->full || !t->n || !identify(c, f, &h, &name))
		return false;
	h.n = t->n;
	h.sum = sum_of(&h, t->row);
	ok = t->base == h.base &&
	    cachedir_begin(&c->files, &out, name.s, 0644);
	buf_free(&name);
	return ok && cachedir_end(&c->files, &out,
	    file_write_all(out.fd, &h, sizeof h) == 0 &&
	    file_write_all(out.fd, t->row, t->n * sizeof *t->row) == 0);
}

enum elffile_err
rowcache_get(struct rowcache *c, const struct elffile *f,
    struct filerows_root *root, struct rows *t)
{
	enum elffile_err err;

	if (rowcache_load(c, f, t))
		return ELFFILE_OK;
	err = filerows_make(f, root, t);
	if (!err && !(root && root->used) && t->n >= ROWCACHE_ROWS_MIN)
		/* A failure is counted; the rows are here. */
		(void)!rowcache_store(c, f, t);
	return err;
}

void
rowcache_done(struct rowcache *c)
{
	cachedir_done(&c->files);
}
