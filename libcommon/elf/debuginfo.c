#include "elf/debuginfo.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/pairmap.h"
#include "base/rangetab.h"
#include "elf/altfile.h"
#include "elf/dwarfunit.h"
#include "elf/dwlib.h"

/* What libdw takes for a row of a line table, while it reads it. */
enum { LINE_ROW_BYTES = 96 };

struct unit {
	uint64_t die;           /* its first entry, in the section */
	struct dwarfunit *read; /* when an address in it was asked for */
	bool bad;
};

struct debuginfo {
	const struct elffile *code;
	const struct debuginfo_files *files; /* or NULL */
	char *path;
	bool lines;

	struct dwarfview_file file, alt_file;
	struct dwarfview view, alt;
	struct dwarfpackage package;
	bool has_package;

	struct unit *unit;
	uint32_t n, cap;
	struct pairmap by_die;
	struct rangetab told;  /* by .debug_aranges: units */
	struct rangetab units; /* by their own entries */
	bool units_read;

	struct dwarfunit_function *function; /* those that were asked for */
	uint32_t functions, function_cap;
	struct pairmap by_function; /* of entry and unit */

	size_t memory;
	uint64_t left_out;
};

/* -- units --------------------------------------------------------------- */

/* The number of the unit with an entry, known or new, or RANGETAB_NONE. */
static uint32_t
number_unit(struct debuginfo *d, uint64_t die)
{
	uint32_t n = pairmap_get(&d->by_die, die, 0);

	if (n != PAIRMAP_NONE)
		return n;
	if (d->n == DEBUGINFO_UNITS_MAX) {
		d->left_out++;
		return RANGETAB_NONE;
	}
	if (d->n == d->cap) {
		d->cap = d->cap ? d->cap * 2 : 64;
		d->unit = reallocarray(d->unit, d->cap, sizeof *d->unit);
		if (!d->unit)
			die_nomem();
	}
	d->unit[d->n] = (struct unit){ .die = die };
	pairmap_set(&d->by_die, die, 0, d->n);
	return d->n++;
}

static void
add_unit_range(struct debuginfo *d, struct rangetab *t, uint64_t die,
    uint64_t start, uint64_t end)
{
	uint32_t n;

	if (start >= end || !elffile_is_code(d->code, start))
		return;
	n = number_unit(d, die);
	if (n != RANGETAB_NONE)
		rangetab_add(t, start, end, n, 0);
}

/* What .debug_aranges says, if it is there: GCC's units, not Clang's. */
static void
read_aranges(struct debuginfo *d)
{
	Dwarf_Aranges *all;
	size_t n = 0;

	if (dw.dwarf_getaranges(d->view.dwarf, &all, &n) != 0)
		n = 0;
	for (size_t i = 0; i < n; i++) {
		Dwarf_Arange *a = dw.dwarf_onearange(all, i);
		Dwarf_Addr start;
		Dwarf_Word len;
		Dwarf_Off die;

		if (a && dw.dwarf_getarangeinfo(a, &start, &len, &die) == 0 &&
		    start + len > start)
			add_unit_range(d, &d->told, die, start, start + len);
	}
	rangetab_build(&d->told, RANGETAB_INNER);
	d->memory += rangetab_memory(&d->told);
}

struct adding {
	struct debuginfo *d;
	uint64_t die;
};

static bool
add_range(void *arg, uint64_t start, uint64_t end)
{
	struct adding *a = arg;

	add_unit_range(a->d, &a->d->units, a->die, start, end);
	return true;
}

static void
read_units(struct debuginfo *d)
{
	struct dwarfunit whole = { .code = d->code, .view = &d->view };
	Dwarf_CU *cu = NULL;
	Dwarf_Die die;

	d->units_read = true;
	while (dw.dwarf_get_units(d->view.dwarf, cu, &cu, NULL, NULL, &die,
	    NULL) == 0) {
		struct adding a = { d, dw.dwarf_dieoffset(&die) };
		int tag = dw.dwarf_tag(&die);

		if (tag == DW_TAG_compile_unit || tag == DW_TAG_skeleton_unit)
			dwarfunit_ranges(&whole, &die, add_range, &a);
	}
	rangetab_build(&d->units, RANGETAB_INNER);
	d->memory += rangetab_memory(&d->units);
}

/* -- opening ------------------------------------------------------------- */

static void
open_alt(struct debuginfo *d, const struct elffile *from)
{
	struct elffile f;
	int fd = -1;

	if (d->files)
		fd = altfile_find(from, d->path, d->files->open,
		    d->files->arg, &f);
	if (fd < 0)
		return;
	if (dwarfview_map(&d->alt_file, &f, DWARFVIEW_PLAIN, false) &&
	    dwarfview_open(&d->alt, &d->alt_file))
		dw.dwarf_setalt(d->view.dwarf, d->alt.dwarf);
	close(fd);
}

static void
open_package(struct debuginfo *d)
{
	struct buf path = { 0 };
	struct elffile f;
	int fd = -1;

	buf_addf(&path, "%s.dwp", d->path);
	if (d->files)
		fd = d->files->open(d->files->arg, path.s);
	buf_free(&path);
	if (fd < 0)
		return;
	d->has_package = elffile_init(&f, fd) == ELFFILE_OK &&
	    dwarfpackage_map(&d->package, &f);
	close(fd);
}

/* True if some unit's other half is elsewhere. */
static bool
is_split(struct debuginfo *d)
{
	struct dwarfsplit_skeleton k;
	Dwarf_CU *cu = NULL;
	Dwarf_Die die;

	/* Units are compiled alike, but for those of the start files. */
	for (int i = 0; i < 64 && dw.dwarf_get_units(d->view.dwarf, cu, &cu,
	    NULL, NULL, &die, NULL) == 0; i++)
		if (dwarfsplit_is_skeleton(&die, &k))
			return true;
	return false;
}

bool
debuginfo_load(void)
{
	return dwlib_load();
}

bool
debuginfo_is_in(const struct elffile *f)
{
	return dwarfview_has(f);
}

struct debuginfo *
debuginfo_open(const struct elffile *code, const struct elffile *from,
    const char *path, const struct debuginfo_files *files, bool lines)
{
	struct debuginfo *d = calloc(1, sizeof *d);

	if (!d)
		die_nomem();
	d->code = code;
	d->files = files;
	d->lines = lines;
	d->path = strdup(path);
	if (!d->path)
		die_nomem();
	/* Addresses of a relocatable file are none yet. */
	if (!dwlib_load() || from->type == ET_REL ||
	    !dwarfview_map(&d->file, from, DWARFVIEW_PLAIN, lines) ||
	    !dwarfview_open(&d->view, &d->file)) {
		debuginfo_close(d);
		return NULL;
	}
	open_alt(d, from);
	if (is_split(d))
		open_package(d);
	read_aranges(d);
	return d;
}

/* -- what was read ------------------------------------------------------- */

static void
forget(struct debuginfo *d)
{
	for (uint32_t i = 0; i < d->n; i++) {
		struct unit *u = &d->unit[i];

		if (!u->read)
			continue;
		d->left_out += u->read->left_out;
		dwarfunit_free(u->read);
		free(u->read);
		u->read = NULL;
	}
	for (uint32_t i = 0; i < d->functions; i++)
		dwarfunit_function_free(&d->function[i]);
	d->functions = 0;
	pairmap_reset(&d->by_function);
}

/* Give back what units and libdw hold, if it has become too much. */
static bool
bound_memory(struct debuginfo *d)
{
	if (d->memory <= DEBUGINFO_MEMORY_MAX)
		return true;
	forget(d);
	d->memory = rangetab_memory(&d->told) + rangetab_memory(&d->units);
	/* Both tables alone may be as large as that; they stay. */
	if (d->memory > DEBUGINFO_MEMORY_MAX / 2)
		d->memory = DEBUGINFO_MEMORY_MAX / 2;
	if (!dwarfview_reopen(&d->view))
		return false;
	if (d->alt.dwarf)
		dw.dwarf_setalt(d->view.dwarf, d->alt.dwarf);
	return true;
}

static struct dwarfsplit *
open_split(struct debuginfo *d, const struct dwarfsplit_skeleton *k)
{
	struct dwarfsplit *s = calloc(1, sizeof *s);
	struct dwarfsplit_files files = { 0 };

	if (!s)
		die_nomem();
	if (d->files)
		files = (struct dwarfsplit_files){ d->files->open,
		    d->files->arg };
	if (dwarfsplit_open(s, &d->view, k, d->has_package ? &d->package :
	    NULL, d->path, &files))
		return s;
	free(s);
	return NULL;
}

static struct dwarfunit *
read_unit(struct debuginfo *d, uint32_t n)
{
	struct dwarfsplit_skeleton k;
	struct dwarfsplit *split = NULL;
	struct dwarfunit *u;
	Dwarf_Die cu;

	if (d->unit[n].read || d->unit[n].bad)
		return d->unit[n].read;
	d->unit[n].bad = true;
	if (!dw.dwarf_offdie(d->view.dwarf, d->unit[n].die, &cu))
		return NULL;
	/* Without it the skeleton itself has lines, and sometimes functions. */
	if (dwarfsplit_is_skeleton(&cu, &k))
		split = open_split(d, &k);
	u = malloc(sizeof *u);
	if (!u)
		die_nomem();
	if (!dwarfunit_read(u, &d->view, &cu, split, d->code)) {
		dwarfunit_free(u);
		free(u);
		return NULL;
	}
	d->unit[n].bad = false;
	d->unit[n].read = u;
	d->memory += dwarfunit_memory(u);
	return u;
}

static struct dwarfunit_function *
read_function(struct debuginfo *d, uint32_t unit, uint32_t die)
{
	uint32_t n = pairmap_get(&d->by_function, die, unit);

	if (n != PAIRMAP_NONE)
		return &d->function[n];
	if (d->functions == d->function_cap) {
		d->function_cap = d->function_cap ? d->function_cap * 2 : 64;
		d->function = reallocarray(d->function, d->function_cap,
		    sizeof *d->function);
		if (!d->function)
			die_nomem();
	}
	n = d->functions++;
	dwarfunit_read_function(d->unit[unit].read, die, &d->function[n]);
	d->memory += dwarfunit_function_memory(&d->function[n]);
	pairmap_set(&d->by_function, die, unit, n);
	return &d->function[n];
}

/* -- one address --------------------------------------------------------- */

static const char *
name_of(Dwarf_Die *die)
{
	static const unsigned names[] = { DW_AT_linkage_name,
		DW_AT_MIPS_linkage_name, DW_AT_name };
	Dwarf_Attribute attr;
	const char *s = NULL;

	for (size_t i = 0; i < GP_COUNT(names) && (!s || !*s); i++)
		if (dw.dwarf_attr_integrate(die, names[i], &attr))
			s = dw.dwarf_formstring(&attr);
	return s && *s ? s : NULL;
}

/* The table that numbers of files count in. */
static Dwarf_Files *
files_of(struct dwarfunit *u)
{
	size_t n;

	if (u->files_read)
		return u->files;
	u->files_read = true;
	/* Of a split unit it is in its own half, or in the skeleton. */
	if (dw.dwarf_getsrcfiles(&u->cu, &u->files, &n) != 0 &&
	    dw.dwarf_getsrcfiles(&u->skeleton, &u->files, &n) != 0)
		u->files = NULL;
	return u->files;
}

static uint64_t
number_of(Dwarf_Die *die, unsigned what)
{
	Dwarf_Attribute attr;
	Dwarf_Word v;

	return dw.dwarf_attr(die, what, &attr) && dw.dwarf_formudata(&attr, &v) == 0 ?
	    v : 0;
}

/* Where an inlined function was called. */
static void
set_call(struct dwarfunit *u, Dwarf_Die *die, struct debuginfo_frame *f)
{
	uint64_t line = number_of(die, DW_AT_call_line);
	Dwarf_Files *files = files_of(u);

	f->line = line > UINT32_MAX ? 0 : (uint32_t)line;
	if (files)
		f->file = dw.dwarf_filesrc(files, (size_t)number_of(die,
		    DW_AT_call_file), NULL, NULL);
}

static void
set_line(struct debuginfo *d, struct dwarfunit *u, uint64_t addr,
    struct debuginfo_frame *f)
{
	Dwarf_Lines *lines;
	Dwarf_Line *line;
	size_t n;
	int no;

	if (!u->lines_counted) {
		u->lines_counted = true;
		if (dw.dwarf_getsrclines(&u->skeleton, &lines, &n) == 0)
			d->memory += n * LINE_ROW_BYTES;
	}
	line = dw.dwarf_getsrc_die(&u->skeleton, addr);
	if (!line)
		return;
	/* 0 where the compiler's own code belongs to no line. */
	if (dw.dwarf_lineno(line, &no) == 0 && no > 0)
		f->line = (uint32_t)no;
	f->file = dw.dwarf_linesrc(line, NULL, NULL);
}

/* Set the frames from the function to a node of what was inlined into it. */
static size_t
set_frames(struct debuginfo *d, struct dwarfunit *u,
    const struct dwarfunit_function *fn, uint32_t node,
    struct debuginfo_frame *frame, size_t max)
{
	uint32_t chain[DEBUGINFO_DEPTH_MAX];
	size_t n = 0, depth = 0;
	Dwarf_Die die;

	for (; node != DWARFUNIT_NONE && depth < DEBUGINFO_DEPTH_MAX - 1;
	    node = fn->node[node].parent)
		chain[depth++] = fn->node[node].die;
	while (n < max && n <= depth) {
		uint32_t at = n ? chain[depth - n] : fn->die;

		if (!dwarfunit_die(u, at, &die))
			break;
		if (n && d->lines)
			set_call(u, &die, &frame[n - 1]);
		frame[n++] = (struct debuginfo_frame){ .name = name_of(&die) };
	}
	return n;
}

static uint32_t
find_unit(struct debuginfo *d, uint64_t addr)
{
	uint32_t n = rangetab_find(&d->told, addr);

	if (n != RANGETAB_NONE)
		return n;
	if (!d->units_read)
		read_units(d);
	return rangetab_find(&d->units, addr);
}

size_t
debuginfo_find(struct debuginfo *d, uint64_t addr,
    struct debuginfo_frame *frame, size_t max)
{
	const struct dwarfunit_function *fn;
	struct dwarfunit *u = NULL;
	uint32_t unit, die;
	size_t n;

	if (max == 0 || !d->view.dwarf || !bound_memory(d))
		return 0;
	unit = find_unit(d, addr);
	if (unit != RANGETAB_NONE)
		u = read_unit(d, unit);
	if (!u)
		return 0;
	die = dwarfunit_find(u, addr);
	if (die == RANGETAB_NONE) {
		/* Assembler code has lines all the same. */
		frame[0] = (struct debuginfo_frame){ 0 };
		n = 1;
	} else {
		fn = read_function(d, unit, die);
		n = set_frames(d, u, fn, rangetab_find(&fn->inlined, addr),
		    frame, max);
	}
	if (n && d->lines)
		set_line(d, u, addr, &frame[n - 1]);
	return n;
}

uint64_t
debuginfo_left_out(const struct debuginfo *d)
{
	uint64_t n = d->left_out;

	for (uint32_t i = 0; i < d->n; i++)
		if (d->unit[i].read)
			n += d->unit[i].read->left_out;
	return n;
}

void
debuginfo_close(struct debuginfo *d)
{
	if (!d)
		return;
	forget(d);
	free(d->function);
	pairmap_free(&d->by_function);
	free(d->unit);
	pairmap_free(&d->by_die);
	rangetab_free(&d->told);
	rangetab_free(&d->units);
	if (d->has_package)
		dwarfpackage_unmap(&d->package);
	dwarfview_close(&d->view);
	dwarfview_unmap(&d->file);
	dwarfview_close(&d->alt);
	dwarfview_unmap(&d->alt_file);
	free(d->path);
	free(d);
}
