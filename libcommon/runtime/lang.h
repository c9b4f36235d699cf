/*
 * lang.h - how one language's runtime is told from a file; for those who add one.
 *
 * A row of runtime_langs[] names the symbols that only this runtime defines. If
 * its version takes more than a line to find, the function that does so has a
 * file pair of its own (python.c, jvm.c, go.c). See docs/adding-a-runtime.md.
 */
#ifndef GP_LANG_H
#define GP_LANG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "elf/elfhas.h"
#include "proc/proc.h"
#include "runtime/runtime.h"

/* The file in question. */
struct runtime_file {
	const struct elffile *elf;
	const struct elfhas *has;
	const struct proc *proc; /* a process that maps it, or NULL */
	const char *path;        /* in that process's root, or NULL */
	bool use_symtab;         /* it does not export what it was known by */
};

enum { RUNTIME_SYMBOLS_MAX = 4 };

struct runtime_lang {
	enum runtime_kind kind;
	/* One of these, if any is given, and all of those. */
	const char *one_of[RUNTIME_SYMBOLS_MAX];
	const char *all_of[RUNTIME_SYMBOLS_MAX];
	/* And a section of that name, in the program's own file. */
	const char *exe_section;
	/* Write the version; false if it cannot be told. May be NULL. */
	bool (*version)(const struct runtime_file *f, char *out, size_t size);
};

extern const struct runtime_lang runtime_langs[];
extern const size_t runtime_langs_n;

/* A symbol that the file defines; for version functions. */
GP_MUSTUSE bool runtime_symbol(const struct runtime_file *f, const char *name,
    struct elfhas_symbol *out);

#endif
