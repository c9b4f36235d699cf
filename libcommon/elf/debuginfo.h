/*
 * debuginfo.h - which functions an address is in, inlined ones too, and the line.
 *
 *	1234  ->  main                    main.c:12     the function whose code it is
 *	          parse_line              json.c:88     inlined into it, called there
 *	          skip_blanks             json.c:31     inlined into that
 *
 * From the DWARF of a file, or of its separate debug file: versions 2 to 5, with
 * the strings and entries that dwz(1) moved to an alternate file, and with the
 * halves of split units in .dwo and .dwp files.
 *
 * Only what is asked for is read:
 *
 *	address ──► unit      .debug_aranges; where that is silent, each unit's
 *	                      own first entry
 *	        ──► function  one pass over that unit (dwarfscan.h)
 *	        ──► inlined   one pass over that function
 *	        ──► line      that unit's line table, as libdw has it
 *
 * Each is kept for the next address, up to DEBUGINFO_MEMORY_MAX; beyond that all
 * is given back and begins anew. So a batch of addresses is best asked for in
 * ascending order.
 *
 * The file may be hostile. Its bytes are read by libdw, which is not made for
 * that: to be used only where a crash, or a hang, costs nothing else.
 */
#ifndef GP_DEBUGINFO_H
#define GP_DEBUGINFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "elf/elffile.h"

#define DEBUGINFO_MEMORY_MAX (32u << 20)

enum {
	/* Frames of one address; GCC and LLVM inline some 30 deep. */
	DEBUGINFO_DEPTH_MAX = 128,
	DEBUGINFO_UNITS_MAX = 1 << 20,
	DEBUGINFO_FUNCTIONS_MAX = 1 << 20, /* of one unit */
	DEBUGINFO_INLINED_MAX = 1 << 18,   /* in one function */
	DEBUGINFO_RANGES_MAX = 1 << 12,    /* of one function, inlined or not */
};

struct debuginfo;

/* Opens another file by its path, where the first one's files are: -1 if it is
 * not there. */
struct debuginfo_files {
	int (*open)(void *arg, const char *path);
	void *arg;
};

struct debuginfo_frame {
	/* As the linker sees it (mangled), or if nobody says, as the source has
	 * it. NULL: not told. */
	const char *name;
	const char *file; /* of the source; NULL: not told */
	uint32_t line;    /* 0: not told */
};

/* Load libdw; false if it is not installed. debuginfo_open() does it too, where
 * files may still be opened. */
bool debuginfo_load(void);

/* Whether a file has DWARF. */
bool debuginfo_is_in(const struct elffile *f);

/*
 * Open the DWARF of a file.
 *
 * code: whose addresses are asked for. from: which has the DWARF: the same, or
 * its debug file. path: where from is, as its process sees it. lines: whether
 * frames are to have file and line, which costs time and memory. All stay the
 * caller's, and must stay; files may be NULL.
 *
 * NULL if there is none that can be read.
 */
GP_MUSTUSE struct debuginfo *debuginfo_open(const struct elffile *code,
    const struct elffile *from, const char *path,
    const struct debuginfo_files *files, bool lines);

/*
 * The frames at an address, outermost first: the function itself, then what was
 * inlined. line: where in it the next one was called, or execution is.
 *
 * At most max of them. Returns how many, 0 if the address is in no function. The
 * texts are valid until the next call.
 */
GP_MUSTUSE size_t debuginfo_find(struct debuginfo *d, uint64_t addr,
    struct debuginfo_frame *frame, size_t max);

/* Functions, or parts of them, that a limit left out. */
uint64_t debuginfo_left_out(const struct debuginfo *d);

void debuginfo_close(struct debuginfo *d);

#endif
