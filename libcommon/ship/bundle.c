#include "ship/bundle.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"

struct gz {
	struct archive *a;
};

/* errno from what libarchive says; it has codes of its own below 0, and leaves
 * 0 where a write was cut short. */
static int
failed(struct archive *a)
{
	int err = archive_errno(a);

	errno = err > 0 ? err : EIO;
	return -1;
}

/* A gzip filter over whatever format the caller has set. */
static struct archive *
open_gzip(int fd, int (*set_format)(struct archive *))
{
	struct archive *a = archive_write_new();

	if (!a)
		die_nomem();
	if (set_format(a) == ARCHIVE_OK &&
	    archive_write_add_filter_gzip(a) == ARCHIVE_OK &&
	    archive_write_set_options(a, "gzip:!timestamp") == ARCHIVE_OK &&
	    archive_write_open_fd(a, fd) == ARCHIVE_OK)
		return a;
	failed(a);
	archive_write_free(a);
	return NULL;
}

static int
begin_member(struct archive *a, const char *name, uint64_t size, time_t mtime)
{
	struct archive_entry *e = archive_entry_new();
	int rc;

	if (!e)
		die_nomem();
	archive_entry_set_pathname(e, name);
	archive_entry_set_filetype(e, AE_IFREG);
	archive_entry_set_perm(e, 0644);
	archive_entry_set_mtime(e, mtime, 0);
	archive_entry_set_size(e, (la_int64_t)size);
	rc = archive_write_header(a, e);
	archive_entry_free(e);
	return rc == ARCHIVE_OK ? 0 : failed(a);
}

static int
put(struct archive *a, const void *p, size_t len)
{
	const char *s = p;
	la_ssize_t n;

	while (len) {
		n = archive_write_data(a, s, len);
		if (n <= 0)
			return failed(a);
		s += n;
		len -= (size_t)n;
	}
	return 0;
}

static int
end(struct archive *a)
{
	int rc = 0, err;

	if (archive_write_close(a) != ARCHIVE_OK)
		rc = failed(a);
	err = errno;
	archive_write_free(a);
	errno = err;
	return rc;
}

struct gz *
gz_open(int fd)
{
	struct archive *a = open_gzip(fd, archive_write_set_format_raw);
	struct gz *g;

	if (!a)
		return NULL;
	/* The raw format takes one member and writes only its content. */
	if (begin_member(a, "profile", 0, 0) != 0) {
		archive_write_free(a);
		return NULL;
	}
	g = malloc(sizeof *g);
	if (!g)
		die_nomem();
	g->a = a;
	return g;
}

int
gz_write(struct gz *g, const void *p, size_t len)
{
	return put(g->a, p, len);
}

int
gz_close(struct gz *g)
{
	int rc = end(g->a), err = errno;

	free(g);
	errno = err;
	return rc;
}

static int
copy(struct archive *a, int fd, uint64_t size)
{
	char chunk[65536];
	off_t off = 0;
	ssize_t n;

	while (size) {
		n = file_pread(fd, chunk,
		    size < sizeof chunk ? size : sizeof chunk, off);
		if (n == 0)
			errno = EIO;
		if (n <= 0 || put(a, chunk, (size_t)n) != 0)
			return -1;
		off += n;
		size -= (uint64_t)n;
	}
	return 0;
}

int
bundle_write(int fd, const struct buf *meta, int profile, uint64_t size,
    time_t mtime)
{
	struct archive *a = open_gzip(fd, archive_write_set_format_ustar);
	int err;

	if (!a)
		return -1;
	if (begin_member(a, BUNDLE_META, meta->len, mtime) == 0 &&
	    put(a, meta->s, meta->len) == 0 &&
	    begin_member(a, BUNDLE_PROFILE, size, mtime) == 0 &&
	    copy(a, profile, size) == 0)
		return end(a);
	err = errno;
	archive_write_free(a);
	errno = err;
	return -1;
}

static int
copy_out(struct archive *a, int out)
{
	char chunk[65536];
	la_ssize_t n;

	while ((n = archive_read_data(a, chunk, sizeof chunk)) > 0)
		if (file_write_all(out, chunk, (size_t)n) != 0)
			return -1;
	errno = EBADMSG;
	return n == 0 ? 0 : -1;
}

static int
copy_in(struct archive *a, struct buf *out)
{
	char chunk[4096];
	la_ssize_t n;

	while ((n = archive_read_data(a, chunk, sizeof chunk)) > 0 &&
	    out->len <= BUNDLE_META_MAX)
		buf_add(out, chunk, (size_t)n);
	errno = EBADMSG;
	return n == 0 ? 0 : -1;
}

/* Stand at the beginning of a member's content. */
static int
find_member(struct archive *a, int bundle, const char *member)
{
	struct archive_entry *e;
	const char *name;

	if (lseek(bundle, 0, SEEK_SET) != 0 ||
	    archive_read_support_filter_gzip(a) != ARCHIVE_OK ||
	    archive_read_support_format_tar(a) != ARCHIVE_OK)
		return -1;
	errno = EBADMSG;
	if (archive_read_open_fd(a, bundle, 65536) != ARCHIVE_OK)
		return -1;
	while (archive_read_next_header(a, &e) == ARCHIVE_OK) {
		name = archive_entry_pathname(e);
		if (name && strcmp(name, member) == 0)
			return 0;
	}
	errno = EBADMSG;
	return -1;
}

/* Into a file, or else into a text. */
static int
read_member(int bundle, const char *member, int fd, struct buf *text)
{
	struct archive *a = archive_read_new();
	int rc, err;

	if (!a)
		die_nomem();
	rc = find_member(a, bundle, member);
	if (rc == 0)
		rc = text ? copy_in(a, text) : copy_out(a, fd);
	err = errno;
	archive_read_free(a);
	errno = err;
	return rc;
}

int
bundle_unpack(int bundle, int out)
{
	return read_member(bundle, BUNDLE_PROFILE, out, NULL);
}

int
bundle_read_meta(int bundle, struct buf *out)
{
	return read_member(bundle, BUNDLE_META, -1, out);
}
