#include "base/unpack.h"

#include <archive.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/lazylib.h"

enum { CHUNK = 64 * 1024 };

struct unpack {
	struct archive *archive;
	int fd;
	int saved_errno; /* of read(2); 0: it did not fail */
	char *head; /* what was read before */
	size_t head_len;
	char chunk[CHUNK];
};

/* The functions of libarchive that are used. */
static struct {
	struct archive *(*new)(void);
	int (*gzip)(struct archive *);
	int (*zstd)(struct archive *);
	int (*xz)(struct archive *);
	int (*raw)(struct archive *);
	int (*empty)(struct archive *);
	int (*open)(struct archive *, void *, archive_open_callback *,
	    archive_read_callback *, archive_close_callback *);
	int (*open_mem)(struct archive *, const void *, size_t);
	int (*next)(struct archive *, struct archive_entry **);
	la_ssize_t (*read)(struct archive *, void *, size_t);
	int (*free)(struct archive *);
} fn;

static const struct lazylib_function functions[] = {
	{ "archive_read_new", &fn.new },
	{ "archive_read_support_filter_gzip", &fn.gzip },
	{ "archive_read_support_filter_zstd", &fn.zstd },
	{ "archive_read_support_filter_xz", &fn.xz },
	{ "archive_read_support_format_raw", &fn.raw },
	{ "archive_read_support_format_empty", &fn.empty },
	{ "archive_read_open", &fn.open },
	{ "archive_read_open_memory", &fn.open_mem },
	{ "archive_read_next_header", &fn.next },
	{ "archive_read_data", &fn.read },
	{ "archive_read_free", &fn.free },
	{ NULL, NULL },
};

static struct lazylib lib = { "libarchive.so.13", functions, LAZYLIB_UNTRIED };

/* RFC 1952 with its only method, RFC 8878, the .xz file format. */
static const struct {
	const char *bytes;
	size_t len;
} magics[] = {
	{ "\x1f\x8b\x08", 3 },
	{ "\x28\xb5\x2f\xfd", 4 },
	{ "\xfd" "7zXZ\0", 6 },
};

bool
unpack_load(void)
{
	return lazylib_load(&lib);
}

bool
unpack_is_packed(const void *p, size_t len)
{
	for (size_t i = 0; i < GP_COUNT(magics); i++)
		if (len >= magics[i].len &&
		    memcmp(p, magics[i].bytes, magics[i].len) == 0)
			return true;
	return false;
}

bool
unpack_may_be_packed(const void *p, size_t len)
{
	for (size_t i = 0; i < GP_COUNT(magics); i++)
		if (len < magics[i].len && memcmp(p, magics[i].bytes, len) == 0)
			return true;
	return false;
}

static la_ssize_t
give(struct archive *a, void *arg, const void **p)
{
	struct unpack *u = arg;
	ssize_t n = (ssize_t)u->head_len;

	(void)a;
	if (n) {
		*p = u->head;
		u->head_len = 0;
		return n;
	}
	do
		n = read(u->fd, u->chunk, sizeof u->chunk);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		u->saved_errno = errno;
	*p = u->chunk;
	return n;
}

static struct unpack *
new_unpack(int fd)
{
	struct unpack *u = malloc(sizeof *u);

	if (!u)
		die_nomem();
	u->fd = fd;
	u->saved_errno = 0;
	u->head = NULL;
	u->head_len = 0;
	u->archive = fn.new();
	if (!u->archive)
		die_nomem();
	return u;
}

static enum unpack_err
error(const struct unpack *u)
{
	if (!u->saved_errno)
		return UNPACK_EDATA;
	errno = u->saved_errno;
	return UNPACK_EREAD;
}

/* What is in it is one file, maybe without a byte. Some return a warning: it
 * would run a program. */
static bool
support(struct archive *a)
{
	return fn.gzip(a) == ARCHIVE_OK && fn.zstd(a) == ARCHIVE_OK &&
	    fn.xz(a) == ARCHIVE_OK && fn.raw(a) == ARCHIVE_OK &&
	    fn.empty(a) == ARCHIVE_OK;
}

static enum unpack_err
begin(const struct unpack *u, int opened)
{
	struct archive_entry *entry;
	int next;

	if (opened != ARCHIVE_OK)
		return error(u);
	next = fn.next(u->archive, &entry);
	return next == ARCHIVE_OK || next == ARCHIVE_EOF ? UNPACK_OK : error(u);
}

enum unpack_err
unpack_open_fd(struct unpack **u, int fd, const void *head, size_t len)
{
	*u = NULL;
	if (!unpack_load())
		return UNPACK_ELIB;
	*u = new_unpack(fd);
	(*u)->head = malloc(len ? len : 1);
	if (!(*u)->head)
		die_nomem();
	memcpy((*u)->head, head, len);
	(*u)->head_len = len;
	if (!support((*u)->archive))
		return UNPACK_ELIB;
	return begin(*u, fn.open((*u)->archive, *u, NULL, give, NULL));
}

enum unpack_err
unpack_open_mem(struct unpack **u, const void *p, size_t len)
{
	*u = NULL;
	if (!unpack_load())
		return UNPACK_ELIB;
	*u = new_unpack(-1);
	if (!support((*u)->archive))
		return UNPACK_ELIB;
	return begin(*u, fn.open_mem((*u)->archive, p, len));
}

ssize_t
unpack_read(struct unpack *u, void *p, size_t len)
{
	la_ssize_t n = fn.read(u->archive, p, len);

	return n < 0 ? (ssize_t)error(u) : (ssize_t)n;
}

void
unpack_close(struct unpack *u)
{
	if (!u)
		return;
	(void)fn.free(u->archive);
	free(u->head);
	free(u);
}
