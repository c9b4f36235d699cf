#include "runtime/python.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Newest first. */
static const struct {
	const char *symbol;
	const char *version;
} since[] = {
	{ "PyIter_Send", "3.10" },
	{ "PyFrame_GetBack", "3.9" },
	{ "PyConfig_Read", "3.8" },
	{ "PyThread_tss_create", "3.7" },
	{ "PyOS_FSPath", "3.6" },
	{ "PyString_FromString", "2.7" },
};

/* Words at the head of _PyRuntime: "xdebugpy", the version, 1 without the GIL. */
static bool
is_free_threaded(const struct runtime_file *f, unsigned long version)
{
	struct elfhas_symbol s;
	uint64_t w[3];

	return version >> 16 >= 0x30d && runtime_symbol(f, "_PyRuntime", &s) &&
	    elfhas_read(f->elf, s.value, w, sizeof w) &&
	    memcmp(w, "xdebugpy", 8) == 0 && w[2] != 0;
}

bool
python_version(const struct runtime_file *f, char *out, size_t size)
{
	struct elfhas_symbol s;
	unsigned long v;

	if (runtime_symbol(f, "Py_Version", &s) &&
	    elfhas_read(f->elf, s.value, &v, sizeof v)) {
		snprintf(out, size, "%lu.%lu.%lu%s", v >> 24 & 255,
		    v >> 16 & 255, v >> 8 & 255,
		    is_free_threaded(f, v) ? "t" : "");
		return true;
	}
	for (size_t i = 0; i < GP_COUNT(since); i++) {
		if (!runtime_symbol(f, since[i].symbol, &s))
			continue;
		snprintf(out, size, "%s", since[i].version);
		return true;
	}
	return false;
}
