/*
 * lazylib.h - a shared library that is loaded when it is first needed.
 *
 * Linked, a library costs every start of a command 0.1 ms, and libarchive with
 * what it needs itself several; most runs need none of them. So those that serve
 * one kind of input only are opened here:
 *
 *	static struct { json_t *(*loadb)(...); } fn;
 *	static const struct lazylib_function functions[] = {
 *		{ "json_loadb", &fn.loadb }, { 0 },
 *	};
 *	static struct lazylib lib = { "libjansson.so.4", functions };
 *	if (!lazylib_load(&lib))
 *		return NOT_INSTALLED;
 *
 * A library stays loaded until the program ends.
 */
#ifndef GP_LAZYLIB_H
#define GP_LAZYLIB_H

#include <stdbool.h>

#include "base/attr.h"

struct lazylib_function {
	const char *name; /* NULL ends the list */
	void *pointer;    /* to a pointer to a function of its type */
};

struct lazylib {
	const char *soname;
	const struct lazylib_function *function;
	enum { LAZYLIB_UNTRIED, LAZYLIB_LOADED, LAZYLIB_MISSING } state;
};

/* Open it and set all pointers; false if it, or one of them, is not there. Tried
 * once. */
GP_MUSTUSE bool lazylib_load(struct lazylib *l);

#endif
