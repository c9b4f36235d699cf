#include "identities.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"

static const char magic[8] = "gp-idnt";
static const char file_name[] = "identities";

struct trailer {
	char magic[8];
	uint32_t version;
	uint32_t n;
	uint64_t sum; /* of this, with 0 here, and the entries */
};

static struct identities_entry
make_entry(const struct stat *st)
{
	struct identities_entry e;

	memset(&e, 0, sizeof e);
	e.dev = st->st_dev;
	e.ino = st->st_ino;
	e.size = (uint64_t)st->st_size;
	e.modified_s = (uint64_t)st->st_mtim.tv_sec;
	e.modified_ns = (uint32_t)st->st_mtim.tv_nsec;
	e.changed_s = (uint64_t)st->st_ctim.tv_sec;
	e.changed_ns = (uint32_t)st->st_ctim.tv_nsec;
	return e;
}

static bool
is_same(const struct identities_entry *a, const struct identities_entry *b)
{
	return memcmp(a, b, offsetof(struct identities_entry, len)) == 0;
}

static struct trailer
make_trailer(const struct identities *i)
{
	struct trailer t;

	memset(&t, 0, sizeof t);
	memcpy(t.magic, magic, sizeof t.magic);
	t.version = IDENTITIES_VERSION;
	t.n = i->n;
	t.sum = cachedir_sum(cachedir_sum(CACHEDIR_SUM, &t, sizeof t), i->v,
	    i->n * sizeof *i->v);
	return t;
}

static void
allocate(struct identities *i, uint32_t cap)
{
	i->v = reallocarray(i->v, cap, sizeof *i->v);
	if (!i->v)
		die_nomem();
	i->cap = cap;
}

static bool
read_file(struct identities *i, int fd, uint64_t size)
{
	struct trailer t, want;
	size_t bytes;

	if (size < sizeof t || (size - sizeof t) % sizeof *i->v ||
	    (size - sizeof t) / sizeof *i->v > IDENTITIES_MAX)
		return false;
	i->n = (uint32_t)((size - sizeof t) / sizeof *i->v);
	bytes = i->n * sizeof *i->v;
	allocate(i, i->n + 64);
	if (file_pread(fd, i->v, bytes, 0) != (ssize_t)bytes ||
	    file_pread(fd, &t, sizeof t, (off_t)bytes) != (ssize_t)sizeof t)
		return false;
	want = make_trailer(i);
	if (memcmp(&t, &want, sizeof t) != 0)
		return false;
	for (uint32_t k = 0; k < i->n; k++)
		if (i->v[k].len > BUILDID_MAX)
			return false;
	return true;
}

static void
load(struct identities *i)
{
	struct stat st;
	bool ok;
	int fd;

	i->loaded = true;
	fd = cachedir_get(i->cache, file_name, &st);
	if (fd < 0)
		return;
	ok = st.st_size >= 0 && read_file(i, fd, (uint64_t)st.st_size);
	cachedir_judge(i->cache, fd, &st, ok);
	close(fd);
	if (!ok)
		i->n = 0;
}

bool
identities_find(struct identities *i, const struct stat *st,
    struct buildid *id)
{
	struct identities_entry e = make_entry(st);

	if (!i->cache)
		return false;
	if (!i->loaded)
		load(i);
	/* A few hundred, asked for once each. */
	for (uint32_t k = i->n; k-- > 0;) {
		if (!is_same(&i->v[k], &e))
			continue;
		*id = (struct buildid){ .len = i->v[k].len };
		memcpy(id->b, i->v[k].id, id->len);
		return true;
	}
	return false;
}

void
identities_add(struct identities *i, const struct stat *st,
    const struct buildid *id, uint64_t now)
{
	struct identities_entry e = make_entry(st);

	if (!i->cache || !i->loaded || now < e.changed_s ||
	    now - e.changed_s <= IDENTITIES_SETTLED_S)
		return;
	if (i->n == IDENTITIES_MAX) { /* the older half goes */
		i->n /= 2;
		memmove(i->v, i->v + i->n, i->n * sizeof *i->v);
	}
	if (i->n == i->cap)
		allocate(i, i->cap ? i->cap * 2 : 64);
	e.len = id->len;
	memcpy(e.id, id->b, id->len);
	i->v[i->n++] = e;
	i->changed = true;
}

static void
store(struct identities *i)
{
	struct trailer t = make_trailer(i);
	struct file_new out;
	bool ok;

	if (!cachedir_begin(i->cache, &out, file_name, 0644))
		return;
	ok = file_write_all(out.fd, i->v, i->n * sizeof *i->v) == 0 &&
	    file_write_all(out.fd, &t, sizeof t) == 0;
	(void)cachedir_end(i->cache, &out, ok);
}

void
identities_free(struct identities *i)
{
	if (i->changed)
		store(i);
	free(i->v);
	*i = (struct identities){ 0 };
}
