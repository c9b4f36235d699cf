/*
 * dwarfscan.h - where in a DWARF unit the entries (DIEs) of functions stand.
 *
 *	unit     header │ compile_unit
 *	                │    namespace
 *	                │       subprogram, low_pc      ◄── a function with code
 *	                │          lexical_block
 *	                │             inlined_subroutine ◄── and one inlined into it
 *	                │ 0 0 0
 *
 * Entries are a tree, written down depth first. To find those few that have code,
 * libdw would look at each of the others, again for each level above it where a
 * compiler does not say how to skip them (Clang, rustc). One pass over the bytes,
 * which interprets nothing but how long each entry is, finds them in a few
 * nanoseconds each; libdw then reads what they say.
 *
 * The bytes may be anybody's: nothing beyond them is read, and each step takes at
 * least one.
 *
 * Source: DWARF 5, 7.5 "Format of Debugging Information"; GNU's forms from
 * dwarf.h.
 */
#ifndef GP_DWARFSCAN_H
#define GP_DWARFSCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

enum {
	DWARFSCAN_ABBREVS_MAX = 1 << 20, /* of one unit */
	DWARFSCAN_FORMS_MAX = 1 << 22,
};

struct dwarfscan_abbrev;

/* A unit, ready to be passed over. */
struct dwarfscan {
	const uint8_t *info; /* the section, the caller's */
	uint64_t start, end; /* of the unit, in it; header included */
	uint64_t first;      /* its first entry */
	uint16_t version;
	uint8_t offset_size, address_size;
	struct dwarfscan_abbrev *abbrev; /* in order of their codes */
	uint32_t n, cap;
	uint16_t *form;
	uint32_t forms, form_cap;
};

/* A place in it. */
struct dwarfscan_at {
	uint64_t off;
	uint32_t depth;
};

struct dwarfscan_die {
	uint64_t off;   /* in the section */
	uint32_t tag;
	uint32_t depth; /* below where the pass began */
	bool children;
	bool code;      /* it has an address, or ranges of them */
};

/*
 * Read the header of the unit that starts at an offset of .debug_info, and its
 * abbreviations. abbrevs: .debug_abbrev, needed here only.
 *
 * False if either makes no sense. dwarfscan_free() it in any case.
 */
GP_MUSTUSE bool dwarfscan_init(struct dwarfscan *s, const uint8_t *info,
    size_t info_len, uint64_t start, const uint8_t *abbrevs,
    size_t abbrevs_len);

/*
 * The next entry: of the unit, if *at was { s->first, 0 }, or of the tree below an
 * entry, itself included, if it began there. False at the end, or where the
 * bytes make no sense; only then is *broken set.
 */
GP_MUSTUSE bool dwarfscan_next(const struct dwarfscan *s,
    struct dwarfscan_at *at, struct dwarfscan_die *die, bool *broken);

size_t dwarfscan_memory(const struct dwarfscan *s);
void dwarfscan_free(struct dwarfscan *s);

#endif
