#include "elf/dwarfscan.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "elf/dwread.h"

/* The bytes of a form that must be read to know; else it is their number. */
enum {
	FORM_SIZES = 32,
	FORM_ULEB = FORM_SIZES,
	FORM_SLEB,
	FORM_STRING,           /* up to a NUL */
	FORM_BLOCK1, FORM_BLOCK2, FORM_BLOCK4, FORM_BLOCK,
	FORM_INDIRECT,         /* the form stands there */
	FORM_BAD
};

#define VARIES UINT32_MAX

struct dwarfscan_abbrev {
	uint64_t code;
	uint32_t form;  /* the first of them, in s->form */
	uint32_t forms;
	uint32_t bytes; /* of an entry's attributes, or VARIES */
	uint16_t tag;
	bool children, code_here;
};

/* -- abbreviations ------------------------------------------------------- */

static unsigned
size_of_form(const struct dwarfscan *s, uint64_t form)
{
	switch (form) {
	case DW_FORM_flag_present: case DW_FORM_implicit_const:
		return 0;
	case DW_FORM_data1: case DW_FORM_ref1: case DW_FORM_flag:
	case DW_FORM_strx1: case DW_FORM_addrx1:
		return 1;
	case DW_FORM_data2: case DW_FORM_ref2: case DW_FORM_strx2:
	case DW_FORM_addrx2:
		return 2;
	case DW_FORM_strx3: case DW_FORM_addrx3:
		return 3;
	case DW_FORM_data4: case DW_FORM_ref4: case DW_FORM_strx4:
	case DW_FORM_addrx4: case DW_FORM_ref_sup4:
		return 4;
	case DW_FORM_data8: case DW_FORM_ref8: case DW_FORM_ref_sig8:
	case DW_FORM_ref_sup8:
		return 8;
	case DW_FORM_data16:
		return 16;
	case DW_FORM_addr:
		return s->address_size;
	case DW_FORM_ref_addr:
		return s->version < 3 ? s->address_size : s->offset_size;
	case DW_FORM_strp: case DW_FORM_sec_offset: case DW_FORM_line_strp:
	case DW_FORM_strp_sup: case DW_FORM_GNU_ref_alt:
	case DW_FORM_GNU_strp_alt:
		return s->offset_size;
	case DW_FORM_udata: case DW_FORM_ref_udata:
	case DW_FORM_strx: case DW_FORM_addrx: case DW_FORM_loclistx:
	case DW_FORM_rnglistx: case DW_FORM_GNU_addr_index:
	case DW_FORM_GNU_str_index:
		return FORM_ULEB;
	case DW_FORM_sdata:
		return FORM_SLEB;
	case DW_FORM_string:
		return FORM_STRING;
	case DW_FORM_block1:
		return FORM_BLOCK1;
	case DW_FORM_block2:
		return FORM_BLOCK2;
	case DW_FORM_block4:
		return FORM_BLOCK4;
	case DW_FORM_block: case DW_FORM_exprloc:
		return FORM_BLOCK;
	case DW_FORM_indirect:
		return FORM_INDIRECT;
	default:
		return FORM_BAD;
	}
}

static bool
add_form(struct dwarfscan *s, struct dwarfscan_abbrev *a, unsigned size)
{
	if (size == FORM_BAD || s->forms == DWARFSCAN_FORMS_MAX)
		return false;
	if (s->forms == s->form_cap) {
		s->form_cap = s->form_cap ? s->form_cap * 2 : 256;
		s->form = reallocarray(s->form, s->form_cap, sizeof *s->form);
		if (!s->form)
			die_nomem();
	}
	s->form[s->forms++] = (uint16_t)size;
	a->forms++;
	if (size >= FORM_SIZES)
		a->bytes = VARIES;
	else if (a->bytes != VARIES)
		a->bytes += size;
	return true;
}

static struct dwarfscan_abbrev *
add_abbrev(struct dwarfscan *s)
{
	if (s->n == s->cap) {
		s->cap = s->cap ? s->cap * 2 : 64;
		s->abbrev = reallocarray(s->abbrev, s->cap,
		    sizeof *s->abbrev);
		if (!s->abbrev)
			die_nomem();
	}
	s->abbrev[s->n] = (struct dwarfscan_abbrev){ .form = s->forms };
	return &s->abbrev[s->n++];
}

/* One abbreviation behind its code. */
static bool
read_abbrev(struct dwarfscan *s, struct dwarfscan_abbrev *a, struct dwread *r)
{
	uint64_t tag = dwread_uleb(r), attr, form;

	a->tag = tag > UINT16_MAX ? 0 : (uint16_t)tag;
	a->children = dwread_uint(r, 1) != 0;
	while (!r->bad) {
		attr = dwread_uleb(r);
		form = dwread_uleb(r);
		if (attr == 0 && form == 0)
			return !r->bad;
		if (form == DW_FORM_implicit_const)
			(void)dwread_sleb(r);
		if (attr == DW_AT_low_pc || attr == DW_AT_ranges)
			a->code_here = true;
		if (!add_form(s, a, size_of_form(s, form)))
			return false;
	}
	return false;
}

static int
by_code(const void *a, const void *b)
{
	const struct dwarfscan_abbrev *x = a, *y = b;

	return (x->code > y->code) - (x->code < y->code);
}

static bool
read_abbrevs(struct dwarfscan *s, struct dwread *r)
{
	bool sorted = true;
	uint64_t code;

	while ((code = dwread_uleb(r)) != 0) {
		struct dwarfscan_abbrev *a;

		if (s->n == DWARFSCAN_ABBREVS_MAX)
			return false;
		a = add_abbrev(s);
		a->code = code;
		sorted = sorted && (s->n < 2 || a[-1].code < code);
		if (!read_abbrev(s, a, r))
			return false;
	}
	if (!sorted)
		qsort(s->abbrev, s->n, sizeof *s->abbrev, by_code);
	return !r->bad;
}

/* Codes are 1, 2, 3 … from every compiler; nothing says that they must be. */
static const struct dwarfscan_abbrev *
find_abbrev(const struct dwarfscan *s, uint64_t code)
{
	const struct dwarfscan_abbrev key = { .code = code };

	if (code <= s->n && s->abbrev[code - 1].code == code)
		return &s->abbrev[code - 1];
	return s->n ? bsearch(&key, s->abbrev, s->n, sizeof key, by_code) :
	    NULL;
}

/* -- units --------------------------------------------------------------- */

/* Read up to the first entry; *abbrevs: where its abbreviations are. */
static bool
read_header(struct dwarfscan *s, struct dwread *r, uint64_t *abbrevs)
{
	uint64_t len = dwread_uint(r, 4), type = DW_UT_compile;

	s->offset_size = 4;
	if (len == 0xffffffff) {
		len = dwread_uint(r, 8);
		s->offset_size = 8;
	}
	if (len > (uint64_t)(r->end - r->p))
		return false;
	r->end = r->p + len;
	s->version = (uint16_t)dwread_uint(r, 2);
	if (s->version < 2 || s->version > 5)
		return false;
	if (s->version == 5) {
		type = dwread_uint(r, 1);
		s->address_size = (uint8_t)dwread_uint(r, 1);
		*abbrevs = dwread_uint(r, s->offset_size);
	} else {
		*abbrevs = dwread_uint(r, s->offset_size);
		s->address_size = (uint8_t)dwread_uint(r, 1);
	}
	if (type == DW_UT_skeleton || type == DW_UT_split_compile)
		dwread_skip(r, 8);
	else if (type != DW_UT_compile && type != DW_UT_partial)
		return false;
	return !r->bad && (s->address_size == 8 || s->address_size == 4);
}

bool
dwarfscan_init(struct dwarfscan *s, const uint8_t *info, size_t info_len,
    uint64_t start, const uint8_t *abbrevs, size_t abbrevs_len)
{
	struct dwread r = { .p = info, .end = info + info_len };
	uint64_t at;

	*s = (struct dwarfscan){ .info = info, .start = start };
	if (start >= info_len)
		return false;
	r.p += start;
	if (!read_header(s, &r, &at) || at >= abbrevs_len)
		return false;
	s->first = (uint64_t)(r.p - info);
	s->end = (uint64_t)(r.end - info);
	r = (struct dwread){ .p = abbrevs + at, .end = abbrevs + abbrevs_len };
	return read_abbrevs(s, &r);
}

static void
skip_form(const struct dwarfscan *s, struct dwread *r, unsigned size)
{
	if (size == FORM_INDIRECT)
		size = size_of_form(s, dwread_uleb(r));
	if (size < FORM_SIZES) {
		dwread_skip(r, size);
		return;
	}
	switch (size) {
	case FORM_ULEB:
		(void)dwread_uleb(r);
		return;
	case FORM_SLEB:
		(void)dwread_sleb(r);
		return;
	case FORM_STRING:
		while (r->p < r->end && *r->p)
			r->p++;
		dwread_skip(r, 1);
		return;
	case FORM_BLOCK1:
		dwread_skip(r, dwread_uint(r, 1));
		return;
	case FORM_BLOCK2:
		dwread_skip(r, dwread_uint(r, 2));
		return;
	case FORM_BLOCK4:
		dwread_skip(r, dwread_uint(r, 4));
		return;
	case FORM_BLOCK:
		dwread_skip(r, dwread_uleb(r));
		return;
	default: /* indirect twice, or no form */
		r->bad = true;
		return;
	}
}

static void
skip_attributes(const struct dwarfscan *s, struct dwread *r,
    const struct dwarfscan_abbrev *a)
{
	if (a->bytes != VARIES) {
		dwread_skip(r, a->bytes);
		return;
	}
	for (uint32_t i = 0; i < a->forms && !r->bad; i++)
		skip_form(s, r, s->form[a->form + i]);
}

bool
dwarfscan_next(const struct dwarfscan *s, struct dwarfscan_at *at,
    struct dwarfscan_die *die, bool *broken)
{
	struct dwread r = { .p = s->info + at->off, .end = s->info + s->end };
	const struct dwarfscan_abbrev *a;
	uint64_t code = 0;

	*broken = false;
	/* Ends of children, and padding. */
	while (r.p < r.end && at->depth != UINT32_MAX) {
		die->off = (uint64_t)(r.p - s->info);
		code = dwread_uleb(&r);
		if (code)
			break;
		at->depth--;
		if (at->depth == 0)
			at->depth = UINT32_MAX;
	}
	if (at->depth == UINT32_MAX || code == 0) {
		*broken = r.bad;
		return false;
	}
	a = find_abbrev(s, code);
	if (a)
		skip_attributes(s, &r, a);
	if (!a || r.bad) {
		*broken = true;
		return false;
	}
	die->tag = a->tag;
	die->depth = at->depth;
	die->children = a->children;
	die->code = a->code_here;
	at->off = (uint64_t)(r.p - s->info);
	if (a->children)
		at->depth++;
	else if (at->depth == 0)
		at->depth = UINT32_MAX; /* a tree of one */
	return true;
}

size_t
dwarfscan_memory(const struct dwarfscan *s)
{
	return s->cap * sizeof *s->abbrev + s->form_cap * sizeof *s->form;
}

void
dwarfscan_free(struct dwarfscan *s)
{
	free(s->abbrev);
	free(s->form);
	*s = (struct dwarfscan){ 0 };
}
