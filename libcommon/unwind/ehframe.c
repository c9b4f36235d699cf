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

/* A section's bytes, malloc'd; *len of them. */
static enum elffile_err
load(const struct elffile *f, const struct section *s, void **data,
    size_t *len)
{
	enum elffile_err err;
	void *raw;

	*data = NULL;
	if (s->size > CFI_SECTION_MAX)
		return ELFFILE_ELIMIT;
	*len = (size_t)s->size;
	raw = malloc(*len);
	if (!raw)
		die_nomem();
	err = elffile_read(f, s->offset, raw, *len);
	if (!err && !s->compressed) {
		*data = raw;
		return ELFFILE_OK;
	}
	if (!err)
		err = inflate_section(raw, *len, CFI_SECTION_MAX, data, len);
	free(raw);
	return err;
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

/* Take .debug_frame; what .eh_frame has is right without it. */
static void
add_debug(struct ehframe *e, const struct elffile *f, const struct section *s)
{
	struct cfi_section debug = { .debug_frame = true };

	if (!s->size || load(f, s, &e->debug_data, &debug.len))
		return;
	debug.data = e->debug_data;
	cfi_init(&e->debug, &debug, e->base);
}

enum elffile_err
ehframe_init(struct ehframe *e, const struct elffile *f)
{
	struct section s[SECTIONS];
	struct cfi_section eh = { 0 };
	enum elffile_err err;
	int n;

	*e = (struct ehframe){ 0 };
	if (!ehframe_base(f, &e->base))
		return ELFFILE_ELIMIT;
	n = section_find(f, section_name, s, SECTIONS);
	if (n < 0)
		memset(s, 0, sizeof s);
	e->text = s[SECTION_TEXT].size;
	/* A header table that cannot be read is like none. */
	if (!s[SECTION_EH].size && !s[SECTION_DEBUG].size)
		eh.ends_at_zero = find_header(f, &s[SECTION_EH]);

	if (s[SECTION_EH].size && !s[SECTION_EH].compressed) {
		if (eh.ends_at_zero && s[SECTION_EH].size > CFI_SECTION_MAX)
			s[SECTION_EH].size = CFI_SECTION_MAX;
		err = load(f, &s[SECTION_EH], &e->eh_data, &eh.len);
		if (err)
			return err;
		eh.data = e->eh_data;
		eh.vaddr = s[SECTION_EH].vaddr;
		cfi_init(&e->eh, &eh, e->base);
	}
	add_debug(e, f, &s[SECTION_DEBUG]);
	return ELFFILE_OK;
}

static uint64_t
covered(const struct cfi *c)
{
	uint64_t n = 0;

	for (size_t i = 0; i < c->n; i++)
		n += c->fde[i].len;
	return n;
}

bool
ehframe_is_poor(const struct ehframe *e)
{
	return covered(&e->eh) + covered(&e->debug) < e->text / 2;
}

void
ehframe_add_debug(struct ehframe *e, const struct elffile *debug)
{
	struct section s;

	if (!e->debug_data &&
	    section_find(debug, &section_name[SECTION_DEBUG], &s, 1) == 1)
		add_debug(e, debug, &s);
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
	if (e->debug.n) {
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
	free(e->eh_data);
	free(e->debug_data);
	*e = (struct ehframe){ 0 };
}
