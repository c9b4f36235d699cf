#include "elf/dwlib.h"

#include "base/lazylib.h"

struct dwlib dw;

#define ENTRY(name) { #name, &dw.name },
static const struct lazylib_function functions[] = {
	DWLIB_FUNCTIONS(ENTRY)
	{ NULL, NULL },
};

/* Which brings libelf with it. */
static struct lazylib lib = { "libdw.so.1", functions, LAZYLIB_UNTRIED };

bool
dwlib_load(void)
{
	return lazylib_load(&lib);
}
