#include "base/cachedir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/grow.h"

enum {
	USED_AGAIN_S = 3600, /* how exact "least recently used" is */
	LEFTOVER_S = 3600,   /* age of a temporary file that is nobody's */
};

/* FNV-1a by words, folded. */
static uint64_t
sum_word(uint64_t sum, uint64_t w)
{
	sum = (sum ^ w) * 0x100000001b3u;
	return sum ^ sum >> 32;
}

/* The last bytes, fewer than 8, as a number, with their count on top. before: that so
 * many more are in front of them: a copy of unknown length takes longer. */
static uint64_t
last_word(const char *s, size_t len, bool before)
{
	uint64_t w = 0;

	if (before) {
		memcpy(&w, s + len - sizeof w, sizeof w);
		w >>= 8 * (sizeof w - len);
	} else {
		memcpy(&w, s, len);
	}
	return w | (uint64_t)len << 56;
}

uint64_t
cachedir_sum(uint64_t sum, const void *p, size_t len)
{
	const char *s = p;
	bool before = len >= sizeof(uint64_t);
	uint64_t w;

	for (; len >= sizeof w; s += sizeof w, len -= sizeof w) {
		memcpy(&w, s, sizeof w);
		sum = sum_word(sum, w);
	}
	if (len)
		sum = (sum ^ last_word(s, len, before)) * 0x100000001b3u;
	return sum;
}

bool
cachedir_trusts(const struct stat *st)
{
	return st->st_uid == 0 || st->st_uid == geteuid();
}

/* -- opening ------------------------------------------------------------- */

static bool
default_dir(struct buf *b, const char *kind)
{
	const char *own = getenv("GP_CACHE_DIR");
	const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");

	if (own && own[0] != '/')
		return false;
	if (own)
		buf_adds(b, own);
	else if (geteuid() == 0)
		buf_adds(b, "/var/cache/gp");
	else if (xdg && xdg[0] == '/')
		buf_addf(b, "%s/gp", xdg);
	else if (home && home[0] == '/')
		buf_addf(b, "%s/.cache/gp", home);
	else
		return false;
	buf_addf(b, "/%s", kind);
	return true;
}

int
cachedir_open(struct cachedir *c, const char *dir, const char *kind,
    uint64_t max_bytes)
{
	const char *own = getenv("GP_CACHE_DIR");
	struct buf b = { 0 };
	struct stat st;
	int err = 0;

	*c = (struct cachedir){ .max_bytes = max_bytes };
	if (!dir && own && !own[0])
		return 0;
	if (dir)
		buf_adds(&b, dir);
	else if (!default_dir(&b, kind))
		err = ENOENT;
	if (!err && file_mkdirs(buf_str(&b), 0755) != 0)
		err = errno;
	if (!err && stat(buf_str(&b), &st) != 0)
		err = errno;
	if (!err && (!S_ISDIR(st.st_mode) || !cachedir_trusts(&st) ||
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

static void
path_of(const struct cachedir *c, const char *name, struct buf *b)
{
	buf_addf(b, "%s/%s", c->dir, name);
}

int
cachedir_get(struct cachedir *c, const char *name, struct stat *st)
{
	struct buf path = { 0 };
	int fd;

	if (!c->dir)
		return -1;
	path_of(c, name, &path);
	fd = open(path.s, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	buf_free(&path);
	if (fd < 0) {
		c->misses++;
		return -1;
	}
	if (fstat(fd, st) == 0 && S_ISREG(st->st_mode) && cachedir_trusts(st))
		return fd;
	close(fd);
	c->misses++;
	c->bad++;
	return -1;
}

/* The time of the last use is the file's own. That it cannot be set (somebody
 * else's file) makes it older than it is, no more. */
void
cachedir_judge(struct cachedir *c, int fd, const struct stat *st, bool good)
{
	c->hits += good;
	c->misses += !good;
	c->bad += !good;
	if (good && time(NULL) - st->st_mtime > USED_AGAIN_S)
		(void)futimens(fd, NULL);
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
cachedir_begin(struct cachedir *c, struct file_new *out, const char *name,
    mode_t mode)
{
	struct buf path = { 0 };
	bool ok;

	if (!c->dir || c->failed >= CACHEDIR_FAILURES_MAX)
		return false;
	path_of(c, name, &path);
	make_room(path.s);
	ok = file_new(out, path.s, mode) == 0;
	buf_free(&path);
	if (!ok)
		cachedir_end(c, out, false);
	return ok;
}

bool
cachedir_end(struct cachedir *c, struct file_new *out, bool ok)
{
	ok = ok && file_new_replace(out) == 0;
	if (!ok) {
		c->failed_errno = errno;
		c->failed++;
		file_new_abort(out);
	}
	c->stored |= ok;
	return ok;
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
	l->kept = grow_for(l->kept, l->n, &l->cap, sizeof *l->kept);
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
trim(const struct cachedir *c)
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
cachedir_done(struct cachedir *c)
{
	if (c->dir && c->stored)
		trim(c);
	free(c->dir);
	c->dir = NULL;
}
