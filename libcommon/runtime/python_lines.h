/*
 * python_lines.h - which line of a source file an instruction is of.
 *
 * A code object has a table that says so, in one of three forms:
 *
 *	to 3.9    (bytes of code, lines) pairs: where a pair begins to count, that
 *	          many lines further (co_lnotab; lines are signed from 3.6 on)
 *	3.10      (bytes of code, lines) pairs: for so much code, that line further;
 *	          -128: code of no line (co_linetable)
 *	3.11 on   an entry for a range of code, its first byte 1kkkklll: kind, and
 *	          length - 1 in units of two bytes; then numbers of 6 bits a byte, in
 *	          a form that the kind says (co_linetable)
 *
 * Source: Objects/lnotab_notes.txt; Objects/locations.md, later
 * InternalDocs/code_objects.md; of CPython's branches.
 */
#ifndef GP_PYTHON_LINES_H
#define GP_PYTHON_LINES_H

#include <stddef.h>
#include <stdint.h>

/*
 * The line at a place in the code.
 *
 * minor: of 3.x; 0: 2.7. first: the first line. at: as struct python_state has it:
 * bytes in 2.7, else units of two. Returns 0 if the table does not say.
 */
uint32_t python_line_at(unsigned minor, uint32_t first, const uint8_t *table,
    size_t len, uint32_t at);

#endif
