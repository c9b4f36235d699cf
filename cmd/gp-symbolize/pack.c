#include "pack.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"

static const char magic[8] = "gp-pack";
static const char file_name[] = "tables";

struct entry {
	uint64_t at, size, used;
	char key[PACK_KEY_MAX]; /* filled up with NULs */
};

struct trailer {
	char magic[8];
	uint32_t version;
	uint32_t n;
	uint64_t bytes; /* of all images */
	uint64_t sum;   /* of this, with 0 here, and the entries */
};

_Static_assert(sizeof(struct entry) == 280, "as in the file");
_Static_assert(sizeof(struct trailer) == 32, "as in the file");

static struct trailer
make_trailer(const struct entry *e, uint32_t n, uint64_t bytes)
{
	struct trailer t;

	memset(&t, 0, sizeof t);
	memcpy(t.magic, magic, sizeof t.magic);
	t.version = PACK_VERSION;
	t.n = n;
	t.bytes = bytes;
	t.sum = cachedir_sum(cachedir_sum(CACHEDIR_SUM, &t, sizeof t), e,
	    n * sizeof *e);
	return t;
}

/* The number of a key, known or new. */
static struct packed *
packed_of(struct pack *p, const char *key)
{
	uint32_t n = intern_add(&p->keys, key, strlen(key));

	if (n < p->n)
		return &p->v[n];
	if (p->n == p->cap) {
		p->cap = p->cap ? p->cap * 2 : 256;
		p->v = reallocarray(p->v, p->cap, sizeof *p->v);
		if (!p->v)
			die_nomem();
	}
	p->v[p->n] = (struct packed){ 0 };
	return &p->v[p->n++];
}

/* -- reading ------------------------------------------------------------- */

static bool
take_entries(struct pack *p, const struct entry *e, uint32_t n, uint64_t bytes)
{
	for (uint32_t i = 0; i < n; i++) {
		struct packed *part;

		if (!memchr(e[i].key, '\0', sizeof e[i].key) ||
		    e[i].at > bytes || e[i].size > bytes - e[i].at)
			return false;
		part = packed_of(p, e[i].key);
		*part = (struct packed){ e[i].at, e[i].size, e[i].used, NULL };
	}
	return true;
}

static bool
read_file(struct pack *p, int fd, uint64_t size)
{
	struct trailer t, want;
	struct entry *e;
	size_t len;
	bool ok;

	if (size < sizeof t || size > INT64_MAX ||
	    file_pread(fd, &t, sizeof t, (off_t)(size - sizeof t)) !=
	    (ssize_t)sizeof t || t.n > PACK_MAX ||
	    t.bytes > PACK_BYTES_MAX ||
	    size != t.bytes + t.n * sizeof *e + sizeof t)
		return false;
	len = t.n * sizeof *e;
	e = malloc(len + 1);
	if (!e)
		die_nomem();
	ok = file_pread(fd, e, len, (off_t)t.bytes) == (ssize_t)len;
	want = make_trailer(e, t.n, t.bytes);
	ok = ok && memcmp(&t, &want, sizeof t) == 0 &&
	    take_entries(p, e, t.n, t.bytes);
	free(e);
	return ok;
}

static void
free_new(struct pack *p, struct packed *part)
{
	if (part->new)
		p->new_bytes -= (size_t)part->size;
	free(part->new);
	part->new = NULL;
}

static void
forget(struct pack *p)
{
	for (uint32_t i = 0; i < p->n; i++)
		free_new(p, &p->v[i]);
	free(p->v);
	p->v = NULL;
	p->n = p->cap = 0;
	intern_free(&p->keys);
}

static void
load(struct pack *p)
{
	struct stat st;
	bool ok;

	if (p->loaded)
		return;
	p->loaded = true;
	p->fd = cachedir_get(p->cache, file_name, &st);
	if (p->fd < 0)
		return;
	ok = st.st_size >= 0 && read_file(p, p->fd, (uint64_t)st.st_size);
	cachedir_judge(p->cache, p->fd, &st, ok);
	if (ok)
		return;
	forget(p);
	close(p->fd);
	p->fd = -1;
}

static bool
read_image(const struct pack *p, const struct packed *part, char *to)
{
	if (!part->new)
		return file_pread(p->fd, to, (size_t)part->size,
		    (off_t)part->at) == (ssize_t)part->size;
	memcpy(to, part->new, (size_t)part->size);
	return true;
}

bool
pack_get(struct pack *p, const char *key, uint64_t now, struct buf *b)
{
	struct packed *part;
	uint32_t n;

	if (!p->cache || strlen(key) >= PACK_KEY_MAX)
		return false;
	load(p);
	n = intern_find(&p->keys, key, strlen(key));
	if (!p->v || n >= p->n || !p->v[n].size)
		return false;
	part = &p->v[n];
	buf_grow(b, (size_t)part->size);
	if (!read_image(p, part, b->s + b->len))
		return false;
	b->len += (size_t)part->size;
	b->s[b->len] = '\0';
	if (now > part->used && now - part->used > PACK_USED_AGAIN_S) {
		part->used = now;
		p->changed = true;
	}
	return true;
}

/* -- writing ------------------------------------------------------------- */

bool
pack_put(struct pack *p, const char *key, uint64_t now, const void *image,
    size_t size)
{
	struct packed *part;

	if (!p->cache || strlen(key) >= PACK_KEY_MAX || size == 0 ||
	    size > PACK_NEW_MAX - p->new_bytes)
		return false;
	load(p);
	part = packed_of(p, key);
	free_new(p, part);
	part->new = malloc(size);
	if (!part->new)
		die_nomem();
	memcpy(part->new, image, size);
	p->new_bytes += size;
	part->size = size;
	part->used = now;
	p->changed = true;
	return true;
}

void
pack_drop(struct pack *p, const char *key)
{
	uint32_t n;

	if (!p->cache)
		return;
	load(p);
	n = intern_find(&p->keys, key, strlen(key));
	if (n == INTERN_NONE || !p->v[n].size)
		return;
	free_new(p, &p->v[n]);
	p->v[n].size = 0;
	p->changed = true;
}

static const struct packed *sorted;

static int
by_use(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	if (sorted[x].used != sorted[y].used)
		return sorted[x].used > sorted[y].used ? -1 : 1;
	return x < y ? -1 : x > y;
}

/* The numbers of those that are to be kept, newest first; how many. */
static uint32_t
choose(const struct pack *p, uint32_t *order)
{
	uint64_t bytes = 0;
	uint32_t n = 0;

	for (uint32_t i = 0; i < p->n; i++)
		order[i] = i;
	sorted = p->v;
	if (p->n)
		qsort(order, p->n, sizeof *order, by_use);
	for (uint32_t i = 0; i < p->n && n < PACK_MAX; i++) {
		uint64_t size = p->v[order[i]].size;

		if (size == 0 || size > PACK_BYTES_MAX - bytes)
			continue;
		bytes += size;
		order[n++] = order[i];
	}
	return n;
}

static bool
write_images(const struct pack *p, int fd, const uint32_t *order, uint32_t n,
    struct entry *e, uint64_t *bytes)
{
	struct buf b = { 0 };
	bool ok = true;

	for (uint32_t i = 0; ok && i < n; i++) {
		const struct packed *part = &p->v[order[i]];
		size_t size = (size_t)part->size;

		memset(&e[i], 0, sizeof e[i]);
		memcpy(e[i].key, intern_str(&p->keys, order[i]),
		    intern_len(&p->keys, order[i]));
		e[i].at = *bytes;
		e[i].size = part->size;
		e[i].used = part->used;
		buf_grow(&b, size);
		ok = read_image(p, part, b.s + b.len);
		b.len += size;
		*bytes += size;
		if (ok && (b.len > 256 * 1024 || i + 1 == n)) {
			ok = file_write_all(fd, b.s, b.len) == 0;
			buf_reset(&b);
		}
	}
	buf_free(&b);
	return ok;
}

static bool
write_file(const struct pack *p, int fd)
{
	uint32_t *order = reallocarray(NULL, p->n + 1, sizeof *order), n;
	struct entry *e = reallocarray(NULL, p->n + 1, sizeof *e);
	struct trailer t;
	uint64_t bytes = 0;
	bool ok;

	if (!order || !e)
		die_nomem();
	n = choose(p, order);
	ok = write_images(p, fd, order, n, e, &bytes);
	t = make_trailer(e, n, bytes);
	ok = ok && file_write_all(fd, e, n * sizeof *e) == 0 &&
	    file_write_all(fd, &t, sizeof t) == 0;
	free(order);
	free(e);
	return ok;
}

void
pack_free(struct pack *p)
{
	struct file_new out;

	if (p->changed && cachedir_begin(p->cache, &out, file_name, 0644))
		(void)cachedir_end(p->cache, &out, write_file(p, out.fd));
	forget(p);
	if (p->loaded && p->fd >= 0)
		close(p->fd);
	*p = (struct pack){ 0 };
}
