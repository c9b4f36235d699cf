#include "unwind/ehframe.h"

#include <dwarf.h>
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "elf/inflate.h"
#include "elf/section.h"

enum { SECTION_EH, SECTION_DEBUG, SECTION_TEXT, SECTIONS };

static const char *const section_name[SECTIONS] = { ".eh_frame",
	".debug_frame", ".text" };

bool
ehframe_base(const struct elffile *f, uint64_t *base)
{
	bool any = false;

	for (uint32_t i = 0; i < f->n; i++) {
		if (!f->segment[i].exec || !f->segment[i].memsz)
			continue;
		if (!any || f->segment[i].vaddr < *base)
			*base = f->segment[i].vaddr;
		any = true;
	}
	return any;
}

/* A compressed section's bytes, malloc'd; *len of them. NULL: none. */
static void *
unpack(const struct elffile *f, const struct section *s, size_t *len)
{
	void *data = NULL, *raw;

	if (s->size > EHFRAME_UNPACKED_MAX)
		return NULL;
	raw = malloc((size_t)s->size);
	if (!raw)
		die_nomem();
	if (elffile_read(f, s->offset, raw, (size_t)s->size) == ELFFILE_OK &&
	    inflate_section(raw, (size_t)s->size, EHFRAME_UNPACKED_MAX, &data,
		len) != ELFFILE_OK)
		data = NULL;
	free(raw);
	return data;
}

/*
 * Where .eh_frame starts, by .eh_frame_hdr:
 *
 *	version 1 | encoding of the pointer | of the count | of the table |
 *	pointer to .eh_frame | …
 *
 * hdr: its first bytes, at file offset off. Linkers encode the pointer as
 * pcrel sdata4. The section ends with its entry of length 0, at the latest with
 * the segment.
 */
static bool
from_header(const struct elffile *f, uint64_t off, struct section *s)
{
	uint8_t hdr[8];
	uint64_t vaddr;
	int32_t delta;

	if (elffile_read(f, off, hdr, sizeof hdr) || hdr[0] != 1 ||
	    hdr[1] != (DW_EH_PE_pcrel | DW_EH_PE_sdata4) ||
	    !elffile_vaddr(f, off, &vaddr))
		return false;
	memcpy(&delta, hdr + 4, 4);
	s->vaddr = vaddr + 4 + (uint64_t)(int64_t)delta;
	if (!elffile_offset(f, s->vaddr, &s->offset))
		return false;
	for (uint32_t i = 0; i < f->n; i++) {
		const struct elffile_segment *g = &f->segment[i];
		uint64_t end = g->offset + g->filesz;

		if (s->offset >= g->offset && s->offset < end) {
			s->size = (end < f->size ? end : f->size) - s->offset;
			return s->offset < f->size;
		}
	}
	return false;
}

/* PT_GNU_EH_FRAME, for files without section headers. */
static bool
find_header(const struct elffile *f, struct section *s)
{
	Elf64_Ehdr eh;
	Elf64_Phdr ph;

	if (elffile_read(f, 0, &eh, sizeof eh) ||
	    eh.e_phentsize != sizeof ph || eh.e_phnum > ELFFILE_PHDRS_MAX)
		return false;
	for (unsigned int i = 0; i < eh.e_phnum; i++) {
		if (elffile_read(f, eh.e_phoff + i * sizeof ph, &ph, sizeof ph))
			return false;
		if (ph.p_type == PT_GNU_EH_FRAME)
			return from_header(f, ph.p_offset, s);
	}
	return false;
}

enum elffile_err
ehframe_init(struct ehframe *e, const struct elffile *f)
{
	struct section s[SECTIONS], *found = &s[SECTION_EH];
	struct cfi_section eh = { .f = f };
	int n;

	*e = (struct ehframe){ 0 };
	if (!ehframe_base(f, &e->base))
		return ELFFILE_ELIMIT;
	n = section_find(f, section_name, s, SECTIONS);
	if (n < 0)
		memset(s, 0, sizeof s);
	e->text = s[SECTION_TEXT].size;
	/* A header table that cannot be read is like none. */
	if (!found->size && !s[SECTION_DEBUG].size)
		eh.ends_at_zero = find_header(f, found);
	if (!found->size || found->compressed)
		return ELFFILE_OK;
	if (found->size > CFI_SECTION_MAX) {
		if (!eh.ends_at_zero)
			return ELFFILE_ELIMIT;
		found->size = CFI_SECTION_MAX;
	}
	eh.offset = found->offset;
	eh.len = (size_t)found->size;
	eh.vaddr = found->vaddr;
	cfi_init(&e->eh, &eh, e->base);
	return ELFFILE_OK;
}

bool
ehframe_is_poor(const struct ehframe *e)
{
	return e->eh.covered + e->debug.covered < e->text / 2;
}

void
ehframe_add_debug(struct ehframe *e, const struct elffile *debug)
{
	struct cfi_section c = { .f = debug, .debug_frame = true };
	struct section s;

	if (e->debug.pieces ||
	    section_find(debug, &section_name[SECTION_DEBUG], &s, 1) != 1)
		return;
	c.offset = s.offset;
	c.len = (size_t)s.size;
	if (s.compressed) {
		free(e->debug_data);
		c.data = e->debug_data = unpack(debug, &s, &c.len);
		if (!c.data)
			return;
	}
	cfi_free(&e->debug);
	cfi_init(&e->debug, &c, e->base);
}

void
ehframe_rows(struct ehframe *e, uint32_t from, uint32_t to, struct rows *t)
{
	struct rows more = { .base = e->base };

	*t = (struct rows){ .base = e->base };
	cfi_rows(&e->eh, from, to, t);
	if (e->eh.rbx_based && !e->eh.follow_rbx) {
		/* Rare: once more, with it. */
		e->eh.follow_rbx = true;
		t->n = 0;
		t->full = false;
		cfi_rows(&e->eh, from, to, t);
	}
	if (e->debug.pieces) {
		cfi_rows(&e->debug, from, to, &more);
		rows_fill(t, &more);
	}
	rows_trim(t);
}

void
ehframe_free(struct ehframe *e)
{
	cfi_free(&e->eh);
	cfi_free(&e->debug);
	free(e->debug_data);
	*e = (struct ehframe){ 0 };
}
