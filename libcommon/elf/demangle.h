/*
 * demangle.h - names as their authors wrote them.
 *
 *	_ZN4json5parseERKNS_5tokenE                json::parse(json::token const&)
 *	_ZN4core3ptr13drop_in_place17h0123456789abcdefE   core::ptr::drop_in_place
 *	_RNvC7mycrate4main                                mycrate::main
 *	_D4json5parseFAyaZi                json.parse(immutable(char)[])
 *
 * C++ (Itanium ABI), Rust, legacy and v0, and D, by libiberty. Mangled names come
 * out of strangers' files and can stand for texts that double with every few
 * bytes (back references); so input and output are bounded, the library's own
 * limit on recursion stays on, and it is stopped as soon as the text gets too
 * long: such a name stays as it is.
 */
#ifndef GP_DEMANGLE_H
#define GP_DEMANGLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/buf.h"

enum {
	DEMANGLE_IN_MAX = 4096,  /* bytes of a mangled name */
	DEMANGLE_OUT_MAX = 8192, /* bytes of the text */
	DEMANGLE_D_REFERENCES_MAX = 20, /* back references in a name of D */
};

enum demangle_style {
	DEMANGLE_FULL, /* int json::parse<int>(json::token const&) */
	DEMANGLE_NAME, /* json::parse<int>: without types of C++ functions */
};

/* Add what the mangled name stands for to b. False, and nothing added, if it is
 * not mangled, or beyond a limit. */
GP_MUSTUSE bool demangle_add(struct buf *b, const char *name, size_t len,
    enum demangle_style style);

#endif
