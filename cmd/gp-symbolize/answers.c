#include "answers.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/radix.h"

static const char magic[8] = "gp-dwrf";

struct trailer {
	char magic[8];
	uint32_t version;
	uint32_t n, bytes;
	uint32_t key_len;
	uint64_t since;
	uint64_t sum; /* of this, with 0 here, and all before it */
	char key[ANSWERS_KEY_MAX];
};

_Static_assert(sizeof(struct trailer) == 296, "as in the file");

/* An answer of inlines.h that has no frames. */
static bool
says_nothing(const void *p, size_t len)
{
	static const uint32_t none;

	return len == sizeof none && memcmp(p, &none, len) == 0;
}

static uint64_t
sum_of(const struct trailer *t, const struct answers *a)
{
	struct trailer zero = *t;
	uint64_t sum;

	zero.sum = 0;
	sum = cachedir_sum(CACHEDIR_SUM, &zero, sizeof zero);
	sum = cachedir_sum(sum, a->addr, a->n * sizeof *a->addr);
	sum = cachedir_sum(sum, a->end, a->n * sizeof *a->end);
	return cachedir_sum(sum, buf_str(&a->bytes), a->bytes.len);
}

static void
make_trailer(struct trailer *t, const struct answers *a, const char *key)
{
	memset(t, 0, sizeof *t);
	memcpy(t->magic, magic, sizeof t->magic);
	t->version = ANSWERS_VERSION;
	t->n = a->n;
	t->bytes = (uint32_t)a->bytes.len;
	t->since = a->since;
	t->key_len = (uint32_t)strlen(key);
	memcpy(t->key, key, t->key_len);
}

static void
allocate(struct answers *a, uint32_t cap)
{
	a->cap = cap;
	a->addr = reallocarray(a->addr, cap, sizeof *a->addr);
	a->end = reallocarray(a->end, cap, sizeof *a->end);
	if (!a->addr || !a->end)
		die_nomem();
}

/* -- reading ------------------------------------------------------------- */

/* A file of n answers in bytes bytes, all there. */
static bool
read_file(struct answers *a, int fd, uint64_t size, const char *key)
{
	struct trailer t, want;
	size_t addrs, ends;

	if (size < sizeof t || size > INT64_MAX ||
	    file_pread(fd, &t, sizeof t, (off_t)(size - sizeof t)) !=
	    (ssize_t)sizeof t || t.n > ANSWERS_MAX ||
	    t.bytes > ANSWERS_BYTES_MAX)
		return false;
	addrs = t.n * sizeof *a->addr;
	ends = t.n * sizeof *a->end;
	if (size != addrs + ends + t.bytes + sizeof t)
		return false;
	allocate(a, t.n + 1);
	a->n = t.n;
	a->since = t.since;
	buf_grow(&a->bytes, t.bytes);
	if (file_pread(fd, a->addr, addrs, 0) != (ssize_t)addrs ||
	    file_pread(fd, a->end, ends, (off_t)addrs) != (ssize_t)ends ||
	    file_pread(fd, a->bytes.s, t.bytes, (off_t)(addrs + ends)) !=
	    (ssize_t)t.bytes)
		return false;
	a->bytes.len = t.bytes;
	a->bytes.s[a->bytes.len] = '\0';
	make_trailer(&want, a, key);
	want.sum = t.sum;
	return memcmp(&want, &t, sizeof t) == 0 && sum_of(&t, a) == t.sum;
}

/* Each address once, each answer within the bytes. */
static bool
is_sane(const struct answers *a)
{
	for (uint32_t i = 0; i < a->n; i++)
		if ((i && (a->addr[i] <= a->addr[i - 1] ||
		    a->end[i] < a->end[i - 1])) ||
		    a->end[i] > a->bytes.len)
			return false;
	return true;
}

static uint32_t
start_of(const struct answers *a, uint32_t i)
{
	return i ? a->end[i - 1] : 0;
}

/* Make the index; what is no answer any more is not in it. */
static void
index_all(struct answers *a, bool none_too)
{
	for (uint32_t i = 0; i < a->n; i++) {
		uint32_t at = start_of(a, i);

		if (none_too ||
		    !says_nothing(a->bytes.s + at, a->end[i] - at))
			pairmap_set(&a->known, a->addr[i], 0, i);
	}
}

void
answers_load(struct answers *a, struct cachedir *c, const char *key,
    uint64_t now)
{
	struct stat st;
	bool ok;
	int fd;

	*a = (struct answers){ .since = now };
	if (strlen(key) > ANSWERS_KEY_MAX)
		return;
	fd = cachedir_get(c, key, &st);
	if (fd < 0)
		return;
	ok = st.st_size >= 0 && read_file(a, fd, (uint64_t)st.st_size, key) &&
	    is_sane(a);
	cachedir_judge(c, fd, &st, ok);
	close(fd);
	if (ok) {
		bool fresh = a->since <= now && now - a->since <=
		    ANSWERS_NONE_S;

		index_all(a, fresh);
		/* Without those that are too old the rest is as good as new. */
		if (!fresh)
			a->since = now;
		return;
	}
	answers_free(a);
	a->since = now;
}

bool
answers_find(const struct answers *a, uint64_t addr, const char **p,
    size_t *len)
{
	uint32_t i = pairmap_get(&a->known, addr, 0);

	if (i == PAIRMAP_NONE)
		return false;
	*p = a->bytes.s + start_of(a, i);
	*len = a->end[i] - start_of(a, i);
	return true;
}

void
answers_add(struct answers *a, uint64_t addr, const void *p, size_t len)
{
	if (a->n == ANSWERS_MAX || len > ANSWERS_BYTES_MAX - a->bytes.len)
		return;
	if (a->n == a->cap)
		allocate(a, a->cap ? a->cap * 2 : 256);
	buf_add(&a->bytes, p, len);
	a->addr[a->n] = addr;
	a->end[a->n] = (uint32_t)a->bytes.len;
	pairmap_set(&a->known, addr, 0, a->n++);
	a->changed = true;
}

/* -- writing ------------------------------------------------------------- */

/* A copy of what the index has, in the order of addresses. */
static void
put_in_order(const struct answers *a, struct answers *to)
{
	struct radix_item *v = reallocarray(NULL, a->n + 1, sizeof *v);
	size_t n = 0;

	if (!v)
		die_nomem();
	for (uint32_t i = 0; i < a->n; i++)
		if (pairmap_get(&a->known, a->addr[i], 0) == i)
			v[n++] = (struct radix_item){ a->addr[i], i };
	radix_sort(v, n);
	allocate(to, (uint32_t)n + 1);
	for (size_t k = 0; k < n; k++) {
		uint32_t i = v[k].value, at = start_of(a, i);

		buf_add(&to->bytes, a->bytes.s + at, a->end[i] - at);
		to->addr[to->n] = a->addr[i];
		to->end[to->n++] = (uint32_t)to->bytes.len;
	}
	to->since = a->since;
	free(v);
}

static bool
write_file(const struct answers *a, int fd, const char *key)
{
	struct trailer t;

	make_trailer(&t, a, key);
	t.sum = sum_of(&t, a);
	return file_write_all(fd, a->addr, a->n * sizeof *a->addr) == 0 &&
	    file_write_all(fd, a->end, a->n * sizeof *a->end) == 0 &&
	    file_write_all(fd, buf_str(&a->bytes), a->bytes.len) == 0 &&
	    file_write_all(fd, &t, sizeof t) == 0;
}

void
answers_store(struct answers *a, struct cachedir *c, const char *key)
{
	struct answers sorted = { .n = 0 };
	struct file_new out;

	if (!a->changed || strlen(key) > ANSWERS_KEY_MAX ||
	    !cachedir_begin(c, &out, key, 0644))
		return;
	put_in_order(a, &sorted);
	(void)cachedir_end(c, &out, write_file(&sorted, out.fd, key));
	answers_free(&sorted);
	a->changed = false;
}

size_t
answers_memory(const struct answers *a)
{
	return a->cap * (sizeof *a->addr + sizeof *a->end) + a->bytes.cap +
	    a->known.cap * sizeof *a->known.entry;
}

void
answers_free(struct answers *a)
{
	pairmap_free(&a->known);
	free(a->addr);
	free(a->end);
	buf_free(&a->bytes);
	*a = (struct answers){ 0 };
}
