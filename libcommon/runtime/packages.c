#include "runtime/packages.h"

#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/grow.h"
#include "base/hash.h"

/* Bytes of METADATA that are read: what is wanted stands at its head. */
enum { HEAD_MAX = 16 * 1024, NAME_MAX_BYTES = 128, ENTRIES_MAX = 20000 };

/* What is told apart by its hash: a file by its path in the folder, or all that is
 * in a folder or file of that name. */
enum what { A_FILE, A_TOP };

static uint64_t
hash_of(enum what what, const char *s, size_t len)
{
	return hash_u64(hash_bytes(s, len), what);
}

/* A folder of packages while it is read. */
struct site {
	struct packages *pk;
	const struct interp_process *p;
	struct buf path; /* of the folder; scratch behind it */
	size_t len;
	uint32_t id;
	uint32_t package; /* of pk->names, the one that is being read */
};

/* -- one package ---------------------------------------------------------- */

/* Read a file of the folder, or its head; false if there is none. */
static bool
read_file(struct site *s, const char *dir, const char *name, size_t max,
    struct buf *out)
{
	struct stat st;
	ssize_t n;
	int fd;

	s->path.len = s->len;
	buf_addf(&s->path, "/%s%s%s", dir, *name ? "/" : "", name);
	fd = s->p->open(s->p->arg, s->path.s, false);
	if (fd < 0)
		return false;
	if (fstat(fd, &st) == 0 && (uint64_t)st.st_size < max)
		max = (size_t)st.st_size;
	buf_reset(out);
	buf_grow(out, max);
	n = file_pread(fd, out->s, max, 0);
	close(fd);
	out->len = n > 0 ? (size_t)n : 0;
	out->s[out->len] = '\0';
	return n > 0;
}

/* What stands behind "Key: " at the head of a text, as far as it is a name. */
static bool
put_field(const char *head, const char *key, struct buf *out)
{
	size_t len = strlen(key), before = out->len;
	const char *end;

	for (; *head && *head != '\n'; head = *end ? end + 1 : end) {
		end = head + strcspn(head, "\n");
		if (strncmp(head, key, len) != 0)
			continue;
		for (head += len; *head == ' ';)
			head++;
		while (out->len - before < NAME_MAX_BYTES &&
		    (isalnum((unsigned char)*head) ||
		    (*head && strchr("._+-!", *head))))
			buf_addc(out, *head++);
		break;
	}
	return out->len > before;
}

/* "Name==Version" by METADATA or PKG-INFO; false if that makes no sense. */
static bool
name_package(struct site *s, const char *head, struct buf *name)
{
	buf_reset(name);
	if (!put_field(head, "Name:", name))
		return false;
	buf_adds(name, "==");
	if (!put_field(head, "Version:", name))
		return false;
	s->package = intern_add(&s->pk->names, name->s, name->len);
	return true;
}

/* Where several claim the same, the first by name has it, in whatever order they
 * are read. */
static void
add(struct site *s, enum what what, const char *name, size_t len)
{
	struct packages *pk = s->pk;
	uint64_t hash = hash_of(what, name, len);
	uint32_t has = pairmap_get(&pk->files, hash, s->id);

	if (len == 0 || pk->files.n >= PACKAGES_FILES_MAX)
		return;
	if (has == PAIRMAP_NONE || strcmp(intern_str(&pk->names, s->package),
	    intern_str(&pk->names, has)) < 0)
		pairmap_set(&pk->files, hash, s->id, s->package);
}

static bool
is_source(const char *name, size_t len)
{
	return len > 3 && memcmp(name + len - 3, ".py", 3) == 0;
}

/* Lines of which what is before the first comma is a path, relative to base:
 * "../" leads from an .egg-info to the folder. */
static void
add_list(struct site *s, const char *list, bool csv)
{
	const char *end;
	size_t len;

	for (; *list; list = *end ? end + 1 : end) {
		end = list + strcspn(list, "\n");
		len = csv ? strcspn(list, ",\n") : (size_t)(end - list);
		if (len && list[len - 1] == '\r')
			len--;
		if (len > 3 && memcmp(list, "../", 3) == 0) {
			list += 3;
			len -= 3;
		}
		if (is_source(list, len))
			add(s, A_FILE, list, len);
	}
}

static void
add_tops(struct site *s, const char *list)
{
	size_t len;

	for (; *list; list += len + (list[len] != '\0')) {
		len = strcspn(list, "\r\n");
		add(s, A_TOP, list, len);
	}
}

/* Without any list: what is called as the package is, as far as Python can call
 * something so. */
static void
add_own_name(struct site *s, const char *name)
{
	char top[NAME_MAX_BYTES];
	size_t n = 0;

	for (; *name && *name != '=' && n < sizeof top; name++)
		top[n++] = *name == '-' || *name == '.' ? '_' :
		    (char)tolower((unsigned char)*name);
	add(s, A_TOP, top, n);
}

/* An entry "NAME.dist-info" or "NAME.egg-info" of the folder. */
static void
read_package(struct site *s, const char *dir, bool egg, struct buf *text,
    struct buf *name)
{
	if (!read_file(s, dir, egg ? "PKG-INFO" : "METADATA", HEAD_MAX, text) &&
	    !(egg && read_file(s, dir, "", HEAD_MAX, text)))
		return;
	if (!name_package(s, text->s, name))
		return;
	if (read_file(s, dir, egg ? "installed-files.txt" : "RECORD",
	    PACKAGES_RECORD_MAX, text) ||
	    (egg && read_file(s, dir, "SOURCES.txt", PACKAGES_RECORD_MAX,
	    text))) {
		add_list(s, text->s, !egg);
		if (!egg)
			return;
	}
	if (read_file(s, dir, "top_level.txt", HEAD_MAX, text))
		add_tops(s, text->s);
	else
		add_own_name(s, name->s);
}

/* -- folders -------------------------------------------------------------- */

static bool
ends_in(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n > m && strcmp(s + n - m, end) == 0;
}

static void
read_folder(struct site *s, int fd)
{
	struct buf text = { 0 }, name = { 0 };
	DIR *d = fdopendir(fd);
	struct dirent *e;

	if (!d) {
		close(fd);
		return;
	}
	for (int i = 0; i < ENTRIES_MAX && (e = readdir(d)); i++)
		if (ends_in(e->d_name, ".dist-info"))
			read_package(s, e->d_name, false, &text, &name);
		else if (ends_in(e->d_name, ".egg-info"))
			read_package(s, e->d_name, true, &text, &name);
	closedir(d);
	buf_free(&text);
	buf_free(&name);
}

/* The number of a folder, read if it is new; -1 if it cannot be. */
static int64_t
find_folder(struct site *s)
{
	struct packages *pk = s->pk;
	struct stat st;
	int fd = s->p->open(s->p->arg, s->path.s, true);

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) != 0) {
		close(fd);
		return -1;
	}
	for (uint32_t i = 0; i < pk->n; i++) {
		if (pk->folder[i].ino != st.st_ino ||
		    pk->folder[i].dev != st.st_dev)
			continue;
		close(fd);
		return i;
	}
	if (pk->n == PACKAGES_FOLDERS_MAX) {
		close(fd);
		return -1;
	}
	pk->folder = grow_for(pk->folder, pk->n, &pk->cap, sizeof *pk->folder);
	pk->folder[pk->n].dev = st.st_dev;
	pk->folder[pk->n].ino = st.st_ino;
	s->id = pk->n++;
	read_folder(s, fd);
	return s->id;
}

/* Where the folder of packages in a path ends, the last one: the '/' behind it. */
static const char *
folder_end(const char *path)
{
	const char *best = NULL, *s = path;

	while ((s = strstr(s, "-packages/"))) {
		s += strlen("-packages/");
		if (s - path > 14 && (memcmp(s - 15, "/site", 5) == 0 ||
		    memcmp(s - 15, "/dist", 5) == 0))
			best = s - 1;
	}
	return best;
}

bool
packages_put(struct packages *pk, const struct interp_process *p,
    const char *path, struct buf *out)
{
	const char *end = folder_end(path), *file;
	struct site s = { .pk = pk, .p = p };
	uint32_t name = PAIRMAP_NONE;
	size_t len;
	int64_t id;

	if (path[0] != '/' || !end || !p->open)
		return false;
	file = end + 1;
	s.len = (size_t)(end - path);
	buf_add(&s.path, path, s.len);
	id = find_folder(&s);
	buf_free(&s.path);
	if (id < 0)
		return false;
	name = pairmap_get(&pk->files, hash_of(A_FILE, file, strlen(file)),
	    (uint32_t)id);
	len = strcspn(file, "/");
	if (file[len] == '\0' && is_source(file, len))
		len -= 3;
	if (name == PAIRMAP_NONE)
		name = pairmap_get(&pk->files, hash_of(A_TOP, file, len),
		    (uint32_t)id);
	if (name == PAIRMAP_NONE)
		return false;
	buf_add(out, intern_str(&pk->names, name),
	    intern_len(&pk->names, name));
	return true;
}

void
packages_free(struct packages *pk)
{
	intern_free(&pk->names);
	pairmap_free(&pk->files);
	free(pk->folder);
	*pk = (struct packages){ 0 };
}
