#include "elf/dwarfpackage.h"

#include <string.h>

enum {
	HEADER = 16, /* version, columns, rows, slots: 4 bytes each */
	COLUMNS_MAX = 16,
};

struct table {
	const uint8_t *ids, *rows;      /* by slot */
	const uint8_t *columns, *offsets, *sizes;
	uint32_t version, ncolumn, nrow, nslot;
};

static uint32_t
u32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof v);
	return v;
}

static uint64_t
u64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof v);
	return v;
}

static bool
read_table(struct table *t, const struct dwarfview_bytes *index)
{
	const uint8_t *p = index->p;
	uint64_t need = HEADER;

	if (index->n < HEADER)
		return false;
	/* A half word and padding in DWARF 5, a word in GNU's. */
	t->version = u32(p) & 0xffff;
	t->ncolumn = u32(p + 4);
	t->nrow = u32(p + 8);
	t->nslot = u32(p + 12);
	if ((t->version != 2 && t->version != 5) || t->nslot == 0 ||
	    (t->nslot & (t->nslot - 1)) || t->ncolumn > COLUMNS_MAX)
		return false;
	t->ids = p + HEADER;
	need += (uint64_t)t->nslot * 12 + (uint64_t)t->ncolumn * 4 +
	    (uint64_t)t->nrow * t->ncolumn * 8;
	if (need > index->n)
		return false;
	t->rows = t->ids + (uint64_t)t->nslot * 8;
	t->columns = t->rows + (uint64_t)t->nslot * 4;
	t->offsets = t->columns + (uint64_t)t->ncolumn * 4;
	t->sizes = t->offsets + (uint64_t)t->nrow * t->ncolumn * 4;
	return true;
}

/* The row of an id, counted from 1; 0: none. */
static uint32_t
find_row(const struct table *t, uint64_t id)
{
	uint32_t mask = t->nslot - 1, at = (uint32_t)id & mask;
	uint32_t step = ((uint32_t)(id >> 32) & mask) | 1;

	for (uint32_t i = 0; i < t->nslot; i++, at = (at + step) & mask) {
		uint32_t row = u32(t->rows + (uint64_t)at * 4);

		if (row == 0)
			return 0;
		if (u64(t->ids + (uint64_t)at * 8) == id)
			return row <= t->nrow ? row : 0;
	}
	return 0;
}

/* What a column is called, in either version; -1: of no interest. */
static int
section_of(const struct table *t, uint32_t column)
{
	switch (column) {
	case 1:
		return DWARFVIEW_INFO;
	case 3:
		return DWARFVIEW_ABBREV;
	case 4:
		return DWARFVIEW_LINE;
	case 6:
		return DWARFVIEW_STR_OFFSETS;
	case 8:
		return t->version == 5 ? DWARFVIEW_RNGLISTS : -1;
	default:
		return -1;
	}
}

bool
dwarfpackage_map(struct dwarfpackage *p, const struct elffile *f)
{
	*p = (struct dwarfpackage){ 0 };
	if (!dwarfview_map_named(&p->map, &p->index, f, ".debug_cu_index"))
		return false;
	if (dwarfview_map(&p->file, f, DWARFVIEW_DWO, true))
		return true;
	dwarfpackage_unmap(p);
	return false;
}

bool
dwarfpackage_find(const struct dwarfpackage *p, uint64_t id,
    struct dwarfview_bytes section[DWARFVIEW_SECTIONS])
{
	const struct dwarfview_bytes *whole = p->file.section;
	struct table t;
	uint32_t row;

	if (!read_table(&t, &p->index) || (row = find_row(&t, id)) == 0)
		return false;
	memset(section, 0, DWARFVIEW_SECTIONS * sizeof *section);
	section[DWARFVIEW_STR] = whole[DWARFVIEW_STR];
	for (uint32_t c = 0; c < t.ncolumn; c++) {
		uint64_t cell = ((uint64_t)(row - 1) * t.ncolumn + c) * 4;
		uint32_t off = u32(t.offsets + cell), n = u32(t.sizes + cell);
		int i = section_of(&t, u32(t.columns + (uint64_t)c * 4));

		if (i < 0 || p->file.packed[i] || off > whole[i].n ||
		    n > whole[i].n - off || n == 0)
			continue;
		section[i] = (struct dwarfview_bytes){ whole[i].p + off, n };
	}
	return section[DWARFVIEW_INFO].p && section[DWARFVIEW_ABBREV].p;
}

void
dwarfpackage_unmap(struct dwarfpackage *p)
{
	dwarfview_unmap(&p->file);
	dwarfview_unmap_named(&p->map);
	*p = (struct dwarfpackage){ 0 };
}
