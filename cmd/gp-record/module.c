#include "module.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/grow.h"
#include "elf/elffile.h"
#include "stream/frame.h"
#include "stream/record.h"

#define KERNEL_BIT (1ull << 63)
#define JIT_BIT (1ull << 62)
#define ADDR_BITS 44
#define ADDR_MAX ((1ull << ADDR_BITS) - 1)
#define ID_MAX ((1u << 18) - 1)

static bool
starts_with(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

/* Names of frames that are in no module: there before the first module is. */
static const char *const fixed_names[] = {
	[MODULE_NAME_TRUNCATED] = FRAME_TRUNCATED,
	[MODULE_NAME_UNKNOWN] = FRAME_UNKNOWN,
};

/* Memory that no file is behind: what runs there was made while running. */
static bool
is_anonymous(const char *path)
{
	return path[0] == '\0' || starts_with(path, "//anon") ||
	    starts_with(path, "[heap]") || starts_with(path, "[stack") ||
	    starts_with(path, "[anon") || starts_with(path, "/dev/zero") ||
	    starts_with(path, "/SYSV") || starts_with(path, "anon_inode:");
}

uint32_t
modules_find(struct modules *m, const struct module_key *key)
{
	static const struct module_key none = { .path = "" };
	struct buf b = { 0 };
	uint32_t n, i;

	/* As /proc has it. */
	if (strcmp(key->path, "//anon") == 0)
		key = &none;

	for (size_t k = m->names.n; k < GP_COUNT(fixed_names); k++)
		intern_add(&m->names, fixed_names[k], strlen(fixed_names[k]));
	buf_add(&b, key->path, strlen(key->path) + 1);
	if (key->build_id.len) {
		buf_add(&b, key->build_id.b, key->build_id.len);
	} else {
		buf_addx(&b, key->dev_major);
		buf_addc(&b, ':');
		buf_addx(&b, key->dev_minor);
		buf_addc(&b, ':');
		buf_addx(&b, key->ino);
	}
	n = m->keys.n;
	i = intern_add(&m->keys, b.s, b.len);
	buf_free(&b);
	if (i < n)
		return i;
	m->module = grow_for(m->module, i, &m->cap, sizeof *m->module);
	m->module[i] = (struct module){ .key = *key };
	m->module[i].key.path = intern_str(&m->keys, i);
	return i;
}

bool
modules_is_file(const struct modules *m, uint32_t module)
{
	const char *path = m->module[module].key.path;

	return path[0] == '/' && !is_anonymous(path);
}

bool
modules_may_be_one(const struct modules *m, uint32_t a, uint32_t b)
{
	const struct module_key *x = &m->module[a].key;
	const struct module_key *y = &m->module[b].key;

	if (a == b)
		return true;
	if (x->build_id.len && y->build_id.len &&
	    !buildid_equal(&x->build_id, &y->build_id))
		return false;
	if (x->ino && y->ino && (x->ino != y->ino ||
	    x->dev_major != y->dev_major || x->dev_minor != y->dev_minor))
		return false;
	return strcmp(x->path, y->path) == 0;
}

static void
keep_segments(struct modules *m, struct module *mod, const struct elffile *f)
{
	const uint64_t page = ELFFILE_PAGE - 1;

	mod->segment = arena_alloc(&m->arena, f->n * sizeof *mod->segment);
	for (uint32_t i = 0; i < f->n; i++) {
		const struct elffile_segment *s = &f->segment[i];
		uint64_t first = s->offset & ~page;

		if (!s->exec)
			continue;
		mod->segment[mod->nsegment++] = (struct module_segment){
			.offset = first,
			.vaddr = s->vaddr - (s->offset - first),
			.size = ((s->offset + s->filesz + page) & ~page) -
			    first,
		};
	}
}

static bool
to_vaddr(const struct module *mod, uint64_t off, uint64_t *vaddr)
{
	for (uint32_t i = 0; i < mod->nsegment; i++) {
		const struct module_segment *s = &mod->segment[i];

		if (off - s->offset < s->size) {
			*vaddr = s->vaddr + (off - s->offset);
			return true;
		}
	}
	return false;
}

/* Give the module its stream id; true if no other has the same file. */
static bool
number(struct modules *m, struct module *mod)
{
	uint32_t known = m->ids.n;
	struct buf b = { 0 };

	buf_adds(&b, mod->key.path);
	buf_addc(&b, '\0');
	if (mod->key.build_id.len)
		buf_add(&b, mod->key.build_id.b, mod->key.build_id.len);
	else
		buf_addf(&b, "%x:%x:%llx", mod->key.dev_major,
		    mod->key.dev_minor, (unsigned long long)mod->key.ino);
	if (mod->state == MODULE_OFFSETS)
		buf_addc(&b, '@');
	mod->id = intern_add(&m->ids, b.s, b.len) + 1;
	buf_free(&b);
	return mod->id > known;
}

static void
announce(struct modules *m, struct module *mod, uint32_t pid, uint64_t start,
    uint64_t end, struct buf *out)
{
	const char *path = mod->key.path;
	struct buf map = { 0 };

	if (!number(m, mod))
		return;
	buf_addx(&map, start);
	buf_addc(&map, '-');
	buf_addx(&map, end);
	record_begin(out, "module");
	record_put_u64(out, "id", mod->id);
	record_put_hex(out, "build_id", mod->key.build_id.b,
	    mod->key.build_id.len);
	record_put(out, "path", path);
	record_put_u64(out, "pid", pid);
	record_put(out, "map", map.s);
	if (mod->key.deleted)
		record_put_u64(out, "deleted", 1);
	if (mod->state == MODULE_OFFSETS)
		record_put_u64(out, "offsets", 1);
	record_end(out);
	buf_free(&map);
}

/* Without a build id, device and inode say which file was mapped. */
static bool
is_mapped_file(const struct module *mod, int fd)
{
	struct stat st;

	return mod->key.ino && fstat(fd, &st) == 0 &&
	    st.st_ino == mod->key.ino &&
	    major(st.st_dev) == mod->key.dev_major &&
	    minor(st.st_dev) == mod->key.dev_minor;
}

/* Where a file system tells another inode than /proc does, the path says it. */
static bool
has_mapped_path(const struct module *mod, int fd)
{
	static const char deleted[] = " (deleted)";
	char link[32], path[PATH_MAX];
	ssize_t n;

	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof path - 1);
	if (n < 0)
		return false;
	path[n] = '\0';
	if (mod->key.deleted && (size_t)n >= sizeof deleted - 1 &&
	    strcmp(path + n - (sizeof deleted - 1), deleted) == 0)
		path[n - (ssize_t)(sizeof deleted - 1)] = '\0';
	return strcmp(path, mod->key.path) == 0;
}

/* Open what was mapped there. The process may run another program by now, which lies
 * at the same address. */
static int
open_mapped(const struct module *mod, const struct proc *p, uint64_t start,
    uint64_t end)
{
	int fd = proc_open_map(p, start, end, NULL);

	if (fd >= 0 && (mod->key.build_id.len || is_mapped_file(mod, fd) ||
	    has_mapped_path(mod, fd)))
		return fd;
	if (fd >= 0)
		close(fd);
	return proc_open_path(p, mod->key.path);
}

static bool
is_vdso(const struct module *mod)
{
	return strcmp(mod->key.path, "[vdso]") == 0;
}

enum elffile_err
modules_open(const struct modules *m, uint32_t module, const struct proc *p,
    uint64_t start, uint64_t end, struct elffile *f)
{
	const struct module *mod = &m->module[module];
	enum elffile_err err = ELFFILE_EREAD;
	int fd;

	if (is_vdso(mod))
		return elffile_init_vdso(f);
	if (mod->key.path[0] != '/' || is_anonymous(mod->key.path))
		return ELFFILE_EFILE;
	for (int try = 0; try < 2; try++) {
		fd = try == 0 ? open_mapped(mod, p, start, end) :
		    open(mod->key.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK |
		        O_NOCTTY);
		if (fd < 0)
			continue;
		err = elffile_init(f, fd);
		if (err == ELFFILE_OK && (mod->key.build_id.len ?
		    buildid_equal(&mod->key.build_id, &f->build_id) :
		    try == 0 || is_mapped_file(mod, fd)))
			return err;
		close(fd);
		if (err != ELFFILE_OK)
			return err;
		err = ELFFILE_EREAD;
	}
	return err;
}

/* The first sample: find out what it is. */
static void
look_at(struct modules *m, uint32_t module, const struct proc *p,
    uint64_t start, uint64_t end, struct buf *out)
{
	struct module *mod = &m->module[module];
	const char *path = mod->key.path;
	enum elffile_err err;
	struct elffile f;

	mod->state = MODULE_JIT;
	if (is_anonymous(path))
		return;
	if (path[0] == '[' && !is_vdso(mod)) {
		mod->state = MODULE_NAMED;
		mod->name = intern_add(&m->names, path, strlen(path));
		return;
	}
	err = modules_open(m, module, p, start, end, &f);
	if (err == ELFFILE_OK) {
		mod->state = MODULE_ELF;
		mod->key.build_id = f.build_id;
		keep_segments(m, mod, &f);
		if (f.fd >= 0)
			close(f.fd);
	} else if (err == ELFFILE_EREAD || err == ELFFILE_ECLASS) {
		mod->state = MODULE_OFFSETS;
		mod->missed = err == ELFFILE_EREAD ? mod->missed + 1 :
		    MODULE_TRIES;
	} else {
		return;
	}
	announce(m, mod, p->pid, start, end, out);
}

bool
modules_wants_file(const struct modules *m, uint32_t module)
{
	const struct module *mod = &m->module[module];

	return mod->state == MODULE_NEW ||
	    (mod->state == MODULE_OFFSETS && mod->missed < MODULE_TRIES);
}

bool
modules_missed(struct modules *m, uint32_t module)
{
	return ++m->module[module].missed < MODULE_TRIES;
}

uint64_t
modules_frame(struct modules *m, uint32_t module, const struct proc *p,
    uint64_t start, uint64_t end, uint64_t pgoff, uint64_t addr,
    struct buf *out)
{
	struct module *mod = &m->module[module];
	uint64_t off = addr - start + pgoff, at = off;

	if (mod->state == MODULE_NEW ||
	    (modules_wants_file(m, module) && p->dir >= 0))
		look_at(m, module, p, start, end, out);
	switch (mod->state) {
	case MODULE_NEW:
	case MODULE_JIT:
		return JIT_BIT | (addr & (JIT_BIT - 1));
	case MODULE_NAMED:
		return modules_name_frame(mod->name);
	case MODULE_ELF:
		if (!to_vaddr(mod, off, &at))
			return modules_name_frame(MODULE_NAME_UNKNOWN);
		break;
	case MODULE_OFFSETS:
		break;
	}
	if (at > ADDR_MAX || mod->id > ID_MAX)
		return modules_name_frame(MODULE_NAME_UNKNOWN);
	return (uint64_t)mod->id << ADDR_BITS | at;
}

uint64_t
modules_kernel_frame(uint64_t addr)
{
	return KERNEL_BIT | addr;
}

uint64_t
modules_name_frame(uint32_t name)
{
	return name;
}

bool
modules_is_kernel_frame(uint64_t frame)
{
	return frame & KERNEL_BIT;
}

bool
modules_is_jit_frame(uint64_t frame)
{
	return (frame & (KERNEL_BIT | JIT_BIT)) == JIT_BIT;
}

void
modules_put_frame(const struct modules *m, uint64_t frame, uint32_t pid,
    struct buf *b)
{
	struct frame f = { FRAME_KERNEL, 0, frame };
	uint32_t id = (uint32_t)(frame >> ADDR_BITS);

	if (frame & KERNEL_BIT) {
		frame_put(b, &f);
	} else if (frame & JIT_BIT) {
		f = (struct frame){ FRAME_JIT, pid, frame & (JIT_BIT - 1) };
		frame_put(b, &f);
	} else if (id) {
		f = (struct frame){ FRAME_MODULE, id, frame & ADDR_MAX };
		frame_put(b, &f);
	} else if (frame < GP_COUNT(fixed_names)) {
		frame_put_name(b, fixed_names[frame],
		    strlen(fixed_names[frame]));
	} else {
		frame_put_name(b, intern_str(&m->names, (uint32_t)frame),
		    intern_len(&m->names, (uint32_t)frame));
	}
}

void
modules_free(struct modules *m)
{
	arena_free(&m->arena);
	intern_free(&m->keys);
	intern_free(&m->ids);
	intern_free(&m->names);
	free(m->module);
	*m = (struct modules){ 0 };
}
