#include "program.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/grow.h"
#include "elf/elfhas.h"
#include "proc/execfn.h"

/* The dynamic loader that a program asks for, as a text; false if it asks for
 * none. */
static bool
read_loader(const struct elffile *f, char *out, size_t size)
{
	struct elfhas_section s;

	if (!elfhas_section(f, ".interp", &s) || s.size == 0)
		return false;
	if (s.size >= size)
		s.size = size - 1;
	out[s.size] = '\0';
	return elffile_read(f, s.offset, out, s.size) == ELFFILE_OK;
}

static void
read_file(struct program *out, const struct elffile *f)
{
	struct elfhas_section s;
	char loader[256];

	out->arch = "x86_64";
	out->build_id = f->build_id;
	/* Without sections nothing tells. */
	if (!elfhas_section(f, ".text", &s))
		return;
	out->stripped = elfhas_section(f, ".symtab", &s) ? PROGRAM_NO :
	    PROGRAM_YES;
	out->link = "static";
	if (!read_loader(f, loader, sizeof loader))
		return;
	out->link = "dynamic";
	if (strstr(loader, "/ld-musl-"))
		out->libc = "musl";
	else if (strstr(loader, "/ld-linux-"))
		out->libc = "glibc";
}

/* What is known of the file that is open as fd. */
static const struct program *
find_file(struct programs *ps, int fd)
{
	uint32_t n = ps->files.n, id;
	struct elffile f;
	struct stat st;
	uint64_t key[4];

	if (fstat(fd, &st) != 0)
		return NULL;
	key[0] = st.st_dev;
	key[1] = st.st_ino;
	key[2] = (uint64_t)st.st_ctim.tv_sec;
	key[3] = (uint64_t)st.st_ctim.tv_nsec;
	id = intern_add(&ps->files, (const char *)key, sizeof key);
	if (id < n)
		return &ps->file[id];
	ps->file = grow_for(ps->file, id, &ps->cap, sizeof *ps->file);
	ps->file[id] = (struct program){ .execfn = NULL };
	if (elffile_init(&f, fd) == ELFFILE_OK)
		read_file(&ps->file[id], &f);
	return &ps->file[id];
}

void
program_read(struct programs *ps, struct program *out, struct arena *a,
    const struct proc *p)
{
	const struct program *file = NULL;
	struct buf name = { 0 };
	int fd = proc_open_exe(p);

	if (fd >= 0) {
		file = find_file(ps, fd);
		close(fd);
	}
	*out = file ? *file : (struct program){ .execfn = NULL };
	if (execfn_read(p, &name) == PROC_OK)
		out->execfn = arena_strndup(a, name.s, name.len);
	buf_free(&name);
}

void
programs_free(struct programs *ps)
{
	intern_free(&ps->files);
	free(ps->file);
	*ps = (struct programs){ 0 };
}
