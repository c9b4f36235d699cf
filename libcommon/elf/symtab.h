/*
 * symtab.h - the functions of an ELF file, by address.
 *
 *	.symtab  1130  24  FUNC GLOBAL .text  parse_line
 *	.dynsym  1130  24  FUNC GLOBAL .text  parse_line@@LIB_1.0
 *	            ->  [1130, 1154) parse_line
 *
 * Both tables are read, .symtab first, and flattened into one row (rangetab.h),
 * 12 bytes a function. Names are not copied one by one: the string tables are
 * held, or where they are larger than SYMTAB_HELD_MAX, or few names are of them,
 * read when a name is wanted. So a table is of use only as long as the elffiles that it was read from.
 *
 * Counted as functions: STT_FUNC and STT_GNU_IFUNC, and STT_NOTYPE in executable
 * sections (assembler code; not the compilers' local labels). A size of 0 means
 * up to the next symbol or the end of the section. Of several names of one
 * function: a typed one before an untyped, global or weak before local, few
 * leading underscores before many (write, not __write), then the order in which
 * they were added. Symbol versions are cut off. Of .dynsym only those count of
 * which .symtab has none with the same place, size, kind and binding.
 *
 * Tables of other files may tell of the same functions (a separate debug file,
 * .gnu_debugdata): they are added one after the other. Other sources (the PLT,
 * Go's pclntab) add functions one by one.
 *
 * The file may be hostile: it is read as elffile.h says, and what a limit
 * leaves out is counted. A file without section headers has no functions here.
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
	SYMTAB_NAME_MAX = 8448,         /* bytes of a name that are read, more
					 * than a frame shows */
	SYMTAB_TABLES_MAX = 8,
	SYMTAB_HELD_MAX = 32 << 20,     /* bytes of names in memory, in all */
};

/* Names: a part of a file, with a NUL behind each. */
struct symtab_names {
	const struct elffile *f;
	uint64_t off, size;
	const char *suffix; /* put behind each, or "" */
	char *held;         /* the names, if they are in memory; not given */
	bool shared;        /* with a table before; not given */
	uint32_t used;      /* by so many functions; not given */
};

/* Zeroed, it is empty: symtab_add*(), symtab_build(), then symtab_find(). */
struct symtab {
	struct rangetab range;
	uint32_t functions; /* symbols that became functions */
	uint32_t left_out;  /* beyond a limit */
	bool has_symtab, has_dynsym; /* which gave functions */
	/* A value of range is an offset into names of a table, times
	 * SYMTAB_TABLES_MAX, plus the number of the table. */
	struct symtab_names table[SYMTAB_TABLES_MAX];
	uint32_t tables;
	size_t held; /* bytes of names in memory */
};

/*
 * Add what the tables of from say of the functions of f: the same file, or one
 * that was made of it. Both stay the caller's, and must stay where they are. A
 * file that has none, or no sections at all, is no error. On an error t keeps
 * what it had, and perhaps a part of the new.
 */
GP_MUSTUSE enum elffile_err symtab_add(struct symtab *t,
    const struct elffile *f, const struct elffile *from);

/* Add a place where names are: its number, or -1 if there are too many. */
GP_MUSTUSE int symtab_add_table(struct symtab *t,
    const struct symtab_names *names);

/* Add one function with the name at an offset of a table. What is no code of f
 * is left out. It yields to any symbol of the same place. */
void symtab_add_function(struct symtab *t, const struct elffile *f, int table,
    uint64_t start, uint64_t end, uint64_t name);

void symtab_build(struct symtab *t);

/* symtab_add() of f alone, and symtab_build(). On an error t is empty;
 * symtab_free() it in every case. */
GP_MUSTUSE enum elffile_err symtab_read(struct symtab *t,
    const struct elffile *f);

/* Add the name of the function at vaddr to b, as the file has it (mangled, any
 * bytes). False, and nothing added, if there is none. */
GP_MUSTUSE bool symtab_find(const struct symtab *t, uint64_t vaddr,
    struct buf *b);

/* The same for a value of t->range: to write down all names. Reading them in
 * ascending order of values is reading the files nearly in order. */
GP_MUSTUSE bool symtab_name(const struct symtab *t, uint32_t value,
    struct buf *b);

/* Bytes of memory it holds. */
size_t symtab_memory(const struct symtab *t);

void symtab_free(struct symtab *t);

#endif
