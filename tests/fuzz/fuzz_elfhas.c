/*
 * ELF lookups in any bytes: whatever is said to be there has its name in the
 * file; asked twice, the answer is the same; and none takes longer than the
 * limits allow (the fuzzer's timeout).
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "elf/elfhas.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const char *const names[] = { "main", "qsort", "_PyRuntime",
	"Py_Version", "ruby_version", "x" };

static void
need(const uint8_t *data, size_t len, const char *name)
{
	if (!memmem(data, len, name, strlen(name) + 1))
		abort();
}

static void
check_exports(const struct elfhas *h, const uint8_t *data, size_t len)
{
	struct elfhas_symbol s, again;
	uint8_t byte[8];

	for (size_t i = 0; i < GP_COUNT(names); i++) {
		if (!elfhas_export(h, names[i], &s))
			continue;
		need(data, len, names[i]);
		if (!elfhas_export(h, names[i], &again) ||
		    again.value != s.value)
			abort();
		(void)!elfhas_read(h->f, s.value, byte, sizeof byte);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct elfhas_symbol found[GP_COUNT(names)];
	static const char *const sections[] = { ".rodata", ".go.buildinfo",
		".symtab" };
	struct elfhas_section sec;
	struct elffile f;
	struct elfhas h;
	size_t n, hits = 0;
	char out[16];

	if (elffile_init_mem(&f, data, len) != ELFFILE_OK)
		return 0;
	elfhas_init(&h, &f);
	check_exports(&h, data, len);
	/* The other kind of table, where there are both. */
	h.gnu_hash = 0;
	check_exports(&h, data, len);
	n = elfhas_symtab(&f, names, GP_COUNT(names), found);
	for (size_t i = 0; i < GP_COUNT(names); i++) {
		hits += found[i].value != 0;
		/* The last name of a table needs no NUL behind it. */
		if (found[i].value &&
		    !memmem(data, len, names[i], strlen(names[i])))
			abort();
	}
	if (hits != n)
		abort();
	for (size_t i = 0; i < GP_COUNT(sections); i++) {
		if (elfhas_section(&f, sections[i], &sec) &&
		    (sec.offset > len || sec.size > len - sec.offset))
			abort();
		if (elfhas_number(&f, sections[i], "v", out, sizeof out) &&
		    (strlen(out) >= sizeof out || out[0] < '0' || out[0] > '9'))
			abort();
	}
	return 0;
}
