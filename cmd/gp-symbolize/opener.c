#include "opener.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/buf.h"

/* statfs(2), linux/magic.h. */
enum { FUSE_MAGIC = 0x65735546, EXT4_MAGIC = 0xef53, XFS_MAGIC = 0x58465342 };

/* The request: this, and n paths with a NUL behind each. Its descriptor is the
 * process's /proc/PID. */
struct request {
	uint64_t start, end; /* a mapping, if end is not 0 */
	uint32_t n;
	uint32_t nofollow;
};

struct reply {
	struct stat st;
	uint32_t n;
	uint32_t slow;
	uint32_t disk; /* it is on one of this machine's */
	uint32_t unused;
};

/* -- in the worker ------------------------------------------------------- */

/* True if it is a file system of one of this machine's disks. Others have no device,
 * and numbers that are given anew. */
static bool
is_disk(const struct statfs *fs, dev_t dev)
{
	return (fs->f_type == EXT4_MAGIC || fs->f_type == XFS_MAGIC) &&
	    major(dev) != 0;
}

/* Take what was found, if it is a regular file. */
static bool
take(struct jail_call *c, int fd, uint32_t n)
{
	struct reply r = { .n = n };
	struct statfs fs;

	if (fstat(fd, &r.st) != 0 || !S_ISREG(r.st.st_mode) ||
	    fstatfs(fd, &fs) != 0) {
		close(fd);
		return false;
	}
	r.slow = fs.f_type == FUSE_MAGIC;
	r.disk = is_disk(&fs, r.st.st_dev);
	if (!r.slow)
		fd = proc_reopen(fd);
	if (fd < 0)
		return false;
	jail_put(c, &r, sizeof r);
	jail_give(c, fd);
	return true;
}

static int
run(struct jail_call *c)
{
	const struct request *r = c->data;
	const struct proc p = { .dir = c->fd };
	const char *path = (const char *)(r + 1);
	int fd = PROC_EGONE, first = PROC_OK;

	if (r->end) {
		fd = proc_find_map(&p, r->start, r->end);
		if (fd >= 0)
			return take(c, fd, 0) ? PROC_OK : PROC_EGONE;
		return fd;
	}
	for (uint32_t i = 0; i < r->n; i++, path += strlen(path) + 1) {
		fd = r->nofollow ? proc_find_path_nofollow(&p, path) :
		    proc_find_path(&p, path);
		if (fd >= 0 && take(c, fd, i))
			return PROC_OK;
		if (first == PROC_OK)
			first = fd < 0 ? fd : PROC_EGONE;
	}
	return first;
}

static const struct jail_job job = { "open", NULL, run };

/* -- the other side ------------------------------------------------------ */

static void
learn_disk(struct opener *o, dev_t dev)
{
	for (unsigned i = 0; i < o->disks; i++)
		if (o->disk[i] == dev)
			return;
	if (o->disks < OPENER_DISKS_MAX)
		o->disk[o->disks++] = dev;
}

void
opener_init(struct opener *o)
{
	struct statfs fs;
	struct stat st;

	memset(o, 0, sizeof *o);
	jail_init(&o->jail, &job, 1);
	o->jail.trusted = true;
	/* Where that hangs no program is started from. */
	if (stat("/", &st) == 0 && statfs("/", &fs) == 0 &&
	    is_disk(&fs, st.st_dev))
		learn_disk(o, st.st_dev);
}

struct answer {
	struct reply r;
	bool came;
};

static bool
take_reply(void *arg, const void *p, size_t len)
{
	struct answer *a = arg;

	if (len != sizeof a->r)
		return false;
	memcpy(&a->r, p, len);
	a->came = true;
	return true;
}

static int
ask(struct opener *o, const struct proc *p, const char *key,
    const struct buf *data, struct opened *out)
{
	struct answer a = { .came = false };
	const struct jail_request r = { .data = data->s, .len = data->len,
		.fd = p->dir, .name = key, .take = take_reply, .take_arg = &a,
		.answer_max = sizeof a.r, .given = &out->fd };
	enum jail_err err;
	int status;

	*out = (struct opened){ .fd = -1 };
	if (data->len > JAIL_REQUEST_MAX)
		return out->fd = PROC_EGONE;
	if (intern_find(&o->hung, key, strlen(key)) != INTERN_NONE)
		return out->fd = OPENER_EHANG;
	err = jail_ask(&o->jail, &r, &status);
	if (jail_is_fault(err)) {
		(void)intern_add(&o->hung, key, strlen(key));
		return out->fd = OPENER_EHANG;
	}
	if (err != JAIL_OK || status != PROC_OK || !a.came || out->fd < 0) {
		if (out->fd >= 0)
			close(out->fd);
		return out->fd = err == JAIL_OK && status < 0 ? status :
		    PROC_ESYS;
	}
	if (a.r.disk)
		learn_disk(o, a.r.st.st_dev);
	out->slow = a.r.slow;
	out->n = a.r.n;
	out->st = a.r.st;
	return out->fd;
}

static int
ask_paths(struct opener *o, const struct proc *p, const char *key,
    const char *const *path, struct request r, struct opened *out)
{
	struct buf data = { 0 };

	buf_add(&data, &r, sizeof r);
	for (unsigned i = 0; path && i < r.n; i++)
		buf_add(&data, path[i], strlen(path[i]) + 1);
	(void)ask(o, p, key, &data, out);
	buf_free(&data);
	return out->fd;
}

/* -- without a worker ---------------------------------------------------- */

/* True if the file is on a disk that is known. What is asked is known without a
 * question to its file system, or is not told. */
static bool
is_on_known_disk(const struct opener *o, int fd)
{
	struct statx st;
	dev_t dev;

	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE,
	    &st) != 0 || !S_ISREG(st.stx_mode))
		return false;
	dev = makedev(st.stx_dev_major, st.stx_dev_minor);
	for (unsigned i = 0; i < o->disks; i++)
		if (o->disk[i] == dev)
			return true;
	return false;
}

/* One path; false: it takes a worker to tell. */
static bool
open_known(const struct opener *o, int root, const char *path,
    struct opened *out)
{
	int fd = proc_find_known_path(root, path);

	out->fd = PROC_EGONE;
	if (fd == PROC_EGONE)
		return true;
	if (fd >= 0 && !is_on_known_disk(o, fd)) {
		close(fd);
		return false;
	}
	fd = proc_reopen(fd);
	if (fd < 0)
		return false;
	out->fd = fd;
	if (fstat(fd, &out->st) == 0)
		return true;
	close(fd);
	return false;
}

/* The first of several paths, if the kernel knows the way to it, or that there is
 * none. */
static bool
open_first_known(const struct opener *o, const struct proc *p,
    const char *const *path, unsigned n, struct opened *out)
{
	int root = proc_find_root(p);
	bool known = root >= 0;

	*out = (struct opened){ .fd = PROC_EGONE };
	for (; known && out->fd < 0 && out->n < n; out->n += out->fd < 0)
		known = open_known(o, root, path[out->n], out);
	if (root >= 0)
		close(root);
	return known;
}

int
opener_open(struct opener *o, const struct proc *p, const char *key,
    const char *const *path, unsigned n, struct opened *out)
{
	/* Without a jail there is nothing to be spared. */
	if (!o->jail.open && open_first_known(o, p, path, n, out))
		return out->fd;
	return ask_paths(o, p, key, path, (struct request){ .n = n }, out);
}

int
opener_open_nofollow(struct opener *o, const struct proc *p, const char *key,
    const char *path, struct opened *out)
{
	return ask_paths(o, p, key, &path,
	    (struct request){ .n = 1, .nofollow = 1 }, out);
}

int
opener_open_map(struct opener *o, const struct proc *p, const char *key,
    uint64_t start, uint64_t end, struct opened *out)
{
	return ask_paths(o, p, key, NULL,
	    (struct request){ .start = start, .end = end }, out);
}

void
opener_free(struct opener *o)
{
	jail_end(&o->jail);
	intern_free(&o->hung);
}
