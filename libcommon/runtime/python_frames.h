/*
 * python_frames.h - CPython's frames and names, as interp.h has them.
 *
 * 2.7 and 3.6 to 3.14, with the GIL. Offsets of structs are a table by version,
 * measured in builds of each (python_frames.c); from 3.13 on the file itself
 * says them, in _Py_DebugOffsets at the head of _PyRuntime. Builds without the
 * GIL, and versions beyond those, are native programs here.
 *
 * The part of the eval function that the compiler moved out of the way (.cold)
 * has a local symbol, which stripped files lack. It is found as the function
 * table's entry that most conditional jumps out of the eval function go to.
 *
 * A name is "qualname (file.py:31)", of 3.10 and before "name (file.py:31)"; the
 * line is the function's first.
 */
#ifndef GP_PYTHON_FRAMES_H
#define GP_PYTHON_FRAMES_H

#include "runtime/interp.h"

GP_MUSTUSE bool python_recognise(const struct interp_elf *e,
    struct interp *out);
void python_move(struct interp *i, uint64_t bias);
GP_MUSTUSE int python_name(const struct interp *i,
    const struct interp_memory *m, uint64_t code, enum interp_paths paths,
    uint64_t *check, struct buf *out);

#endif
