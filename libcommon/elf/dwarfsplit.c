#include "elf/dwarfsplit.h"

#include <dwarf.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "elf/dwlib.h"
#include "elf/dwread.h"

/* -- skeletons ----------------------------------------------------------- */

static const char *
string_of(Dwarf_Die *die, unsigned a, unsigned b)
{
	Dwarf_Attribute attr;

	if (!dw.dwarf_attr(die, a, &attr) && !dw.dwarf_attr(die, b, &attr))
		return NULL;
	return dw.dwarf_formstring(&attr);
}

static uint64_t
number_of(Dwarf_Die *die, unsigned a, unsigned b)
{
	Dwarf_Attribute attr;
	Dwarf_Word v;

	if ((!dw.dwarf_attr(die, a, &attr) && !dw.dwarf_attr(die, b, &attr)) ||
	    dw.dwarf_formudata(&attr, &v) != 0)
		return 0;
	return v;
}

/* The id that a unit shares with its other half: of DWARF 5 in its header. */
static uint64_t
id_of(Dwarf_Die *cu)
{
	uint64_t id = 0;
	Dwarf_Half version;

	if (dw.dwarf_cu_info(cu->cu, &version, NULL, NULL, NULL, &id, NULL,
	    NULL) == 0 && version >= 5)
		return id;
	return number_of(cu, DW_AT_GNU_dwo_id, DW_AT_GNU_dwo_id);
}

bool
dwarfsplit_is_skeleton(Dwarf_Die *cu, struct dwarfsplit_skeleton *k)
{
	Dwarf_Addr low;

	*k = (struct dwarfsplit_skeleton){
		.name = string_of(cu, DW_AT_dwo_name, DW_AT_GNU_dwo_name),
	};
	if (!k->name)
		return false;
	k->dir = string_of(cu, DW_AT_comp_dir, DW_AT_comp_dir);
	k->id = id_of(cu);
	k->low_pc = dw.dwarf_lowpc(cu, &low) == 0 ? low : 0;
	k->addr_base = number_of(cu, DW_AT_addr_base, DW_AT_GNU_addr_base);
	k->ranges_base = number_of(cu, DW_AT_GNU_ranges_base,
	    DW_AT_GNU_ranges_base);
	return true;
}

/* -- finding it ---------------------------------------------------------- */

static struct dwarfview_bytes
from(struct dwarfview_bytes b, uint64_t off)
{
	if (off >= b.n)
		return (struct dwarfview_bytes){ 0 };
	return (struct dwarfview_bytes){ b.p + off, b.n - (size_t)off };
}

/* Let libdw see s->file's sections, and look for the right unit in them. */
static bool
open_view(struct dwarfsplit *s, const struct dwarfsplit_skeleton *k)
{
	Dwarf_CU *cu = NULL;

	s->file.section[DWARFVIEW_ADDR] = s->addr;
	if (s->ranges.p)
		s->file.section[DWARFVIEW_RANGES] = s->ranges;
	if (!dwarfview_open(&s->view, &s->file))
		return false;
	while (dw.dwarf_get_units(s->view.dwarf, cu, &cu, NULL, NULL, &s->cu,
	    NULL) == 0)
		if (dw.dwarf_tag(&s->cu) == DW_TAG_compile_unit &&
		    id_of(&s->cu) == k->id)
			return true;
	dwarfview_close(&s->view);
	return false;
}

static bool
try_path(struct dwarfsplit *s, const struct dwarfsplit_skeleton *k,
    const char *path, const struct dwarfsplit_files *files)
{
	int fd = files->open ? files->open(files->arg, path) : -1;
	struct elffile f;
	bool ok;

	if (fd < 0)
		return false;
	ok = elffile_init(&f, fd) == ELFFILE_OK &&
	    dwarfview_map(&s->file, &f, DWARFVIEW_DWO, true);
	close(fd);
	if (!ok)
		return false;
	if (open_view(s, k))
		return true;
	dwarfview_unmap(&s->file);
	return false;
}

/* Where it was compiled, then beside the program. */
static bool
find_file(struct dwarfsplit *s, const struct dwarfsplit_skeleton *k,
    const char *path, const struct dwarfsplit_files *files)
{
	const char *slash = strrchr(path, '/'), *last = strrchr(k->name, '/');
	struct buf b = { 0 };
	bool found;

	if (k->name[0] != '/' && k->dir)
		buf_addf(&b, "%s/", k->dir);
	buf_adds(&b, k->name);
	found = b.s[0] == '/' && try_path(s, k, b.s, files);
	if (!found && slash) {
		buf_reset(&b);
		buf_add(&b, path, (size_t)(slash + 1 - path));
		buf_adds(&b, last ? last + 1 : k->name);
		found = try_path(s, k, b.s, files);
	}
	buf_free(&b);
	return found;
}

bool
dwarfsplit_open(struct dwarfsplit *s, const struct dwarfview *v,
    const struct dwarfsplit_skeleton *k, const struct dwarfpackage *package,
    const char *path, const struct dwarfsplit_files *files)
{
	*s = (struct dwarfsplit){
		.low_pc = k->low_pc,
		.addr = from(v->section[DWARFVIEW_ADDR], k->addr_base),
		/* DWARF 4 has them in the program. */
		.ranges = from(v->section[DWARFVIEW_RANGES], k->ranges_base),
	};
	if (package && dwarfpackage_find(package, k->id, s->file.section) &&
	    open_view(s, k))
		return true;
	memset(&s->file, 0, sizeof s->file);
	return find_file(s, k, path, files);
}

void
dwarfsplit_close(struct dwarfsplit *s)
{
	dwarfview_close(&s->view);
	dwarfview_unmap(&s->file);
}

/* -- ranges -------------------------------------------------------------- */

/* A list of ranges that is read; base: what its offsets count from. */
struct list {
	struct dwread r;
	const struct dwarfview_bytes *addr;
	uint64_t base;
};

static uint64_t
take_addrx(struct list *l)
{
	uint64_t i = dwread_uleb(&l->r), v = 0;

	if (i >= l->addr->n / 8)
		l->r.bad = true;
	else
		memcpy(&v, l->addr->p + i * 8, sizeof v);
	return v;
}

enum entry { ENTRY_END, ENTRY_BASE, ENTRY_RANGE };

static enum entry
next_v4(struct list *l, uint64_t *start, uint64_t *end)
{
	*start = dwread_uint(&l->r, 8);
	*end = dwread_uint(&l->r, 8);
	if (l->r.bad || (*start == 0 && *end == 0))
		return ENTRY_END;
	if (*start == UINT64_MAX) {
		l->base = *end;
		return ENTRY_BASE;
	}
	*start += l->base;
	*end += l->base;
	return ENTRY_RANGE;
}

static enum entry
next_v5(struct list *l, uint64_t *start, uint64_t *end)
{
	uint8_t kind = dwread_byte(&l->r);

	switch (kind) {
	case DW_RLE_base_addressx:
		l->base = take_addrx(l);
		return ENTRY_BASE;
	case DW_RLE_base_address:
		l->base = dwread_uint(&l->r, 8);
		return ENTRY_BASE;
	case DW_RLE_startx_endx:
		*start = take_addrx(l);
		*end = take_addrx(l);
		return ENTRY_RANGE;
	case DW_RLE_startx_length:
		*start = take_addrx(l);
		*end = *start + dwread_uleb(&l->r);
		return ENTRY_RANGE;
	case DW_RLE_offset_pair:
		*start = l->base + dwread_uleb(&l->r);
		*end = l->base + dwread_uleb(&l->r);
		return ENTRY_RANGE;
	case DW_RLE_start_end:
		*start = dwread_uint(&l->r, 8);
		*end = dwread_uint(&l->r, 8);
		return ENTRY_RANGE;
	case DW_RLE_start_length:
		*start = dwread_uint(&l->r, 8);
		*end = *start + dwread_uleb(&l->r);
		return ENTRY_RANGE;
	default:
		return ENTRY_END;
	}
}

/*
 * Where the list of a DW_AT_ranges is; UINT64_MAX: nowhere. In DWARF 5 it is
 * mostly a number: of the offsets that stand behind the section's header, as no
 * DW_AT_rnglists_base says otherwise. libdw before 0.191 does not know that.
 */
static uint64_t
find_list(const struct dwarfsplit *s, Dwarf_Attribute *attr,
    const struct dwarfview_bytes *lists)
{
	const struct dwarfview_bytes *info = &s->view.section[DWARFVIEW_INFO];
	struct dwread r = { attr->valp, info->p + info->n, false };
	uint64_t off, i, base;
	Dwarf_Word v;
	size_t size = 4;

	if (dw.dwarf_whatform(attr) != DW_FORM_rnglistx)
		return dw.dwarf_formudata(attr, &v) == 0 ? v : UINT64_MAX;
	i = dwread_uleb(&r);
	if (r.bad || lists->n < 20)
		return UINT64_MAX;
	if (memcmp(lists->p, "\xff\xff\xff\xff", 4) == 0)
		size = 8;
	base = size == 4 ? 12 : 20;
	if (i > lists->n || base + i * size + size > lists->n)
		return UINT64_MAX;
	off = 0;
	memcpy(&off, lists->p + base + i * size, size);
	return off > UINT64_MAX - base ? UINT64_MAX : base + off;
}

void
dwarfsplit_ranges(const struct dwarfsplit *s, Dwarf_Die *die, unsigned max,
    bool (*fn)(void *arg, uint64_t start, uint64_t end), void *arg)
{
	const struct dwarfview_bytes *lists =
	    &s->view.section[DWARFVIEW_RNGLISTS];
	struct list l = { .addr = &s->addr, .base = s->low_pc };
	enum entry (*next)(struct list *, uint64_t *, uint64_t *) = next_v5;
	uint64_t start, end;
	Dwarf_Addr low, high;
	Dwarf_Attribute attr;
	Dwarf_Half version;
	uint64_t off;
	enum entry e;

	if (dw.dwarf_lowpc(die, &low) == 0 && dw.dwarf_highpc(die, &high) == 0) {
		fn(arg, low, high);
		return;
	}
	if (!dw.dwarf_attr(die, DW_AT_ranges, &attr) ||
	    dw.dwarf_cu_info(die->cu, &version, NULL, NULL, NULL, NULL, NULL,
	    NULL) != 0)
		return;
	if (version < 5) {
		lists = &s->ranges;
		next = next_v4;
	}
	off = find_list(s, &attr, lists);
	if (off >= lists->n)
		return;
	l.r = (struct dwread){ lists->p + off, lists->p + lists->n, false };
	while (max && !l.r.bad && (e = next(&l, &start, &end)) != ENTRY_END) {
		if (e != ENTRY_RANGE || l.r.bad)
			continue;
		max--;
		if (!fn(arg, start, end))
			return;
	}
}
