/*
 * plt.h - the slots through which calls to other libraries go, as functions.
 *
 *	.plt.sec   1040  endbr64; jmp *GOT[3]        ->  [1040, 1050) malloc@plt
 *	.rela.plt  GOT[3]  JUMP_SLOT  malloc
 *
 * No symbol stands for a slot: it is known by the word that it jumps through, and
 * that word by its relocation. So each slot's instruction is read, whichever
 * linker laid the section out.
 *
 * Slots of other forms (the first one, and those that only push a number for the
 * lazy binding of .plt.sec) have no name.
 *
 * Source: the x86-64 psABI, "Procedure Linkage Table".
 */
#ifndef GP_PLT_H
#define GP_PLT_H

#include "base/attr.h"
#include "elf/elffile.h"
#include "elf/symtab.h"

enum {
	PLT_SLOTS_MAX = 1 << 16,      /* relocations that are kept */
	PLT_RELOCATIONS_MAX = 1 << 22, /* that are looked at */
	PLT_BYTES_MAX = 4 << 20,      /* of one section */
};

/* Add the slots of f to a table, as "name@plt". A file without any, or damaged,
 * adds none. */
void plt_add(struct symtab *t, const struct elffile *f);

#endif
