/*
 * go.h - the version of Go that a program was built with.
 *
 * The linker leaves it in the section .go.buildinfo, also in stripped files:
 *
 *	0   "\xff Go buildinf:"   14 bytes
 *	14  pointer size          1
 *	15  flags                 bit 0: big-endian, bit 1: text follows
 *	16  address of a string header {address, length}    Go 1.13 to 1.17
 *	32  length (varint), text                           Go 1.18 and later
 *
 * The text is "go1.22.1"; what comes out is "1.22.1".
 *
 * Source: the package debug/buildinfo of Go.
 */
#ifndef GP_GO_H
#define GP_GO_H

#include "runtime/lang.h"

GP_MUSTUSE bool go_version(const struct runtime_file *f, char *out,
    size_t size);

#endif
