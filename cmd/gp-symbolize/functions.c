#include "functions.h"

#include <unistd.h>

#include "base/diag.h"
#include "elf/debugfile.h"
#include "elf/minidebug.h"
#include "elf/plt.h"
#include "unwind/gopclntab.h"

struct root {
	const struct functions_roots *roots;
	int n;
};

static int
open_in_root(void *arg, const char *path)
{
	const struct root *r = arg;

	return r->roots->open(r->roots->arg, r->n, path);
}

int
functions_find_debug(const struct elffile *f, const char *path,
    const struct functions_roots *roots, struct elffile *debug)
{
	struct root r = { .roots = roots };
	int fd = -1;

	for (; fd < 0 && r.n < FUNCTIONS_ROOTS; r.n++)
		fd = debugfile_find(f, path, open_in_root, &r, debug);
	return fd;
}

/* Damage in a second file costs what is in it, no more. */
static bool
add_debug(struct functions *x, const char *name,
    const struct functions_roots *roots)
{
	uint32_t before = x->symtab.functions;
	enum elffile_err err;

	x->debug_fd = functions_find_debug(&x->elf, name, roots, &x->debug);
	if (x->debug_fd < 0)
		return false;
	err = symtab_add(&x->symtab, &x->elf, &x->debug);
	if (err != ELFFILE_OK)
		diag_verbose("%s: its debug file: %s", name,
		    elffile_strerror(err));
	diag_verbose("%s: %u symbols from its debug file", name,
	    x->symtab.functions - before);
	return x->symtab.functions > before;
}

static void
add_mini(struct functions *x, const char *name)
{
	enum minidebug_err err = minidebug_read(&x->elf, &x->mini_image,
	    &x->mini);
	uint32_t before = x->symtab.functions;

	if (err == MINIDEBUG_NONE)
		return;
	if (err != MINIDEBUG_OK ||
	    symtab_add(&x->symtab, &x->elf, &x->mini) != ELFFILE_OK)
		diag_verbose("%s: %s", name, minidebug_strerror(err));
	else
		diag_verbose("%s: %u symbols from .gnu_debugdata", name,
		    x->symtab.functions - before);
}

struct go {
	struct functions *x;
	int table; /* -1: not added yet */
	uint32_t n;
};

static void
add_go_function(void *arg, const struct gopclntab_names *names,
    uint64_t start, uint64_t end, uint64_t name)
{
	struct go *g = arg;

	if (g->table < 0)
		g->table = symtab_add_table(&g->x->symtab,
		    &(struct symtab_names){ &g->x->elf, names->offset,
		    names->size, "" });
	if (g->table < 0)
		return;
	symtab_add_function(&g->x->symtab, &g->x->elf, g->table, start, end,
	    name);
	g->n++;
}

static void
add_go(struct functions *x, const char *name)
{
	struct gopclntab_names names;
	struct go g = { .x = x, .table = -1 };

	if (gopclntab_functions(&x->elf, &names, add_go_function, &g))
		diag_verbose("%s: %u functions from Go's table", name, g.n);
}

static const char *
tables_read(const struct symtab *t)
{
	if (t->has_symtab)
		return t->has_dynsym ? ".symtab and .dynsym" : ".symtab";
	return t->has_dynsym ? ".dynsym" : "no table";
}

enum elffile_err
functions_read(struct functions *x, int fd, const char *name,
    const struct functions_roots *roots)
{
	enum elffile_err err;

	*x = (struct functions){ .debug_fd = -1 };
	err = fd < 0 ? elffile_init_vdso(&x->elf) : elffile_init(&x->elf, fd);
	if (err == ELFFILE_OK)
		err = symtab_add(&x->symtab, &x->elf, &x->elf);
	if (err != ELFFILE_OK)
		return err;
	diag_verbose("%s: %u symbols of functions, from %s", name,
	    x->symtab.functions, tables_read(&x->symtab));
	x->complete = x->symtab.has_symtab;
	if (fd >= 0 && !x->complete && roots)
		x->complete = add_debug(x, name, roots);
	if (fd >= 0 && !x->complete)
		add_mini(x, name);
	if (fd >= 0 && !x->symtab.has_symtab)
		add_go(x, name);
	plt_add(&x->symtab, &x->elf);
	symtab_build(&x->symtab);
	return ELFFILE_OK;
}

size_t
functions_memory(const struct functions *x)
{
	return sizeof *x + symtab_memory(&x->symtab) + x->mini_image.cap;
}

void
functions_free(struct functions *x)
{
	if (x->debug_fd >= 0)
		close(x->debug_fd);
	buf_free(&x->mini_image);
	symtab_free(&x->symtab);
	*x = (struct functions){ .debug_fd = -1 };
}
