/*
 * gorows.h - unwind rows of Go's functions.
 *
 * Go writes no .eh_frame, but tables of its own (elf/gopclntab.h), with the
 * distance of rsp from where it was at a function's entry: CFA = rsp + that + 8,
 * exactly, everywhere, prologues included.
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
 * Nothing in the file is trusted; work is bounded by the number of rows a table
 * may have.
 */
#ifndef GP_GOROWS_H
#define GP_GOROWS_H

#include "base/attr.h"
#include "elf/elffile.h"
#include "unwind/rows.h"

/*
 * Make the rows of a program's Go functions.
 *
 * base: what rows count from. t: overwritten; the caller's to free. True if there
 * is a table of a version that is known, damaged or not; without one, Go's frame
 * pointers remain.
 */
GP_MUSTUSE bool gorows_make(const struct elffile *f, uint64_t base,
    struct rows *t);

#endif
