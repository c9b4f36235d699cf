/*
 * dwlib.h - libdw and libelf, loaded when DWARF is to be read.
 *
 * Linked, they cost every start of a command a millisecond (lazylib.h). So their
 * functions are called through these pointers, by their own names:
 *
 *	if (dwlib_load() && dw.dwarf_attr(die, DW_AT_name, &attr))
 *
 * A header of the elf room alone: it shows libdw's types.
 */
#ifndef GP_DWLIB_H
#define GP_DWLIB_H

#include <elfutils/libdw.h>
#include <libelf.h>
#include <stdbool.h>

#include "base/attr.h"

#define DWLIB_FUNCTIONS(F) \
	F(elf_version) F(elf_memory) F(elf_end) F(elf_getscn) F(elf_getdata) \
	F(dwarf_begin_elf) F(dwarf_end) F(dwarf_setalt) \
	F(dwarf_get_units) F(dwarf_cu_info) F(dwarf_cuoffset) \
	F(dwarf_offdie) F(dwarf_dieoffset) F(dwarf_tag) \
	F(dwarf_attr) F(dwarf_attr_integrate) F(dwarf_whatform) \
	F(dwarf_formudata) F(dwarf_formstring) \
	F(dwarf_ranges) F(dwarf_lowpc) F(dwarf_highpc) \
	F(dwarf_getaranges) F(dwarf_onearange) F(dwarf_getarangeinfo) \
	F(dwarf_getsrclines) F(dwarf_getsrc_die) F(dwarf_lineno) \
	F(dwarf_linesrc) F(dwarf_getsrcfiles) F(dwarf_filesrc)

#define DWLIB_POINTER(name) __typeof__(name) *(name);
extern struct dwlib {
	DWLIB_FUNCTIONS(DWLIB_POINTER)
} dw;

/* Load them; false if they are not installed. */
GP_MUSTUSE bool dwlib_load(void);

#endif
