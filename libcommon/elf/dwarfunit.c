#include "elf/dwarfunit.h"

#include <dwarf.h>
#include <stdlib.h>

#include "base/diag.h"
#include "elf/debuginfo.h"
#include "elf/dwlib.h"

/* -- ranges -------------------------------------------------------------- */

void
dwarfunit_ranges(const struct dwarfunit *u, Dwarf_Die *die,
    bool (*fn)(void *arg, uint64_t start, uint64_t end), void *arg)
{
	Dwarf_Addr base, start, end;
	ptrdiff_t off = 0;

	if (u->split) {
		dwarfsplit_ranges(u->split, die, DEBUGINFO_RANGES_MAX, fn, arg);
		return;
	}
	for (int n = 0; n < DEBUGINFO_RANGES_MAX; n++) {
		off = dw.dwarf_ranges(die, off, &base, &start, &end);
		if (off <= 0 || !fn(arg, start, end))
			return;
	}
}

struct adding {
	const struct elffile *code;
	struct rangetab *to;
	uint32_t value, rank;
	bool added;
};

static bool
add_range(void *arg, uint64_t start, uint64_t end)
{
	struct adding *a = arg;

	if (start < end && elffile_is_code(a->code, start)) {
		rangetab_add(a->to, start, end, a->value, a->rank);
		a->added = true;
	}
	return true;
}

/* -- functions ----------------------------------------------------------- */

bool
dwarfunit_die(const struct dwarfunit *u, uint32_t off, Dwarf_Die *die)
{
	return dw.dwarf_offdie(u->view->dwarf, u->scan.start + off, die) != NULL;
}

static bool
scan_functions(struct dwarfunit *u)
{
	struct dwarfscan_at at = { .off = u->scan.first };
	struct adding a = { .code = u->code, .to = &u->functions };
	struct dwarfscan_die d;
	uint32_t n = 0;
	bool broken;

	while (dwarfscan_next(&u->scan, &at, &d, &broken)) {
		uint64_t off = d.off - u->scan.start;
		Dwarf_Die die;

		if (d.tag != DW_TAG_subprogram || !d.code)
			continue;
		if (n == DEBUGINFO_FUNCTIONS_MAX || off >= DWARFUNIT_NONE) {
			u->left_out++;
			continue;
		}
		n++;
		a.value = (uint32_t)off;
		a.rank = d.depth;
		if (dwarfunit_die(u, a.value, &die))
			dwarfunit_ranges(u, &die, add_range, &a);
	}
	rangetab_build(&u->functions, RANGETAB_INNER);
	/* What came before the senseless part is as good as any. */
	return !broken || n;
}

bool
dwarfunit_read(struct dwarfunit *u, const struct dwarfview *v, Dwarf_Die *cu,
    struct dwarfsplit *split, const struct elffile *code)
{
	const struct dwarfview_bytes *info, *abbrev;

	*u = (struct dwarfunit){
		.code = code, .view = split ? &split->view : v, .split = split,
		.cu = split ? split->cu : *cu, .skeleton = *cu,
	};
	info = &u->view->section[DWARFVIEW_INFO];
	abbrev = &u->view->section[DWARFVIEW_ABBREV];
	return dwarfscan_init(&u->scan, info->p, info->n,
	    dw.dwarf_dieoffset(&u->cu) - dw.dwarf_cuoffset(&u->cu), abbrev->p,
	    abbrev->n) && scan_functions(u);
}

uint32_t
dwarfunit_find(const struct dwarfunit *u, uint64_t addr)
{
	return rangetab_find(&u->functions, addr);
}

size_t
dwarfunit_memory(const struct dwarfunit *u)
{
	return sizeof *u + dwarfscan_memory(&u->scan) +
	    rangetab_memory(&u->functions);
}

void
dwarfunit_free(struct dwarfunit *u)
{
	dwarfscan_free(&u->scan);
	rangetab_free(&u->functions);
	if (u->split) {
		dwarfsplit_close(u->split);
		free(u->split);
	}
	*u = (struct dwarfunit){ 0 };
}

/* -- inlined functions --------------------------------------------------- */

static uint32_t
add_node(struct dwarfunit_function *f, uint32_t die, uint32_t parent,
    uint32_t depth)
{
	if (f->n == f->cap) {
		f->cap = f->cap ? f->cap * 2 : 16;
		f->node = reallocarray(f->node, f->cap, sizeof *f->node);
		if (!f->node)
			die_nomem();
	}
	f->node[f->n] = (struct dwarfunit_node){ die, parent, depth };
	return f->n++;
}

/* Add an inlined function below a parent; returns its node, or the parent if it
 * has no code. */
static uint32_t
add_inlined(struct dwarfunit *u, struct dwarfunit_function *f,
    const struct dwarfscan_die *d, uint32_t parent)
{
	uint64_t off = d->off - u->scan.start;
	struct adding a = { .code = u->code, .to = &f->inlined,
		.value = f->n, .rank = d->depth };
	Dwarf_Die die;

	if (f->n == DEBUGINFO_INLINED_MAX || off >= DWARFUNIT_NONE) {
		u->left_out++;
		return parent;
	}
	if (!dwarfunit_die(u, (uint32_t)off, &die))
		return parent;
	dwarfunit_ranges(u, &die, add_range, &a);
	return a.added ? add_node(f, (uint32_t)off, parent, d->depth) : parent;
}

void
dwarfunit_read_function(struct dwarfunit *u, uint32_t die,
    struct dwarfunit_function *f)
{
	struct dwarfscan_at at = { .off = u->scan.start + die };
	uint32_t now = DWARFUNIT_NONE, skip = UINT32_MAX;
	struct dwarfscan_die d;
	bool broken;

	*f = (struct dwarfunit_function){ .die = die };
	while (dwarfscan_next(&u->scan, &at, &d, &broken)) {
		if (d.depth > skip)
			continue;
		skip = UINT32_MAX;
		while (now != DWARFUNIT_NONE && f->node[now].depth >= d.depth)
			now = f->node[now].parent;
		/* A function within is one of its own. */
		if (d.tag == DW_TAG_subprogram && d.depth > 0)
			skip = d.depth;
		else if (d.tag == DW_TAG_inlined_subroutine && d.code)
			now = add_inlined(u, f, &d, now);
	}
	/* The deepest is the innermost. */
	rangetab_build(&f->inlined, RANGETAB_HIGHER);
}

size_t
dwarfunit_function_memory(const struct dwarfunit_function *f)
{
	return sizeof *f + rangetab_memory(&f->inlined) +
	    f->cap * sizeof *f->node;
}

void
dwarfunit_function_free(struct dwarfunit_function *f)
{
	rangetab_free(&f->inlined);
	free(f->node);
	*f = (struct dwarfunit_function){ 0 };
}
