#include "base/lazylib.h"

#include <dlfcn.h>
#include <string.h>

bool
lazylib_load(struct lazylib *l)
{
	void *handle, *p;

	if (l->state != LAZYLIB_UNTRIED)
		return l->state == LAZYLIB_LOADED;
	l->state = LAZYLIB_MISSING;
	/* Not bound at once: of libcurl's libraries hardly a function is called. */
	handle = dlopen(l->soname, RTLD_LAZY | RTLD_LOCAL);
	if (!handle)
		return false;
	for (const struct lazylib_function *f = l->function; f->name; f++) {
		p = dlsym(handle, f->name);
		if (!p)
			return false;
		/* POSIX has it that a function's address fits into a void
		 * pointer. */
		memcpy(f->pointer, &p, sizeof p);
	}
	l->state = LAZYLIB_LOADED;
	return true;
}
