/*
 * ehframe.h - the unwind rows of an ELF file.
 *
 * Programs carry tables for C++ exceptions, .eh_frame, which C has too since
 * the x86-64 ABI asks for them. Files without (and the functions that theirs
 * lacks) may have .debug_frame, in the same form. Nothing else of the file is
 * read, and the rows come out:
 *
 *	struct ehframe e;
 *
 *	ehframe_init(&e, &f);	// f: an elffile, of a file or the vDSO's image
 *	ehframe_add_debug(&e, &f);
 *	ehframe_rows(&e, 0, UINT32_MAX, &rows);
 *	ehframe_free(&e);
 *
 * What is read stays in the file, but for a window that moves over it (cfi.h).
 * A compressed .debug_frame is unpacked into memory.
 *
 * C that was compiled to have no .eh_frame may have its .debug_frame in a
 * separate file: ehframe_is_poor() says that it is worth a look.
 *
 * Where there are no section headers (sstrip, memory images), PT_GNU_EH_FRAME
 * says where .eh_frame starts.
 */
#ifndef GP_EHFRAME_H
#define GP_EHFRAME_H

#include <stdint.h>

#include "base/attr.h"
#include "elf/elffile.h"
#include "unwind/cfi.h"

struct ehframe {
	struct cfi eh, debug;
	void *debug_data; /* unpacked */
	uint64_t base; /* of the rows: lowest executable p_vaddr */
	uint64_t text; /* bytes of .text, 0 if there is none */
};

/* Bytes of a .debug_frame that is unpacked; Kubernetes' have 6 MB. */
enum { EHFRAME_UNPACKED_MAX = 32 << 20 };

/*
 * Read the .eh_frame of a file. No table is no error, and e has no functions.
 *
 * f: open until e is freed. Returns 0, or an elffile_err if the file cannot be
 * read, has no executable segment (ELFFILE_ELIMIT), or its table is larger than
 * CFI_SECTION_MAX (ELFFILE_ELIMIT). ehframe_free() it in any case.
 */
GP_MUSTUSE enum elffile_err ehframe_init(struct ehframe *e,
    const struct elffile *f);

/* Whether less than half of the code is described. */
bool ehframe_is_poor(const struct ehframe *e);

/* Take the .debug_frame of the file itself, or of its separate debug file, if
 * there was none; what .eh_frame has is right without it. debug: open until e is
 * freed. */
void ehframe_add_debug(struct ehframe *e, const struct elffile *debug);

/* Make the rows of the functions that begin in [from, to]; t is overwritten and
 * the caller's to free. */
void ehframe_rows(struct ehframe *e, uint32_t from, uint32_t to,
    struct rows *t);

/* The p_vaddr that a file's rows count from: false if nothing is executable. */
GP_MUSTUSE bool ehframe_base(const struct elffile *f, uint64_t *base);

void ehframe_free(struct ehframe *e);

#endif
