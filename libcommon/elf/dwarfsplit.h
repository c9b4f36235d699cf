/*
 * dwarfsplit.h - the other half of a unit that was compiled with -gsplit-dwarf.
 *
 *	program    skeleton: name of the .dwo, its id, where code is, lines
 *	           .debug_addr: addresses, by number
 *	.dwo       functions, inlined functions, names; addresses are numbers
 *
 * The .dwo lies where it was compiled, or beside the program, or all of them are
 * in PROGRAM.dwp. Its id must be the skeleton's.
 *
 * libdw would open these by itself, by the paths that a stranger's file tells it.
 * It is given the sections instead, with the skeleton's part of .debug_addr among
 * them; ranges, which may refer to the skeleton's first address, are read here.
 *
 * Source: DWARF 5, 3.1.3 and 7.3; GNU's "DebugFission", its form in DWARF 4.
 */
#ifndef GP_DWARFSPLIT_H
#define GP_DWARFSPLIT_H

#include "elf/dwarfpackage.h"
#include "elf/dwarfview.h"

/* What the skeleton says. */
struct dwarfsplit_skeleton {
	const char *name, *dir; /* of the .dwo; libdw's */
	uint64_t id;
	uint64_t low_pc;        /* that ranges may count from, or 0 */
	uint64_t addr_base, ranges_base;
};

struct dwarfsplit {
	struct dwarfview_file file;
	struct dwarfview view;
	Dwarf_Die cu;
	uint64_t low_pc;
	struct dwarfview_bytes addr, ranges; /* as the ranges see them */
};

/* Opens a file by its path, or -1. */
struct dwarfsplit_files {
	int (*open)(void *arg, const char *path);
	void *arg;
};

/* True if a unit is a skeleton. */
GP_MUSTUSE bool dwarfsplit_is_skeleton(Dwarf_Die *cu,
    struct dwarfsplit_skeleton *k);

/*
 * Find the other half.
 *
 * v: the skeleton's view. package: or NULL; must stay. path: the program's.
 * False if it is not there, or is another one's.
 */
GP_MUSTUSE bool dwarfsplit_open(struct dwarfsplit *s,
    const struct dwarfview *v, const struct dwarfsplit_skeleton *k,
    const struct dwarfpackage *package, const char *path,
    const struct dwarfsplit_files *files);

/* Call fn for each range of addresses of an entry, up to max; it may return
 * false to end it. */
void dwarfsplit_ranges(const struct dwarfsplit *s, Dwarf_Die *die, unsigned max,
    bool (*fn)(void *arg, uint64_t start, uint64_t end), void *arg);

void dwarfsplit_close(struct dwarfsplit *s);

#endif
