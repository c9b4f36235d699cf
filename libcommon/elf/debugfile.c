#include "elf/debugfile.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/diag.h"
#include "elf/section.h"

static const char debug_dir[] = "/usr/lib/debug";

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

/* "name\0", padding to 4 bytes, CRC. */
bool
debugfile_read_link(const struct elffile *f, char name[DEBUGFILE_LINK_MAX],
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

bool
debugfile_path(struct buf *path, const struct buildid *id, const char *link,
    const char *path_of, unsigned n, bool *by_link)
{
	static const struct {
		const char *before, *after;
	} place[] = { { "", "" }, { "", ".debug/" }, { debug_dir, "" } };
	const char *slash = strrchr(path_of, '/');
	char hex[2 * BUILDID_MAX + 1];

	buf_reset(path);
	*by_link = n > 0 || id->len < 2;
	if (!*by_link) {
		buildid_format(id, hex);
		buf_addf(path, "%s/.build-id/%.2s/%s.debug", debug_dir, hex,
		    hex + 2);
		return true;
	}
	n -= id->len >= 2;
	if (path_of[0] != '/' || !link[0] || n >= GP_COUNT(place))
		return false;
	buf_adds(path, place[n].before);
	buf_add(path, path_of, (size_t)(slash + 1 - path_of));
	buf_adds(path, place[n].after);
	buf_adds(path, link);
	return true;
}

/* True if *debug is the debug file of f. crc: the link's, or NULL by build id. */
static bool
is_wanted(const struct elffile *f, const struct elffile *debug,
    const uint32_t *crc)
{
	const struct buildid *ours = &f->build_id, *theirs = &debug->build_id;

	if (!crc)
		return buildid_equal(ours, theirs);
	return (buildid_is_none(ours) || buildid_is_none(theirs) ||
	    buildid_equal(ours, theirs)) && has_crc(debug, *crc);
}

int
debugfile_find(const struct elffile *f, const char *path,
    int (*open)(void *arg, const char *path), void *arg, struct elffile *debug)
{
	char link[DEBUGFILE_LINK_MAX];
	struct buf at = { 0 };
	bool by_link;
	uint32_t crc;
	int fd = -1;

	if (!debugfile_read_link(f, link, &crc))
		link[0] = '\0';
	for (unsigned n = 0; fd < 0 && debugfile_path(&at, &f->build_id, link,
	    path, n, &by_link); n++) {
		fd = open(arg, at.s);
		if (fd < 0 || (elffile_init(debug, fd) == ELFFILE_OK &&
		    is_wanted(f, debug, by_link ? &crc : NULL)))
			continue;
		close(fd);
		fd = -1;
	}
	buf_free(&at);
	return fd;
}
