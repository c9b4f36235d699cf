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
 * FDEs are listed in order of their addresses without running any; cfi_rows()
 * runs those of an address range. Where FDEs overlap, the one that starts last
 * is right, as with the binary search of .eh_frame_hdr; of two at the same
 * address, the first in the file.
 *
 * Memory does not grow with the section: it is read through a window (cfiwindow.h),
 * and a list of more than CFI_PIECE FDEs is made piece by piece of the code, for
 * which the section is gone through again each time:
 *
 *	section  [CIE|FDE|FDE|FDE|FDE|CIE|FDE|…      the window moves over it
 *	code     [ piece 0 | piece 1 | piece 2 …     c.fde[]: one of them
 *
 * Every byte is a stranger's: what cannot be read is skipped and counted, never
 * believed. The work is linear in the section's length (and that of rows made),
 * but for the sort, and at most CFI_PIECES times it for the pieces.
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
#include "elf/elffile.h"
#include "unwind/cfiwindow.h"
#include "unwind/rows.h"

enum {
	CFI_SECTION_MAX = 256 << 20, /* bytes of one section */
	CFI_CIES_MAX = 1 << 16, /* linkers keep one of a kind */
	CFI_ENTRY_MAX = 1 << 20, /* bytes; the longest seen have some thousand */
	CFI_REMEMBER_MAX = 8, /* depth of remember_state; compilers use 1 */
	CFI_PIECE = 256 << 10, /* FDEs listed at a time, 5 MB; libLLVM has 0.15
				* million */
	CFI_PIECES = 16,       /* more than so many: they are larger */
};

/* The section, in memory or in a file; the caller's as long as the struct cfi is
 * used. */
struct cfi_section {
	const uint8_t *data;     /* NULL: it is read from f, at offset */
	const struct elffile *f;
	uint64_t offset;
	size_t len;
	uint64_t vaddr;     /* of its first byte; 0 for .debug_frame */
	bool debug_frame;   /* its format, not .eh_frame's */
	bool ends_at_zero;  /* len is a guess: an entry of length 0 ends it */
	uint32_t piece;     /* FDEs listed at a time; 0: CFI_PIECE */
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
	struct cfiwindow window; /* over the section */
	uint64_t base;
	struct cfi_fde *fde; /* of the piece at hand, by start, no two with the
			      * same */
	size_t n;
	uint64_t limit;      /* where the first FDE behind the piece starts */
	uint32_t *first;     /* by piece: where its code begins; NULL: one */
	size_t pieces, at;   /* at: the piece at hand */
	size_t each;         /* FDEs of a piece, about */
	struct cfi_cie *cie;
	size_t ncie, capcie;
	uint64_t covered;    /* bytes of code that FDEs are of */

	bool rbx_based;  /* cfi_rows() met a CFA that rbx is the base of */
	bool follow_rbx; /* set by the caller: rows say where rbx is */

	/* What was not used, for those who ask. */
	uint64_t bad_entries; /* malformed or beyond a limit */
	uint64_t bad_programs; /* FDEs whose rest is a gap */
	uint64_t unsupported;  /* rules that rows cannot say: made a gap, or
				* rbp lost */
};

/*
 * Read the CIEs of a section, and list the FDEs of its first piece.
 *
 * base: what rows count from; functions below it or 4 GB and more above are
 * skipped (and count as bad, unless at 0, where linkers leave discarded ones).
 * A section beyond CFI_SECTION_MAX is empty. cfi_free() it in any case.
 */
void cfi_init(struct cfi *c, const struct cfi_section *s, uint64_t base);

/* List the FDEs of a piece below c->pieces, in ascending order of code. What it
 * was that was at hand is forgotten. */
void cfi_list(struct cfi *c, size_t piece);

/* The FDE that covers an offset from base; false if none does. */
GP_MUSTUSE bool cfi_find(struct cfi *c, uint64_t pc, struct cfi_fde *fde);

/* Add the rows of all functions that begin in [from, to] to t, whose last row
 * must not be above from. */
void cfi_rows(struct cfi *c, uint32_t from, uint32_t to, struct rows *t);

void cfi_free(struct cfi *c);

#endif
