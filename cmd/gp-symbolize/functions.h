/*
 * functions.h - the functions of one file, from every place that tells of them.
 *
 *	1. its own .symtab
 *	2. else that of its separate debug file (debugfile.h), looked for in the
 *	   process's own root, then here
 *	3. else that of .gnu_debugdata (minidebug.h)
 *	4. else Go's table of functions (gopclntab.h)
 *	5. always .dynsym, and the slots of the PLT (plt.h)
 *
 * All fill one table. Debug files may be installed any time: a table without 1
 * and 2 is not complete.
 */
#ifndef GP_SYMBOLIZE_FUNCTIONS_H
#define GP_SYMBOLIZE_FUNCTIONS_H

#include <stdbool.h>

#include "base/buf.h"
#include "elf/elffile.h"
#include "elf/symtab.h"

/* Opens a path for reading in one of the roots that a module's files are looked
 * for in; -1 if it is not there, or there is no such root. */
enum { FUNCTIONS_ROOTS = 2 };
struct functions_roots {
	int (*open)(void *arg, int root, const char *path);
	void *arg;
};

struct functions {
	struct elffile elf, debug, mini;
	int debug_fd; /* -1: none */
	struct buf mini_image;
	struct symtab symtab;
	bool complete;
};

/* Find the debug file of f at path: a descriptor, and *debug; or -1. */
int functions_find_debug(const struct elffile *f, const char *path,
    const struct functions_roots *roots, struct elffile *debug);

/*
 * Read the functions of an open file, -1 for the vDSO. It stays the caller's,
 * and must stay open.
 *
 * name: its path, also for messages. roots: NULL if no debug file is to be
 * looked for. functions_free() it in any case.
 */
GP_MUSTUSE enum elffile_err functions_read(struct functions *x, int fd,
    const char *name, const struct functions_roots *roots);

/* Bytes of memory it holds. */
size_t functions_memory(const struct functions *x);

void functions_free(struct functions *x);

#endif
