/*
 * tables.h - the table of functions of a file: from the cache, or from the jail.
 *
 * A file is read once, for all of its functions, whichever address was asked for:
 * so a later run has no need to look into it, whatever it finds there. Small tables
 * are kept together (pack.h), as many as there is room for, others each in a file.
 *
 * What is kept on disk (symfile.h) is used if it is complete (functions.h), or if
 * the file has the same size (a stripped copy has the same build id but fewer
 * functions), there is no debug file now, and no server to ask.
 *
 * What cannot be kept lives in a nameless file in memory.
 */
#ifndef GP_SYMBOLIZE_TABLES_H
#define GP_SYMBOLIZE_TABLES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/cachedir.h"
#include "base/symfile.h"
#include "elf/buildid.h"
#include "jail.h"
#include "pack.h"

/* Bytes of a table that is kept with others. */
enum { TABLES_PACKED_MAX = 64 << 10 };

struct tables {
	struct pack pack; /* of the same cache */
	struct jail jail;
	struct cachedir *cache; /* the caller's */
};

/* Opens the first file of several paths for reading, in one of the roots that a
 * module's files are looked for in (functions.h); -1 if there is none. */
struct tables_roots {
	int (*open)(void *arg, unsigned root, const char *const *path,
	    unsigned n);
	void *arg;
	bool server; /* the last root is a server that may be asked */
};

/* Whose table is wanted. */
struct tables_file {
	int fd;           /* the file, open */
	bool slow;        /* opener.h */
	const char *name; /* its path, as its process sees it */
	const struct buildid *id;
	const char *key;  /* what the table is kept under, or NULL */
	uint32_t owner;   /* as in jail_request */
	uint64_t size;
	bool distrusted;  /* what is kept was found to be damaged */
};

struct table {
	struct symfile file;
	struct buf image; /* which it is in, unless it is in a file */
	size_t held; /* bytes of names in memory */
};

/* Get the table that is kept; false if there is none, or none that is good.
 * table_free() it if true. */
GP_MUSTUSE bool tables_load(struct tables *t, const struct tables_file *f,
    const struct tables_roots *roots, struct table *table);

/*
 * Have the file read, and keep what it has.
 *
 * False, and said, and table is empty, if that cannot be: the file is bad.
 * table_free() it if true.
 */
GP_MUSTUSE bool tables_read(struct tables *t, const struct tables_file *f,
    const struct tables_roots *roots, struct table *table);

/* The name of what is at an address, as symfile_find() has it. */
enum symfile_found table_find(struct table *t, uint64_t addr,
    struct buf *b);

/* Bytes of memory it holds. */
size_t table_memory(const struct table *t);

void table_free(struct table *t);

#endif
