/*
 * fuzz_ehframe.c - any bytes as .eh_frame, .debug_frame, or a whole ELF image.
 *
 * The first byte chooses. Properties: the rows keep their invariants (in order, no
 * equal neighbours, a gap at the end); every rule means the same when written
 * again; a piece of the table says what the whole says; made by piece, and read
 * through a window, it is the same; nothing beyond the bytes is read (ASan).
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "unwind/cfi.h"
#include "unwind/filerows.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { VADDR = 0x2000, BASE = 0x1000 };

static void
check_rows(const struct rows *t)
{
	if (!rows_are_valid(t->row, t->n))
		abort();
	for (size_t i = 0; i < t->n; i++) {
		struct unwind_rule r = unwind_rule_decode(t->row[i].rule);

		if (unwind_rule_encode(&r) != t->row[i].rule)
			abort();
	}
}

static void
check_piece(struct cfi *c, const struct rows *all, uint32_t from, uint32_t to)
{
	struct rows part = { .base = BASE };

	cfi_rows(c, from, to, &part);
	check_rows(&part);
	for (size_t i = 0; i + 1 < part.n; i++)
		if (part.row[i].rule != UNWIND_RULE_GAP &&
		    rows_rule(all->row, all->n, part.row[i].pc) !=
			part.row[i].rule)
			abort();
	rows_free(&part);
}

static void
check_by_piece(const struct cfi_section *whole, const struct rows *all)
{
	struct elffile f = { .fd = -1, .mem = whole->data, .size = whole->len };
	struct cfi_section s = *whole;
	struct rows t = { .base = BASE };
	struct cfi c;

	s.data = NULL;
	s.f = &f;
	s.piece = 1;
	cfi_init(&c, &s, BASE);
	cfi_rows(&c, 0, UINT32_MAX, &t);
	if (t.n != all->n ||
	    (t.n && memcmp(t.row, all->row, t.n * sizeof *t.row) != 0))
		abort();
	rows_free(&t);
	cfi_free(&c);
}

static void
fuzz_section(const uint8_t *data, size_t len, uint8_t how)
{
	struct cfi_section s = {
		.data = data,
		.len = len,
		.vaddr = how & 1 ? 0 : VADDR,
		.debug_frame = how & 1,
		.ends_at_zero = how & 2,
	};
	struct rows t = { .base = BASE };
	struct cfi c;

	cfi_init(&c, &s, BASE);
	for (size_t i = 1; i < c.n; i++)
		if (c.fde[i - 1].start >= c.fde[i].start)
			abort();
	cfi_rows(&c, 0, UINT32_MAX, &t);
	check_rows(&t);
	if (how & 8)
		check_by_piece(&s, &t);
	if (c.n)
		check_piece(&c, &t, c.fde[c.n / 3].start,
		    c.fde[c.n * 2 / 3].start);
	rows_free(&t);
	cfi_free(&c);
}

static void
fuzz_image(const uint8_t *data, size_t len)
{
	struct elffile f;
	struct rows t;

	if (elffile_init_mem(&f, data, len) != ELFFILE_OK)
		return;
	if (filerows_make(&f, NULL, &t) == ELFFILE_OK)
		check_rows(&t);
	rows_free(&t);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (!len)
		return 0;
	if (data[0] & 4)
		fuzz_image(data + 1, len - 1);
	else
		fuzz_section(data + 1, len - 1, data[0]);
	return 0;
}
