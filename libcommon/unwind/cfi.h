/*
 * cfi.h - call frame information: the bytes of .eh_frame or .debug_frame, and
 * the unwind rows that they mean.
 *
 *	entry:  length u32 (0xffffffff: u64 follows) | id | content
 *	CIE:    id 0 (.debug_frame: all ones) | version | augmentation |
 *	        alignment factors | return address register | instructions
 *	FDE:    id says which CIE | first pc, length | instructions
 *
 * A FDE describes one function, or a part of one, by a small program: "advance
 * the pc", "now the CFA is rsp + 16", "now rbp is saved at CFA - 16". Running it
 * gives a row wherever something changes that unwinding needs (step.h); what
 * happens to other registers is skipped.
 *
 * cfi_init() lists the FDEs in order of their addresses without running any;
 * cfi_rows() runs those of an address range. So a table can be made whole, or for
 * just the pages of a huge file that are asked for. Where FDEs overlap, the one
 * that starts last is right, as with the binary search of .eh_frame_hdr; of two
 * at the same address, the first in the file.
 *
 * Every byte is a stranger's: what cannot be read is skipped and counted, never
 * believed. The work is linear in the section's length (and that of rows made),
 * but for the sort.
 *
 * Programs are run by cfirun.h; what a row can say of their registers is
 * cfirule.h's. DWARF expressions are recognised by shape, not evaluated: lazy
 * binding stubs (PLT), a CFA in memory (DEREF), the kernel's signal frame. A
 * CFA by any other is a gap; rbp by any other is lost.
 *
 * Not handled, and counted: text- and data-relative and indirect pcs (no
 * x86-64 linker makes them), unknown augmentations, a return address register
 * other than 16.
 *
 * Source: DWARF 5, section 6.4; Linux Standard Base, "Exception Frames".
 */
#ifndef GP_CFI_H
#define GP_CFI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "unwind/rows.h"

enum {
	CFI_SECTION_MAX = 256 << 20, /* bytes of one section */
	CFI_CIES_MAX = 1 << 20,
	CFI_REMEMBER_MAX = 8, /* depth of remember_state; compilers use 1 */
};

/* The section, the caller's as long as the struct cfi is used. */
struct cfi_section {
	const uint8_t *data;
	size_t len;
	uint64_t vaddr;     /* of data[0]; 0 for .debug_frame */
	bool debug_frame;   /* its format, not .eh_frame's */
	bool ends_at_zero;  /* len is a guess: an entry of length 0 ends it */
};

struct cfi_cie;

struct cfi_fde {
	uint32_t start; /* from base */
	uint32_t len;
	uint32_t off;   /* of the instructions in the section */
	uint32_t end;
	uint32_t cie;
};

struct cfi {
	struct cfi_section s;
	uint64_t base;
	struct cfi_fde *fde; /* by start, no two with the same */
	size_t n;
	struct cfi_cie *cie;
	size_t ncie, capcie;

	bool rbx_based;  /* cfi_rows() met a CFA that rbx is the base of */
	bool follow_rbx; /* set by the caller: rows say where rbx is */

	/* What was not used, for those who ask. */
	uint64_t bad_entries; /* malformed or beyond a limit */
	uint64_t bad_programs; /* FDEs whose rest is a gap */
	uint64_t unsupported;  /* rules that rows cannot say: made a gap, or
				* rbp lost */
};

/*
 * List the FDEs of a section.
 *
 * base: what rows count from; functions below it or 4 GB and more above are
 * skipped (and count as bad, unless at 0, where linkers leave discarded ones).
 * A section beyond CFI_SECTION_MAX is empty. cfi_free() it in any case.
 */
void cfi_init(struct cfi *c, const struct cfi_section *s, uint64_t base);

/* Add the rows of all functions that begin in [from, to] to t, whose last row
 * must not be above from. */
void cfi_rows(struct cfi *c, uint32_t from, uint32_t to, struct rows *t);

void cfi_free(struct cfi *c);

#endif
