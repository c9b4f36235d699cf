/*
 * gopclntab.h - the table of functions that every Go program has.
 *
 * Go's runtime finds callers and names, to print a traceback and to collect
 * garbage, by tables of its own, which stripping leaves in place:
 *
 *	header   magic, pointer size, number of functions, where the rest is
 *	functab  (start of the function, offset of its record) …, end of the last
 *	record   … name, pcsp, flags …
 *	pcsp     (change of the value, length in bytes) … 0, as varints
 *
 * pcsp says, by pc, how far rsp is below where it was at the function's entry.
 *
 * Format versions: Go 1.2, 1.16, 1.18, 1.20 (to 1.25 at least). A table whose
 * text start is not written in it (0, as of Go 1.26) is not used. Position-
 * independent programs have it in a relocation.
 *
 * The file is read in pieces, at most 1 MB of it at a time in memory (the table
 * of a large program has 40). Nothing in it is trusted.
 *
 * Source: Go's sources, runtime/symtab.go, runtime/runtime2.go (struct _func),
 * cmd/link/internal/ld/pcln.go; the design document "Go 1.2 Runtime Symbol
 * Information".
 */
#ifndef GP_GOPCLNTAB_H
#define GP_GOPCLNTAB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "elf/elffile.h"

/* Functions of one program; Kubernetes has 130,000. */
enum { GOPCLNTAB_FUNCS_MAX = 8 << 20 };

struct gopclntab;

/* What a function is to who walks stacks; by its name, and its flags from Go 1.17
 * on. */
enum gofunc_kind {
	GOFUNC_PLAIN,
	GOFUNC_BOTTOM,      /* has no caller on its stack */
	GOFUNC_SIGRETURN,
	GOFUNC_CGO,         /* runtime.asmcgocall */
	GOFUNC_SYSTEMSTACK, /* runtime.systemstack */
	GOFUNC_SWITCHES,    /* changes stacks, and leaves rbp alone */
	GOFUNC_UNKNOWN,     /* writes rsp, and may use rbp for anything */
};

struct gofunc {
	uint64_t start, end; /* from base */
	/* Of gopclntab_read(): */
	uint64_t pcsp;       /* for godelta's at; 0: it has no table */
	uint64_t name;       /* offset in gopclntab_names(), not checked */
	enum gofunc_kind kind;
};

/*
 * Open a file's table; f stays in use until gopclntab_close(), which takes NULL as
 * well. NULL if there is none of a version that is known.
 *
 * base: what addresses count from. Functions 4 GB and more above it are not told.
 */
GP_MUSTUSE struct gopclntab *gopclntab_open(const struct elffile *f, uint64_t base);
void gopclntab_close(struct gopclntab *g);

/* Where in the file the names of functions are, with a NUL behind each. */
void gopclntab_names(const struct gopclntab *g, uint64_t *offset, uint64_t *size);

/* The start and end of the next function, in ascending order; false at the end, or
 * at the first that is not. Costs little. */
GP_MUSTUSE bool gopclntab_next(struct gopclntab *g, struct gofunc *fn);

/* The rest of what gopclntab_next() told last; false if it is damaged. */
GP_MUSTUSE bool gopclntab_read(struct gopclntab *g, struct gofunc *fn);

/* A piece of a pcsp table: delta, for len bytes of the function. Set at to the
 * function's pcsp, the rest to 0. */
struct godelta {
	uint64_t at;
	int32_t delta;
	uint32_t len;
	bool begun;
};

/* The next piece; false at the end, or where the table is damaged. */
GP_MUSTUSE bool gopclntab_delta(struct gopclntab *g, struct godelta *d);

#endif
