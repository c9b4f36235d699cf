/*
 * gopclntab.h - unwind rows of Go's functions.
 *
 * Go writes no .eh_frame. Its runtime finds callers, to print a traceback and to
 * collect garbage, by tables of its own, which stripping leaves in place: for
 * each function, how far rsp is below where it was at its entry, by pc (pcsp).
 * So CFA = rsp + that + 8, exactly, everywhere, prologues included.
 *
 *	header   magic, pointer size, number of functions, where the rest is
 *	functab  (start of the function, offset of its record) …, end of the last
 *	record   … name, pcsp, flags …
 *	pcsp     (change of the value, length in bytes) … 0, as varints
 *
 * What the tables do not say:
 *
 * - rbp is saved right below the return address by every function that has a
 *   frame (Go 1.7 on). Assembler that pushes something else there makes the
 *   caller's rbp wrong; no Go function needs it but the next.
 * - The outermost functions, recognised by name: goexit, mstart, mcall, …
 *   (morestack and mcall run on a stack of the scheduler's, and have no caller
 *   there.)
 * - Functions that go to the scheduler's stack and call from there (systemstack,
 *   asmcgocall, those that call the vDSO) leave rbp alone: it leads back, if
 *   they have a frame, as they all do from 1.21 on. Without one, systemstack has
 *   the way back in g; others are gaps, and so is other assembler that sets rsp.
 * - The return from signal handlers: a signal frame.
 *
 * Format versions: Go 1.2, 1.16, 1.18, 1.20 (to 1.25 at least). A table whose
 * text start is not written in it (0, as of Go 1.26) is not used: Go's frame
 * pointers remain. Position-independent programs have it in a relocation.
 *
 * The file is read in pieces, at most 1 MB of it at a time in memory (the table
 * of a large program has 40). Nothing in it is trusted; work is bounded by the
 * number of rows a table may have.
 *
 * Source: Go's sources, runtime/symtab.go, runtime/runtime2.go (struct _func),
 * cmd/link/internal/ld/pcln.go; the design document "Go 1.2 Runtime Symbol
 * Information".
 */
#ifndef GP_GOPCLNTAB_H
#define GP_GOPCLNTAB_H

#include "base/attr.h"
#include "elf/elffile.h"
#include "unwind/rows.h"

/* Functions of one program; Kubernetes has 130,000. */
enum { GOPCLNTAB_FUNCS_MAX = 8 << 20 };

/*
 * Make the rows of a program's Go functions.
 *
 * base: what rows count from. t: overwritten; the caller's to free. True if there
 * is a table of a version that is known, damaged or not.
 */
GP_MUSTUSE bool gopclntab_rows(const struct elffile *f, uint64_t base,
    struct rows *t);

/* Where in the file the names of functions are, with a NUL behind each. */
struct gopclntab_names {
	uint64_t offset, size;
};

/*
 * Call add for each of a program's Go functions, in ascending order: its virtual
 * addresses, and where among the names its own starts; of those that wants says
 * true of. To go over the others costs little.
 *
 * False, and none, if there is no table of a version that is known. Inlined
 * functions are not told.
 */
GP_MUSTUSE bool gopclntab_functions(const struct elffile *f,
    struct gopclntab_names *names,
    bool (*wants)(void *arg, uint64_t start, uint64_t end),
    void (*add)(void *arg, const struct gopclntab_names *names,
	uint64_t start, uint64_t end, uint64_t name), void *arg);

#endif
