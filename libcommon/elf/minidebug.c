#include "elf/minidebug.h"

#include <stdlib.h>

#include "base/diag.h"
#include "base/unpack.h"
#include "elf/section.h"

enum { CHUNK = 64 * 1024 };

bool
minidebug_load(void)
{
	return unpack_load();
}

static enum minidebug_err
decompress(struct unpack *u, struct buf *image)
{
	ssize_t n;

	for (;;) {
		buf_grow(image, CHUNK);
		n = unpack_read(u, image->s + image->len, CHUNK);
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
	struct unpack *u;
	enum unpack_err opened = unpack_open_mem(&u, data, len);
	enum minidebug_err err = MINIDEBUG_EXZ;

	if (opened == UNPACK_OK)
		err = decompress(u, image);
	else if (opened == UNPACK_ELIB)
		err = MINIDEBUG_ELIB;
	unpack_close(u);
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
