/*
 * python.h - the version of a CPython, 2.7 to today.
 *
 * Since 3.11 the file says it: Py_Version, an unsigned long 0xMMmmppss. Before,
 * the newest function of the C API that it defines tells major and minor. What was
 * built without the GIL has a t behind it, as its own files do: "3.13.5t".
 *
 * Source: Include/patchlevel.h; "New in version" in Python's C API manual.
 */
#ifndef GP_PYTHON_H
#define GP_PYTHON_H

#include <stdint.h>

#include "runtime/lang.h"

GP_MUSTUSE bool python_version(const struct runtime_file *f, char *out,
    size_t size);

/* The address of the global variable that the x86-64 function at vaddr returns, if it
 * does nothing else; 0 otherwise. code: its first len bytes. */
uint64_t python_returned_global(const uint8_t *code, size_t len,
    uint64_t vaddr);

#endif
