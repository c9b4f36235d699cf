/*
 * fuzz_symtab.c - any bytes as an ELF image whose functions are read.
 *
 * Property: every piece of the table lies in an executable segment; every name
 * found is text of the file, at most SYMTAB_NAME_MAX bytes, not empty; names at
 * all of the pieces' edges can be asked for; nothing beyond the image is read.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "elf/demangle.h"
#include "elf/symtab.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check_name(const struct symtab *t, const struct elffile *f, uint64_t vaddr,
    struct buf *b)
{
	struct buf text = { 0 };

	buf_reset(b);
	if (!symtab_find(t, vaddr, b)) {
		if (b->len)
			abort();
		return;
	}
	if (b->len == 0 || b->len > SYMTAB_NAME_MAX ||
	    !memmem(f->mem, f->size, b->s, b->len) ||
	    !elffile_is_code(f, vaddr))
		abort();
	if (demangle_add(&text, b->s, b->len, DEMANGLE_FULL) && text.len > DEMANGLE_OUT_MAX)
		abort();
	buf_free(&text);
}

static void
check_names(const struct symtab *t, const struct elffile *f, struct buf *b)
{
	for (uint32_t i = 0; i < t->range.n && i < 1000; i++) {
		if (t->range.value[i] != RANGETAB_NONE &&
		    !elffile_is_code(f, t->range.start[i]))
			abort();
		check_name(t, f, t->range.start[i], b);
		check_name(t, f, t->range.start[i] - 1, b);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf b = { 0 };
	struct elffile f;
	struct symtab t;

	if (elffile_init_mem(&f, data, len) != ELFFILE_OK)
		return 0;
	if (symtab_read(&t, &f) == ELFFILE_OK) {
		check_names(&t, &f, &b);
	} else if (t.range.n || t.functions) {
		abort();
	}
	symtab_free(&t);
	buf_free(&b);
	return 0;
}
