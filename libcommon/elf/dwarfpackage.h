/*
 * dwarfpackage.h - a .dwp file: many .dwo files in one.
 *
 *	.debug_cu_index    hash of ids ──► row
 *	                   row: part of .debug_info.dwo, of .debug_abbrev.dwo, …
 *
 * Each unit has its own part of each section, but for the strings, which are
 * common. libdw (before 0.191) does not read such files; so the parts of one unit
 * are made to look like the sections of a file that holds only that one.
 *
 * Source: DWARF 5, 7.3.5 "DWARF Package Files"; GNU's version 2 of the same,
 * which DWARF 4 goes with.
 */
#ifndef GP_DWARFPACKAGE_H
#define GP_DWARFPACKAGE_H

#include "elf/dwarfview.h"

struct dwarfpackage {
	struct dwarfview_file file;
	struct dwarfview_bytes index, map;
};

/* Map a package. False if it is none. */
GP_MUSTUSE bool dwarfpackage_map(struct dwarfpackage *p,
    const struct elffile *f);

/* The sections of the unit with an id, parts of p's; false if it is not there. */
GP_MUSTUSE bool dwarfpackage_find(const struct dwarfpackage *p, uint64_t id,
    struct dwarfview_bytes section[DWARFVIEW_SECTIONS]);

void dwarfpackage_unmap(struct dwarfpackage *p);

#endif
