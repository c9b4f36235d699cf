/*
 * elfhas.h - whether an ELF file defines a symbol or has a section.
 *
 * Few questions to many files: a process maps ten libraries, a machine a
 * thousand, and nearly every answer is no. So nothing is loaded. The loader's
 * own hash table (.gnu.hash, or .hash) answers for the symbols that a file
 * exports: its Bloom filter says no after eight bytes.
 *
 *	.gnu.hash: Bloom words ──► buckets ──► chains ──► .dynsym ──► .dynstr
 *
 * Everything read is checked as elffile.h says; a table that makes no sense
 * answers no. Work is bounded by the limits below, whatever the file says.
 *
 * Owns nothing; the elffile must stay while it is used.
 *
 * Source: the ELF gABI; DT_GNU_HASH as glibc's dl-lookup.c reads it.
 */
#ifndef GP_ELFHAS_H
#define GP_ELFHAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "elf/elffile.h"

enum {
	ELFHAS_CHAIN_MAX = 1024,       /* symbols of one hash chain; 3 is usual */
	ELFHAS_NAME_MAX = 256,         /* bytes of a name asked for */
	ELFHAS_SYMTAB_MAX = 1 << 20,   /* symbols of .symtab that are looked at */
	ELFHAS_STRTAB_MAX = 16 << 20,  /* bytes of its names; more: no answer */
	ELFHAS_TEXT_MAX = 64 << 20,    /* bytes of a section that are searched */
};

struct elfhas {
	const struct elffile *f;
	/* File offsets of the dynamic tables, 0 if there is none. */
	uint64_t symbols, names, names_size, gnu_hash, sysv_hash;
	struct { /* the header of .gnu.hash, or of .hash */
		uint32_t buckets, first, bloom_words, bloom_shift;
	} h;
};

struct elfhas_symbol {
	uint64_t value; /* virtual address */
	uint64_t size;
};

struct elfhas_section {
	uint64_t offset; /* in the file */
	uint64_t size;   /* bytes in the file, within it */
	uint64_t vaddr;  /* 0 if it is not in memory */
	uint32_t link;   /* another section's number, by type */
};

/* Find the dynamic tables. A file without any has no exported symbol. */
void elfhas_init(struct elfhas *h, const struct elffile *f);

/* Whether the file defines and exports a symbol; out may be NULL. Versions of
 * symbols are not looked at. */
bool elfhas_export(const struct elfhas *h, const char *name,
    struct elfhas_symbol *out);

/*
 * Look for several global symbols in .symtab, exported or not.
 *
 * out: one for each of the n names; value and size are 0 for those that are not
 * defined. Returns how many are. Costs a pass over the table: ask last.
 */
size_t elfhas_symtab(const struct elffile *f, const char *const *names,
    size_t n, struct elfhas_symbol *out);

/* The same for local ones, static variables: of each name, the first. */
size_t elfhas_locals(const struct elffile *f, const char *const *names,
    size_t n, struct elfhas_symbol *out);

/* A section by name; false if there is none with content in the file. */
GP_MUSTUSE bool elfhas_section(const struct elffile *f, const char *name,
    struct elfhas_section *out);

/*
 * Find the first place in a section where a digit follows prefix, and copy from
 * the digit on: printable bytes up to a blank, a '/' or a '"', cut off at
 * size - 1, with a NUL. False if there is none. For versions that only a
 * message tells ("X-Powered-By: PHP/8.2.36").
 */
GP_MUSTUSE bool elfhas_number(const struct elffile *f, const char *section,
    const char *prefix, char *out, size_t size);

/* Read len bytes of memory as the file initialises it. */
GP_MUSTUSE bool elfhas_read(const struct elffile *f, uint64_t vaddr,
    void *dst, size_t len);

#endif
