/*
 * fuzz_elffile.c - any bytes as an ELF image.
 *
 * Property: whatever was accepted has at most ELFFILE_SEGMENTS_MAX segments; an
 * offset converted to an address and back is the same offset wherever the
 * address lies in one segment only; nothing beyond the image is read (ASan).
 */
#include <stdint.h>
#include <stdlib.h>

#include "elf/elffile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* How many segments hold vaddr, with their pages. */
static unsigned
holders(const struct elffile *f, uint64_t vaddr)
{
	const uint64_t mask = ELFFILE_PAGE - 1;
	unsigned n = 0;

	for (uint32_t i = 0; i < f->n; i++) {
		uint64_t lo = f->segment[i].vaddr & ~mask;
		uint64_t hi = f->segment[i].vaddr + f->segment[i].filesz;

		n += vaddr >= lo && vaddr < ((hi + mask) & ~mask);
	}
	return n;
}

static void
check_offset(const struct elffile *f, uint64_t off)
{
	uint64_t vaddr, back;

	if (!elffile_vaddr(f, off, &vaddr))
		return;
	if (holders(f, vaddr) != 1)
		return;
	if (elffile_offset(f, vaddr, &back) && back != off)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct elffile f;
	uint8_t b[64];

	if (elffile_init_mem(&f, data, len) != ELFFILE_OK)
		return 0;
	if (f.n > ELFFILE_SEGMENTS_MAX || f.build_id.len > BUILDID_MAX)
		abort();
	for (uint32_t i = 0; i < f.n; i++) {
		check_offset(&f, f.segment[i].offset);
		check_offset(&f, f.segment[i].offset + f.segment[i].filesz);
		check_offset(&f, f.segment[i].offset - 1);
		(void)elffile_is_code(&f, f.segment[i].vaddr);
		if (elffile_read(&f, f.segment[i].offset, b, sizeof b) ==
		    ELFFILE_OK && f.segment[i].offset + sizeof b > len)
			abort();
	}
	return 0;
}
