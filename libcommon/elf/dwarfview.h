/*
 * dwarfview.h - the DWARF sections of a file, as libdw is to see them.
 *
 *	ELF file           view                    libdw
 *	.debug_info  ────► .debug_info  ┐
 *	.debug_str   ────► .debug_str   ├─ Elf ──► Dwarf
 *	.debug_loc         (left out)   │
 *	other file's .debug_addr ───────┘
 *
 * libdw gets no file but headers made here, in memory, for sections that are
 * mapped one by one. So it sees only what names and lines need, opens no other file by
 * itself (what it finds in strangers' bytes would tell it which), and may be
 * given sections of several files as one, which split DWARF needs (dwarfsplit.h).
 *
 * Files are mapped, since debug files are large and few of their pages are ever
 * touched. One that is cut short meanwhile kills this process by SIGBUS: to be
 * used where that is no loss.
 *
 * A header of the elf room alone: it shows libdw's types.
 */
#ifndef GP_DWARFVIEW_H
#define GP_DWARFVIEW_H

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "elf/elffile.h"

enum dwarfview_section {
	DWARFVIEW_INFO,
	DWARFVIEW_ABBREV,
	DWARFVIEW_STR,
	DWARFVIEW_STR_OFFSETS,
	DWARFVIEW_ADDR,
	DWARFVIEW_RANGES,
	DWARFVIEW_RNGLISTS,
	DWARFVIEW_ARANGES,
	DWARFVIEW_LINE,
	DWARFVIEW_LINE_STR,
	DWARFVIEW_SECTIONS
};

/* Bytes of all sections of a file that are stored compressed, unpacked. */
#define DWARFVIEW_UNPACKED_MAX (512u << 20)

struct dwarfview_bytes {
	const uint8_t *p; /* NULL: there is none */
	size_t n;
};

/* The sections of one file, mapped. */
struct dwarfview_file {
	struct dwarfview_bytes section[DWARFVIEW_SECTIONS];
	struct dwarfview_bytes map[DWARFVIEW_SECTIONS];
	uint8_t packed[DWARFVIEW_SECTIONS]; /* how: 0, or as the .c says */
};

struct dwarfview_image;

struct dwarfview {
	struct dwarfview_image *image; /* the headers that libelf sees */
	Elf *elf;
	Dwarf *dwarf;
	/* What is in each section, unpacked. */
	struct dwarfview_bytes section[DWARFVIEW_SECTIONS];
};

enum dwarfview_kind {
	DWARFVIEW_PLAIN, /* .debug_info */
	DWARFVIEW_DWO,   /* .debug_info.dwo */
};

/* True if a file has DWARF: .debug_info and .debug_abbrev. */
bool dwarfview_has(const struct elffile *f);

/*
 * Map the sections of a file. lines: those of line tables too.
 *
 * False, and nothing mapped, if it has no .debug_info, or they are too large.
 * The file may be closed afterwards; a memory image must stay.
 */
GP_MUSTUSE bool dwarfview_map(struct dwarfview_file *m,
    const struct elffile *f, enum dwarfview_kind kind, bool lines);
void dwarfview_unmap(struct dwarfview_file *m);

/* Map one more section of a file, by its name. False if there is none. */
GP_MUSTUSE bool dwarfview_map_named(struct dwarfview_bytes *map,
    struct dwarfview_bytes *section, const struct elffile *f,
    const char *name);
void dwarfview_unmap_named(struct dwarfview_bytes *map);

/* Make a view of sections, of whichever files; they must stay. NULL in v.dwarf,
 * and false, if libdw finds no DWARF there. */
GP_MUSTUSE bool dwarfview_open(struct dwarfview *v,
    const struct dwarfview_file *m);

/* Give back what libdw has learned and allocated; v is as if just opened. All
 * its Dwarf_Die and strings are void. */
GP_MUSTUSE bool dwarfview_reopen(struct dwarfview *v);

void dwarfview_close(struct dwarfview *v);

#endif
