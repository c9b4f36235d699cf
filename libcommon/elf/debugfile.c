#include "elf/debugfile.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/diag.h"
#include "elf/section.h"

static const char debug_dir[] = "/usr/lib/debug";

/* What is looked for, and how. */
struct search {
	const struct elffile *f;
	int (*open)(void *arg, const char *path);
	void *arg;
	struct elffile *debug;
	struct buf path;
};

static void
make_table(uint32_t table[256])
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t c = i;

		for (int bit = 0; bit < 8; bit++)
			c = c & 1 ? c >> 1 ^ 0xedb88320u : c >> 1;
		table[i] = c;
	}
}

uint32_t
debugfile_crc(uint32_t crc, const void *p, size_t len)
{
	static uint32_t table[256];
	const uint8_t *s = p;

	if (!table[1])
		make_table(table);
	crc = ~crc;
	while (len--)
		crc = table[(crc ^ *s++) & 0xff] ^ crc >> 8;
	return ~crc;
}

static bool
has_crc(const struct elffile *f, uint32_t want)
{
	static const size_t chunk = 256 * 1024;
	uint8_t *b = f->size > DEBUGFILE_BYTES_MAX ? NULL : malloc(chunk);
	uint32_t crc = 0;
	uint64_t off = 0;

	while (b && off < f->size) {
		size_t n = f->size - off < chunk ? (size_t)(f->size - off) :
		    chunk;

		if (elffile_read(f, off, b, n) != ELFFILE_OK)
			break;
		crc = debugfile_crc(crc, b, n);
		off += n;
	}
	free(b);
	return b && off == f->size && crc == want;
}

/* Open a candidate, in s->path; crc: the link's, or NULL by build id. */
static int
try_path(struct search *s, const uint32_t *crc)
{
	int fd = s->open(s->arg, s->path.s);
	const struct buildid *ours = &s->f->build_id;
	const struct buildid *theirs = &s->debug->build_id;
	bool ok;

	if (fd < 0)
		return -1;
	ok = elffile_init(s->debug, fd) == ELFFILE_OK;
	if (ok && !crc)
		ok = buildid_equal(ours, theirs);
	else if (ok)
		ok = (buildid_is_none(ours) || buildid_is_none(theirs) ||
		    buildid_equal(ours, theirs)) && has_crc(s->debug, *crc);
	if (ok)
		return fd;
	close(fd);
	return -1;
}

static int
find_by_id(struct search *s)
{
	char hex[2 * BUILDID_MAX + 1];

	if (s->f->build_id.len < 2)
		return -1;
	buildid_format(&s->f->build_id, hex);
	buf_addf(&s->path, "%s/.build-id/%.2s/%s.debug", debug_dir, hex,
	    hex + 2);
	return try_path(s, NULL);
}

/* "name\0", padding to 4 bytes, CRC. */
static bool
read_link(const struct elffile *f, char name[DEBUGFILE_LINK_MAX],
    uint32_t *crc)
{
	static const char *const section[] = { ".gnu_debuglink" };
	struct section s;
	size_t len;

	if (section_find(f, section, &s, 1) != 1 ||
	    s.size > DEBUGFILE_LINK_MAX || s.size < 8 || s.compressed ||
	    elffile_read(f, s.offset, name, (size_t)s.size) != ELFFILE_OK)
		return false;
	len = strnlen(name, (size_t)s.size);
	if (len == 0 || (len + 4) / 4 * 4 + sizeof *crc > s.size ||
	    memchr(name, '/', len))
		return false;
	memcpy(crc, name + (len + 4) / 4 * 4, sizeof *crc);
	return true;
}

static int
find_by_link(struct search *s, const char *path)
{
	static const struct {
		const char *before, *after;
	} place[] = { { "", "" }, { "", ".debug/" }, { debug_dir, "" } };
	const char *slash = strrchr(path, '/');
	char name[DEBUGFILE_LINK_MAX];
	uint32_t crc;
	int fd = -1;

	if (path[0] != '/' || !read_link(s->f, name, &crc))
		return -1;
	for (size_t i = 0; fd < 0 && i < GP_COUNT(place); i++) {
		buf_reset(&s->path);
		buf_adds(&s->path, place[i].before);
		buf_add(&s->path, path, (size_t)(slash + 1 - path));
		buf_adds(&s->path, place[i].after);
		buf_adds(&s->path, name);
		fd = try_path(s, &crc);
	}
	return fd;
}

int
debugfile_find(const struct elffile *f, const char *path,
    int (*open)(void *arg, const char *path), void *arg, struct elffile *debug)
{
	struct search s = { .f = f, .open = open, .arg = arg, .debug = debug };
	int fd = find_by_id(&s);

	if (fd < 0)
		fd = find_by_link(&s, path);
	buf_free(&s.path);
	return fd;
}
