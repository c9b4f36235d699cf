#include "elf/dwarfview.h"

#include <elf.h>
#include <gelf.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "elf/dwlib.h"
#include "elf/section.h"

static const char *const names[DWARFVIEW_SECTIONS] = {
	".debug_info", ".debug_abbrev", ".debug_str", ".debug_str_offsets",
	".debug_addr", ".debug_ranges", ".debug_rnglists", ".debug_aranges",
	".debug_line", ".debug_line_str",
};
static const char *const dwo_names[DWARFVIEW_SECTIONS] = {
	".debug_info.dwo", ".debug_abbrev.dwo", ".debug_str.dwo",
	".debug_str_offsets.dwo", ".debug_addr.dwo", ".debug_ranges.dwo",
	".debug_rnglists.dwo", ".debug_aranges.dwo", ".debug_line.dwo",
	".debug_line_str.dwo",
};
/* As compilers and linkers of old, and Go's until 1.18, compressed them. */
static const char *const z_names[DWARFVIEW_SECTIONS] = {
	".zdebug_info", ".zdebug_abbrev", ".zdebug_str", ".zdebug_str_offsets",
	".zdebug_addr", ".zdebug_ranges", ".zdebug_rnglists", ".zdebug_aranges",
	".zdebug_line", ".zdebug_line_str",
};

enum { PACKED_NOT, PACKED_ELF, PACKED_GNU };

/* "ZLIB" and the size, big-endian, stand before the data. */
enum { GNU_HEADER = 12 };

/* -- files --------------------------------------------------------------- */

static bool
map_bytes(struct dwarfview_bytes *map, struct dwarfview_bytes *section,
    const struct elffile *f, const struct section *s)
{
	uint64_t page = s->offset & ~(uint64_t)(ELFFILE_PAGE - 1);
	size_t skip = (size_t)(s->offset - page);
	void *p;

	section->n = (size_t)s->size;
	if (f->fd < 0) {
		section->p = f->mem + s->offset;
		return true;
	}
	p = mmap(NULL, skip + section->n, PROT_READ, MAP_PRIVATE, f->fd,
	    (off_t)page);
	if (p == MAP_FAILED) {
		*section = (struct dwarfview_bytes){ 0 };
		return false;
	}
	map->p = p;
	map->n = skip + section->n;
	section->p = map->p + skip;
	return true;
}

bool
dwarfview_map_named(struct dwarfview_bytes *map,
    struct dwarfview_bytes *section, const struct elffile *f,
    const char *name)
{
	struct section s;

	*map = *section = (struct dwarfview_bytes){ 0 };
	return section_find(f, &name, &s, 1) == 1 && !s.compressed &&
	    map_bytes(map, section, f, &s);
}

void
dwarfview_unmap_named(struct dwarfview_bytes *map)
{
	if (map->p)
		munmap((void *)(uintptr_t)map->p, map->n);
	*map = (struct dwarfview_bytes){ 0 };
}

/* Bytes of a section when it is unpacked; UINT64_MAX: it cannot be. */
static uint64_t
unpacked_size(const struct dwarfview_bytes *b, unsigned packed)
{
	uint64_t size = 0;
	Elf64_Chdr ch;

	if (packed == PACKED_NOT)
		return 0;
	if (packed == PACKED_ELF) {
		if (b->n < sizeof ch)
			return UINT64_MAX;
		memcpy(&ch, b->p, sizeof ch);
		return ch.ch_size;
	}
	if (b->n < GNU_HEADER || memcmp(b->p, "ZLIB", 4) != 0)
		return UINT64_MAX;
	for (int i = 4; i < GNU_HEADER; i++)
		size = size << 8 | b->p[i];
	return size;
}

static bool
wants(int section, bool lines)
{
	return lines || (section != DWARFVIEW_LINE &&
	    section != DWARFVIEW_LINE_STR);
}

bool
dwarfview_has(const struct elffile *f)
{
	const char *const want[] = { ".debug_info", ".zdebug_info",
		".debug_abbrev", ".zdebug_abbrev" };
	struct section s[4];

	return f->type != ET_REL && section_find(f, want, s, 4) >= 2 &&
	    (s[0].size || s[1].size) && (s[2].size || s[3].size);
}

bool
dwarfview_map(struct dwarfview_file *m, const struct elffile *f,
    enum dwarfview_kind kind, bool lines)
{
	struct section plain[DWARFVIEW_SECTIONS], z[DWARFVIEW_SECTIONS];
	uint64_t size, sum = 0;
	bool ok;

	*m = (struct dwarfview_file){ 0 };
	if (section_find(f, kind == DWARFVIEW_DWO ? dwo_names : names, plain,
	    DWARFVIEW_SECTIONS) < 0 ||
	    section_find(f, z_names, z, DWARFVIEW_SECTIONS) < 0)
		return false;
	for (int i = 0; i < DWARFVIEW_SECTIONS; i++) {
		const struct section *s = &plain[i];

		if (s->size && s->compressed) {
			m->packed[i] = PACKED_ELF;
		} else if (!s->size && kind == DWARFVIEW_PLAIN) {
			s = &z[i];
			m->packed[i] = s->size ? PACKED_GNU : PACKED_NOT;
		}
		if (!s->size || !wants(i, lines))
			continue;
		ok = map_bytes(&m->map[i], &m->section[i], f, s);
		size = ok ? unpacked_size(&m->section[i], m->packed[i]) : 0;
		if (!ok || size > DWARFVIEW_UNPACKED_MAX - sum) {
			dwarfview_unmap(m);
			return false;
		}
		sum += size;
	}
	ok = m->section[DWARFVIEW_INFO].p && m->section[DWARFVIEW_ABBREV].p;
	if (!ok)
		dwarfview_unmap(m);
	return ok;
}

void
dwarfview_unmap(struct dwarfview_file *m)
{
	for (int i = 0; i < DWARFVIEW_SECTIONS; i++)
		dwarfview_unmap_named(&m->map[i]);
	*m = (struct dwarfview_file){ 0 };
}

/* -- views --------------------------------------------------------------- */

/* The names of all sections, one after the other, each with its NUL. */
static char name_table[DWARFVIEW_SECTIONS * 40];

static uint32_t
name_offset(const char *name)
{
	static size_t used = 1;
	size_t at = 1;

	while (at < used && strcmp(name_table + at, name) != 0)
		at += strlen(name_table + at) + 1;
	if (at == used) {
		memcpy(name_table + at, name, strlen(name) + 1);
		used += strlen(name) + 1;
	}
	return (uint32_t)at;
}

static Elf_Scn *
add_section(Elf *elf, const char *name, const void *p, size_t n, bool packed)
{
	Elf_Scn *scn = dw.elf_newscn(elf);
	Elf_Data *d = scn ? dw.elf_newdata(scn) : NULL;
	Elf64_Shdr *sh = d ? dw.elf64_getshdr(scn) : NULL;

	if (!sh)
		return NULL;
	/* libelf does not write to it: the descriptor is never updated. */
	d->d_buf = (void *)(uintptr_t)p;
	d->d_size = n;
	d->d_type = ELF_T_BYTE;
	d->d_align = 1;
	sh->sh_name = name_offset(name);
	sh->sh_type = SHT_PROGBITS;
	sh->sh_flags = packed ? SHF_COMPRESSED : 0;
	sh->sh_size = n;
	sh->sh_addralign = 1;
	return scn;
}

/* A descriptor for a file that will never be written. libelf wants to see an
 * open file all the same, and is told at once that it can forget it. */
static Elf *
begin(void)
{
	Elf *elf = dw.elf_version(EV_CURRENT) == EV_NONE ? NULL :
	    dw.elf_begin(STDERR_FILENO, ELF_C_WRITE, NULL);
	Elf64_Ehdr *eh = elf ? dw.elf64_newehdr(elf) : NULL;

	if (elf)
		dw.elf_cntl(elf, ELF_C_FDDONE);
	if (!eh) {
		dw.elf_end(elf);
		return NULL;
	}
	eh->e_ident[EI_DATA] = ELFDATA2LSB;
	eh->e_machine = EM_X86_64;
	eh->e_type = ET_EXEC;
	return elf;
}

static bool
fill(struct dwarfview *v, const struct dwarfview_file *m,
    Elf_Scn *scn[DWARFVIEW_SECTIONS])
{
	Elf_Scn *table;

	for (int i = 0; i < DWARFVIEW_SECTIONS; i++) {
		if (!m->section[i].p)
			continue;
		scn[i] = add_section(v->elf, m->packed[i] == PACKED_GNU ?
		    z_names[i] : names[i], m->section[i].p, m->section[i].n,
		    m->packed[i] == PACKED_ELF);
		if (!scn[i])
			return false;
	}
	table = add_section(v->elf, ".shstrtab", name_table, sizeof name_table,
	    false);
	if (!table)
		return false;
	dw.elf64_getshdr(table)->sh_type = SHT_STRTAB;
	dw.elf64_getehdr(v->elf)->e_shstrndx = (Elf64_Half)dw.elf_ndxscn(table);
	return true;
}

bool
dwarfview_open(struct dwarfview *v, const struct dwarfview_file *m)
{
	Elf_Scn *scn[DWARFVIEW_SECTIONS] = { NULL };
	Elf_Data *d;

	*v = (struct dwarfview){ .elf = begin() };
	if (v->elf && fill(v, m, scn))
		v->dwarf = dw.dwarf_begin_elf(v->elf, DWARF_C_READ, NULL);
	if (!v->dwarf) {
		dwarfview_close(v);
		return false;
	}
	/* Which unpacked what is packed. */
	for (int i = 0; i < DWARFVIEW_SECTIONS; i++) {
		d = scn[i] ? dw.elf_getdata(scn[i], NULL) : NULL;
		if (d && d->d_buf)
			v->section[i] = (struct dwarfview_bytes){
			    d->d_buf, d->d_size };
	}
	return true;
}

bool
dwarfview_reopen(struct dwarfview *v)
{
	dw.dwarf_end(v->dwarf);
	v->dwarf = dw.dwarf_begin_elf(v->elf, DWARF_C_READ, NULL);
	return v->dwarf != NULL;
}

void
dwarfview_close(struct dwarfview *v)
{
	dw.dwarf_end(v->dwarf);
	dw.elf_end(v->elf);
	*v = (struct dwarfview){ 0 };
}
