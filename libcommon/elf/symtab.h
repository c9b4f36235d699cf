/*
 * symtab.h - the functions of an ELF file, by address.
 *
 *	.symtab  1130  24  FUNC GLOBAL .text  parse_line
 *	.dynsym  1130  24  FUNC GLOBAL .text  parse_line@@LIB_1.0
 *	            ->  [1130, 1154) parse_line
 *
 * Both tables are read, .symtab first, and flattened into one row (rangetab.h),
 * 12 bytes a function: names stay in the file and are read when one is wanted,
 * since a profile asks for few of them. So a table is of use only together with
 * the elffile that it was read from.
 *
 * Counted as functions: STT_FUNC and STT_GNU_IFUNC, and STT_NOTYPE in executable
 * sections (assembler code; not the compilers' local labels). A size of 0 means
 * up to the next symbol or the end of the section. Of several names of one
 * function: a typed one before an untyped, global or weak before local, few
 * leading underscores before many (write, not __write), then the file's order.
 * Symbol versions are cut off.
 *
 * The file may be hostile: it is read as elffile.h says, and what a limit
 * leaves out is counted. A file without section headers has no functions here.
 *
 * This is one source of names. Others (a separate debug file, .gnu_debugdata,
 * Go's pclntab) fill the same struct from another elffile.
 */
#ifndef GP_SYMTAB_H
#define GP_SYMTAB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/rangetab.h"
#include "elf/elffile.h"

enum {
	SYMTAB_SECTIONS_MAX = 65535,
	SYMTAB_SYMBOLS_MAX = 1 << 22,   /* looked at, in one table */
	SYMTAB_FUNCTIONS_MAX = 1 << 20, /* kept; Chromium has 700,000 */
	SYMTAB_NAME_MAX = 8192,         /* bytes of a name that are read */
};

struct symtab {
	struct rangetab range;
	uint32_t functions; /* symbols that became functions */
	uint32_t left_out;  /* beyond a limit */
	bool has_symtab, has_dynsym; /* which gave functions */
	/* Where in the file the names of each table are. A value of range is
	 * an offset there, times two, plus the number of the table. */
	struct {
		uint64_t off, size;
	} names[2];
};

/*
 * Read the functions of f. A file that has none, or no sections at all, is no
 * error: t is then empty. On an error too; symtab_free() in every case.
 */
GP_MUSTUSE enum elffile_err symtab_read(struct symtab *t,
    const struct elffile *f);

/* Add the name of the function at vaddr to b, as the file has it (mangled, any
 * bytes). False, and nothing added, if there is none. */
GP_MUSTUSE bool symtab_find(const struct symtab *t, const struct elffile *f,
    uint64_t vaddr, struct buf *b);

/* The same for a value of t->range: to write down all names. Reading them in
 * ascending order of values is reading the file in order. */
GP_MUSTUSE bool symtab_name(const struct symtab *t, const struct elffile *f,
    uint32_t value, struct buf *b);

/* Bytes of memory it holds. */
size_t symtab_memory(const struct symtab *t);

void symtab_free(struct symtab *t);

#endif
