/*
 * cfiwindow.h - the bytes of a section, of which a file has more than are wanted in
 * memory.
 *
 *	struct cfiwindow w = { .f = &file, .offset = 0x4f000, .len = 1 << 20 };
 *
 *	b = cfiwindow_bytes(&w, 4096, 12);
 *	…
 *	cfiwindow_free(&w);
 *
 * Who goes on from where they were gets CFIWINDOW_BYTES with one read, who goes
 * elsewhere a page. A section that is in memory already (data) is not copied.
 */
#ifndef GP_CFIWINDOW_H
#define GP_CFIWINDOW_H

#include <stddef.h>
#include <stdint.h>

#include "elf/elffile.h"

enum { CFIWINDOW_BYTES = 64 << 10 };

struct cfiwindow {
	/* the section; the caller's */
	const uint8_t *data; /* NULL: it is read from f, at offset */
	const struct elffile *f;
	uint64_t offset;
	size_t len;
	/* private: what was read last, at `at` of the section */
	uint8_t *b;
	size_t at, n, cap;
};

/* So many bytes of the section from an offset on; NULL if it has fewer, or they
 * cannot be read. They are there until the next call. */
const uint8_t *cfiwindow_bytes(struct cfiwindow *w, size_t off, size_t len);

void cfiwindow_free(struct cfiwindow *w);

#endif
