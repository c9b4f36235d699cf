#include "elf/minidebug.h"

#include <archive.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "elf/section.h"

enum { CHUNK = 64 * 1024 };

/* The functions of libarchive that are used. */
struct lib {
	void *handle;
	struct archive *(*new)(void);
	int (*filter)(struct archive *);
	int (*format)(struct archive *);
	int (*open)(struct archive *, const void *, size_t);
	int (*next)(struct archive *, struct archive_entry **);
	la_ssize_t (*read)(struct archive *, void *, size_t);
	int (*free)(struct archive *);
};

/* POSIX has it that a function's address fits into a void pointer. */
static bool
load_function(const struct lib *l, const char *name, void *function)
{
	void *p = dlsym(l->handle, name);

	memcpy(function, &p, sizeof p);
	return p != NULL;
}

static struct lib *
load(void)
{
	static struct lib l;

	if (l.handle)
		return l.new ? &l : NULL;
	l.handle = dlopen("libarchive.so.13", RTLD_NOW | RTLD_LOCAL);
	if (l.handle &&
	    load_function(&l, "archive_read_support_filter_xz", &l.filter) &&
	    load_function(&l, "archive_read_support_format_raw", &l.format) &&
	    load_function(&l, "archive_read_open_memory", &l.open) &&
	    load_function(&l, "archive_read_next_header", &l.next) &&
	    load_function(&l, "archive_read_data", &l.read) &&
	    load_function(&l, "archive_read_free", &l.free) &&
	    load_function(&l, "archive_read_new", &l.new))
		return &l;
	l.new = NULL;
	return NULL;
}

bool
minidebug_load(void)
{
	return load() != NULL;
}

static enum minidebug_err
decompress(const struct lib *l, struct archive *a, const void *data,
    size_t len, struct buf *image)
{
	struct archive_entry *entry;
	la_ssize_t n;

	if (l->filter(a) != ARCHIVE_OK || l->format(a) != ARCHIVE_OK ||
	    l->open(a, data, len) != ARCHIVE_OK ||
	    l->next(a, &entry) != ARCHIVE_OK)
		return MINIDEBUG_EXZ;
	for (;;) {
		buf_grow(image, CHUNK);
		n = l->read(a, image->s + image->len, CHUNK);
		if (n < 0)
			return MINIDEBUG_EXZ;
		if (n == 0)
			return MINIDEBUG_OK;
		image->len += (size_t)n;
		if (image->len > MINIDEBUG_OUT_MAX)
			return MINIDEBUG_ELIMIT;
	}
}

static enum minidebug_err
unpack(const void *data, size_t len, struct buf *image)
{
	const struct lib *l = load();
	struct archive *a = l ? l->new() : NULL;
	enum minidebug_err err;

	if (!l)
		return MINIDEBUG_ELIB;
	if (!a)
		die_nomem();
	err = decompress(l, a, data, len, image);
	(void)l->free(a);
	return err;
}

static const char *const section_name[] = { ".gnu_debugdata" };

bool
minidebug_is_in(const struct elffile *f)
{
	struct section s;

	return section_find(f, section_name, &s, 1) == 1;
}

enum minidebug_err
minidebug_read(const struct elffile *f, struct buf *image,
    struct elffile *mini)
{
	enum minidebug_err err;
	struct section s;
	void *data;

	if (section_find(f, section_name, &s, 1) != 1)
		return MINIDEBUG_NONE;
	if (s.size > MINIDEBUG_IN_MAX)
		return MINIDEBUG_ELIMIT;
	data = malloc((size_t)s.size);
	if (!data)
		die_nomem();
	err = elffile_read(f, s.offset, data, (size_t)s.size) == ELFFILE_OK ?
	    unpack(data, (size_t)s.size, image) : MINIDEBUG_EXZ;
	free(data);
	if (err == MINIDEBUG_OK &&
	    elffile_init_mem(mini, image->s, image->len) != ELFFILE_OK)
		err = MINIDEBUG_EELF;
	return err;
}

const char *
minidebug_strerror(enum minidebug_err err)
{
	switch (err) {
	case MINIDEBUG_OK:
		return "no error";
	case MINIDEBUG_NONE:
		return "no .gnu_debugdata";
	case MINIDEBUG_EXZ:
		return ".gnu_debugdata cannot be decompressed";
	case MINIDEBUG_ELIMIT:
		return ".gnu_debugdata is too large";
	case MINIDEBUG_ELIB:
		return ".gnu_debugdata needs libarchive";
	case MINIDEBUG_EELF:
		return ".gnu_debugdata holds no ELF file";
	}
	return "unknown error";
}
