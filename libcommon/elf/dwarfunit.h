/*
 * dwarfunit.h - one unit of DWARF: its functions, and what was inlined into each.
 *
 *	functions   [ main     )[ parse        )     rangetab.h; values are where
 *	                                             their entries stand
 *	inlined     [ skip ) [ parse_line      )     of one function; values are
 *	                         [ skip )            nodes, which know their parents
 *
 * A header of the elf room alone: it shows libdw's types.
 */
#ifndef GP_DWARFUNIT_H
#define GP_DWARFUNIT_H

#include "base/rangetab.h"
#include "elf/dwarfscan.h"
#include "elf/dwarfsplit.h"
#include "elf/dwarfview.h"
#include "elf/elffile.h"

struct dwarfunit {
	const struct elffile *code;
	const struct dwarfview *view; /* its own, or its other half's */
	struct dwarfsplit *split;     /* NULL: it is whole */
	Dwarf_Die cu;       /* whose entries tell of functions */
	Dwarf_Die skeleton; /* which has the line table; cu if it is whole */
	struct dwarfscan scan;
	struct rangetab functions;
	uint64_t left_out;  /* beyond a limit */
	Dwarf_Files *files; /* that call_file counts in, when asked for */
	bool files_read, lines_counted; /* debuginfo.c's */
};

#define DWARFUNIT_NONE UINT32_MAX

struct dwarfunit_node {
	uint32_t die;    /* offset in the unit */
	uint32_t parent; /* another node, or DWARFUNIT_NONE: the function */
	uint32_t depth;
};

struct dwarfunit_function {
	uint32_t die; /* offset in the unit */
	struct rangetab inlined;
	struct dwarfunit_node *node;
	uint32_t n, cap;
};

/*
 * Find the functions of a unit.
 *
 * cu: its first entry, in v. split: its other half, if it is a skeleton. code: a
 * range that is none of its code is left out: linkers leave entries of functions
 * that they dropped, at address 0. All must stay. False if its bytes make no
 * sense; dwarfunit_free() it in any case.
 */
GP_MUSTUSE bool dwarfunit_read(struct dwarfunit *u, const struct dwarfview *v,
    Dwarf_Die *cu, struct dwarfsplit *split, const struct elffile *code);

/* Where the entry of the function at an address is, or DWARFUNIT_NONE. */
uint32_t dwarfunit_find(const struct dwarfunit *u, uint64_t addr);

/* Find what was inlined into a function. */
void dwarfunit_read_function(struct dwarfunit *u, uint32_t die,
    struct dwarfunit_function *f);

/* The entry at an offset in the unit. */
GP_MUSTUSE bool dwarfunit_die(const struct dwarfunit *u, uint32_t off,
    Dwarf_Die *die);

/* Call fn for each range of addresses of an entry of the unit. */
void dwarfunit_ranges(const struct dwarfunit *u, Dwarf_Die *die,
    bool (*fn)(void *arg, uint64_t start, uint64_t end), void *arg);

size_t dwarfunit_memory(const struct dwarfunit *u);
void dwarfunit_free(struct dwarfunit *u);

size_t dwarfunit_function_memory(const struct dwarfunit_function *f);
void dwarfunit_function_free(struct dwarfunit_function *f);

#endif
