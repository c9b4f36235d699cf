#include "elf/altfile.h"

#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "elf/debugfile.h"
#include "elf/section.h"

/* "name\0", build id. */
static bool
read_link(const struct elffile *f, char name[ALTFILE_LINK_MAX],
    struct buildid *id)
{
	static const char *const section[] = { ".gnu_debugaltlink" };
	struct section s;
	size_t len;

	if (section_find(f, section, &s, 1) != 1 || s.compressed ||
	    s.size > ALTFILE_LINK_MAX ||
	    elffile_read(f, s.offset, name, (size_t)s.size) != ELFFILE_OK)
		return false;
	len = strnlen(name, (size_t)s.size);
	if (len == 0 || len + 2 >= s.size || s.size - len - 1 > BUILDID_MAX)
		return false;
	id->len = (uint8_t)(s.size - len - 1);
	memcpy(id->b, name + len + 1, id->len);
	return true;
}

/* Its build id. dwz writes no program headers, so it is looked for by its
 * section. */
static bool
has_id(const struct elffile *f, const struct buildid *id)
{
	static const char *const section[] = { ".note.gnu.build-id" };
	uint8_t notes[ELFFILE_NOTES_MAX];
	struct buildid own;
	struct section s;

	return section_find(f, section, &s, 1) == 1 &&
	    s.size <= sizeof notes &&
	    elffile_read(f, s.offset, notes, (size_t)s.size) == ELFFILE_OK &&
	    buildid_find(&own, notes, (size_t)s.size, 4) &&
	    buildid_equal(&own, id);
}

/* The n-th path where it may be; false if there is no n-th. */
static bool
make_path(struct buf *b, const struct buildid *id, const char *path,
    const char *name, unsigned n)
{
	const char *slash = strrchr(path, '/'), *last = strrchr(name, '/');
	bool by_link;

	buf_reset(b);
	switch (n) {
	case 0:
		return debugfile_path(b, id, "", path, 0, &by_link);
	case 1:
		if (name[0] != '/' && slash)
			buf_add(b, path, (size_t)(slash + 1 - path));
		buf_adds(b, name);
		return true;
	case 2:
		buf_addf(b, "/usr/lib/debug/.dwz/%s", last ? last + 1 : name);
		return true;
	default:
		return false;
	}
}

int
altfile_find(const struct elffile *f, const char *path,
    int (*open)(void *arg, const char *path), void *arg, struct elffile *alt)
{
	char name[ALTFILE_LINK_MAX];
	struct buf at = { 0 };
	struct buildid id;
	int fd = -1;

	if (!read_link(f, name, &id))
		return -1;
	for (unsigned n = 0; fd < 0 && make_path(&at, &id, path, name, n);
	    n++) {
		fd = at.s[0] == '/' ? open(arg, at.s) : -1;
		if (fd < 0 || (elffile_init(alt, fd) == ELFFILE_OK &&
		    has_id(alt, &id)))
			continue;
		close(fd);
		fd = -1;
	}
	buf_free(&at);
	return fd;
}
