#include "elf/dwarfview.h"

#include <elf.h>
#include <string.h>
#include <sys/mman.h>

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

/*
 * An ELF file whose bytes lie all over the memory: libelf takes an image and
 * adds a section's offset to its address, so a header at a low address reaches
 * whatever lies above.
 */
struct dwarfview_image {
	Elf64_Ehdr header;
	Elf64_Shdr section[DWARFVIEW_SECTIONS + 2]; /* the first is none */
	char names[DWARFVIEW_SECTIONS * 40];
};

/* Headers are put from here up, below programs, heaps and mappings. */
enum { IMAGE_LOWEST = 1 << 20, IMAGE_STEP = 1 << 12, IMAGE_TRIES = 4096 };

static struct dwarfview_image *
map_image(void)
{
	static uintptr_t next = IMAGE_LOWEST;
	struct dwarfview_image *im;

	_Static_assert(sizeof *im <= IMAGE_STEP, "a page is enough");
	for (int i = 0; i < IMAGE_TRIES; i++, next += IMAGE_STEP) {
		if (next >= IMAGE_LOWEST + IMAGE_TRIES * (uintptr_t)IMAGE_STEP)
			next = IMAGE_LOWEST;
		im = mmap((void *)next, sizeof *im, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
		if ((uintptr_t)im == next) {
			next += IMAGE_STEP;
			return im;
		}
		/* Before Linux 4.17 that was no more than a hint. */
		if (im != MAP_FAILED)
			munmap(im, sizeof *im);
	}
	return NULL;
}

/* The last section of an image becomes these bytes. False if they lie below. */
static bool
add_section(struct dwarfview_image *im, size_t *end, uint32_t type,
    const struct dwarfview_bytes *b, bool packed)
{
	uintptr_t at = (uintptr_t)b->p, base = (uintptr_t)im;
	Elf64_Shdr *sh = &im->section[im->header.e_shnum++];

	if (at < base)
		return false;
	*sh = (Elf64_Shdr){ .sh_type = type, .sh_offset = at - base,
		.sh_size = b->n, .sh_addralign = 1,
		.sh_flags = packed ? SHF_COMPRESSED : 0 };
	if (*end < at - base + b->n)
		*end = at - base + b->n;
	return true;
}

/* Returns the image's size, or 0. number: of each section in it, or 0. */
static size_t
fill_image(struct dwarfview_image *im, const struct dwarfview_file *m,
    size_t number[DWARFVIEW_SECTIONS])
{
	struct dwarfview_bytes table = { (const uint8_t *)im->names, 0 };
	size_t end = sizeof *im;

	im->header = (Elf64_Ehdr){
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
			ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_EXEC, .e_machine = EM_X86_64,
		.e_version = EV_CURRENT, .e_ehsize = sizeof im->header,
		.e_shoff = offsetof(struct dwarfview_image, section),
		.e_shentsize = sizeof(Elf64_Shdr), .e_shnum = 1,
	};
	table.n = 1;
	for (int i = 0; i < DWARFVIEW_SECTIONS; i++) {
		const char *name = m->packed[i] == PACKED_GNU ? z_names[i] :
		    names[i];

		if (!m->section[i].p)
			continue;
		number[i] = im->header.e_shnum;
		if (!add_section(im, &end, SHT_PROGBITS, &m->section[i],
		    m->packed[i] == PACKED_ELF))
			return 0;
		im->section[number[i]].sh_name = (uint32_t)table.n;
		memcpy(im->names + table.n, name, strlen(name) + 1);
		table.n += strlen(name) + 1;
	}
	/* Its own name is the empty one. */
	im->header.e_shstrndx = im->header.e_shnum;
	return add_section(im, &end, SHT_STRTAB, &table, false) ? end : 0;
}

bool
dwarfview_open(struct dwarfview *v, const struct dwarfview_file *m)
{
	size_t number[DWARFVIEW_SECTIONS] = { 0 }, size = 0;
	Elf_Data *d;

	*v = (struct dwarfview){ .image = map_image() };
	if (v->image && dw.elf_version(EV_CURRENT) != EV_NONE)
		size = fill_image(v->image, m, number);
	if (size)
		v->elf = dw.elf_memory((char *)v->image, size);
	if (v->elf)
		v->dwarf = dw.dwarf_begin_elf(v->elf, DWARF_C_READ, NULL);
	if (!v->dwarf) {
		dwarfview_close(v);
		return false;
	}
	/* Which unpacked what is packed. */
	for (int i = 0; i < DWARFVIEW_SECTIONS; i++) {
		Elf_Scn *scn = number[i] ? dw.elf_getscn(v->elf, number[i]) :
		    NULL;

		d = scn ? dw.elf_getdata(scn, NULL) : NULL;
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
	if (v->image)
		munmap(v->image, sizeof *v->image);
	*v = (struct dwarfview){ 0 };
}
