#include "unwind/cfi.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "unwind/cfirun.h"

struct entry {
	struct dwread c;    /* at the content */
	const uint8_t *start; /* what stands at id_at */
	uint64_t id_at;     /* offset of the id in the section */
	uint64_t id;
	bool is_cie;
};

/*
 * Read the head of the entry at *off and move *off to the next one.
 *
 * 0: none, the section ends here. 1: an entry. -1: nothing to use, but go on.
 */
static int
next_entry(struct cfi *c, size_t *off, struct entry *e)
{
	size_t left = c->s.len - *off, head = left < 12 ? left : 12;
	const uint8_t *b = cfiwindow_bytes(&c->window, *off, head);
	struct dwread d = { b, b ? b + head : b, false };
	uint64_t len = dwread_uint(&d, 4), ones;
	bool is64 = len == 0xffffffff;

	if (is64)
		len = dwread_uint(&d, 8);
	head = is64 ? 12 : 4;
	if (d.bad || len > left - head)
		return 0;
	e->id_at = *off + head;
	*off = (size_t)(e->id_at + len);
	if (!len)
		return c->s.ends_at_zero ? 0 : -1;
	if (len > CFI_ENTRY_MAX)
		return -1;
	e->start = cfiwindow_bytes(&c->window, (size_t)e->id_at, (size_t)len);
	if (!e->start)
		return 0;
	e->c = (struct dwread){ e->start, e->start + len, false };
	is64 &= c->s.debug_frame; /* .eh_frame's ids are always 4 bytes */
	ones = is64 ? UINT64_MAX : UINT32_MAX;
	e->id = dwread_uint(&e->c, is64 ? 8 : 4);
	e->is_cie = e->id == (c->s.debug_frame ? ones : 0);
	return e->c.bad ? -1 : 1;
}

/* Where in the section the reading of an entry has come to. */
static uint64_t
place_of(const struct entry *e, const uint8_t *p)
{
	return e->id_at + (uint64_t)(p - e->start);
}

/* Augmentation 'z': a length, then data for each letter. */
static bool
read_augmentation(struct cfi_cie *cie, struct dwread *c, const char *letter)
{
	struct dwread a = dwread_block(c);
	uint8_t enc;

	cie->augmented = true;
	for (; *letter; letter++) {
		switch (*letter) {
		case 'R':
			cie->pc_enc = dwread_byte(&a);
			break;
		case 'L':
			dwread_byte(&a);
			break;
		case 'P':
			enc = dwread_byte(&a);
			/* Aligned: to where depends on the address. */
			if ((enc & 0x70) == DW_EH_PE_aligned)
				return false;
			dwread_encoded(&a, enc);
			break;
		case 'S':
			break;
		default:
			return false;
		}
	}
	return !a.bad;
}

/* The content of a CIE, and its initial instructions run. */
static bool
read_cie(struct cfi *c, struct cfi_cie *cie, struct dwread *e)
{
	uint8_t version = dwread_byte(e);
	const char *aug = (const char *)e->p;

	if (version != 1 && version != 3 && version != 4)
		return false;
	if (!memchr(e->p, 0, (size_t)(e->end - e->p)))
		return false;
	dwread_skip(e, strlen(aug) + 1);
	if (version == 4) {
		if (dwread_byte(e) != 8) /* size of an address */
			return false;
		if (dwread_byte(e) != 0) /* size of a segment selector */
			return false;
	}
	if (aug[0] == 'e' && aug[1] == 'h') {
		dwread_skip(e, 8);
		aug += 2;
	}
	cie->code_align = dwread_uleb(e);
	cie->data_align = dwread_sleb(e);
	if ((version == 1 ? dwread_byte(e) : dwread_uleb(e)) != CFIRULE_REG_RA)
		return false;
	cie->pc_enc = DW_EH_PE_absptr;
	if (aug[0] == 'z' ? !read_augmentation(cie, e, aug + 1) : aug[0] != 0)
		return false;
	return !e->bad && cfirun_initial(c, cie, *e);
}

static void
add_cie(struct cfi *c, uint32_t off, struct entry *e)
{
	struct cfi_cie *cie;

	if (c->ncie == CFI_CIES_MAX) {
		c->bad_entries++;
		return;
	}
	if (c->ncie == c->capcie) {
		c->capcie = c->capcie ? c->capcie * 2 : 16;
		c->cie = realloc(c->cie, c->capcie * sizeof *c->cie);
		if (!c->cie)
			die_nomem();
	}
	cie = &c->cie[c->ncie++];
	*cie = (struct cfi_cie){ .off = off };
	cie->ok = read_cie(c, cie, &e->c);
	c->bad_entries += !cie->ok;
}

/* CIEs are listed in order of their offsets. */
static const struct cfi_cie *
find_cie(const struct cfi *c, uint64_t off)
{
	size_t lo = 0, hi = c->ncie;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (c->cie[mid].off == off)
			return &c->cie[mid];
		if (c->cie[mid].off < off)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

/* The first pc of a FDE, and how long it is; false if it is in no form that is
 * understood. */
static bool
read_range(const struct cfi *c, const struct cfi_cie *cie, struct entry *e,
    uint64_t *start, uint64_t *len)
{
	uint64_t at = c->s.vaddr + place_of(e, e->c.p);

	*start = dwread_encoded(&e->c, cie->pc_enc);
	*len = dwread_encoded(&e->c, cie->pc_enc & 0x0f);
	if ((cie->pc_enc & 0xf0) == DW_EH_PE_pcrel)
		*start += at;
	else if (cie->pc_enc & 0xf0)
		return false;
	return !e->c.bad;
}

/* 1: f is filled in. 0: nothing to use. -1: malformed. */
static int
read_fde(const struct cfi *c, struct entry *e, struct cfi_fde *f)
{
	uint64_t cie_off = c->s.debug_frame ? e->id : e->id_at - e->id;
	const struct cfi_cie *cie = find_cie(c, cie_off);
	uint64_t start, len, end;

	if (!cie || !cie->ok || !read_range(c, cie, e, &start, &len))
		return -1;
	if (cie->augmented)
		(void)dwread_block(&e->c);
	if (e->c.bad)
		return -1;
	if (len == 0 || (start == 0 && c->base > 0))
		return 0;
	if (start < c->base || __builtin_add_overflow(start, len, &end) ||
	    end - c->base > UINT32_MAX)
		return -1;
	*f = (struct cfi_fde){
		.start = (uint32_t)(start - c->base),
		.len = (uint32_t)len,
		.off = (uint32_t)place_of(e, e->c.p),
		.end = (uint32_t)place_of(e, e->c.end),
		.cie = (uint32_t)(cie - c->cie),
	};
	return 1;
}

static int
by_start(const void *pa, const void *pb)
{
	const struct cfi_fde *a = pa, *b = pb;

	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	return a->off < b->off ? -1 : a->off > b->off;
}

/* In order, and of equal starts the first only. */
static void
sort_fdes(struct cfi *c)
{
	size_t n = 0;
	bool sorted = true;

	for (size_t i = 1; i < c->n && sorted; i++)
		sorted = c->fde[i - 1].start <= c->fde[i].start;
	if (!sorted)
		qsort(c->fde, c->n, sizeof *c->fde, by_start);
	for (size_t i = 0; i < c->n; i++)
		if (!n || c->fde[n - 1].start != c->fde[i].start)
			c->fde[n++] = c->fde[i];
	c->n = n;
}

/* Read the next FDE that can be used and move *off behind it; false if there is
 * none. What cannot be used counts in *bad. */
static bool
next_fde(struct cfi *c, size_t *off, struct cfi_fde *f, uint64_t *bad)
{
	struct entry e = { 0 };
	int got;

	while (*off < c->s.len && (got = next_entry(c, off, &e))) {
		if (got < 0 || e.is_cie)
			continue;
		got = read_fde(c, &e, f);
		if (got > 0)
			return true;
		*bad += got < 0;
	}
	return false;
}

/* First all CIEs: in .debug_frame a FDE may stand before its own. Returns the
 * number of other entries. */
static size_t
read_cies(struct cfi *c)
{
	struct entry e = { 0 };
	size_t off = 0, others = 0;
	int got;

	while (off < c->s.len) {
		uint32_t at = (uint32_t)off;

		if (!(got = next_entry(c, &off, &e))) {
			c->bad_entries += !c->s.ends_at_zero;
			break;
		}
		if (got > 0 && e.is_cie)
			add_cie(c, at, &e);
		others += got > 0 && !e.is_cie;
	}
	return others;
}

/* -- pieces --------------------------------------------------------------- */

enum { STRETCH_BITS = 16, STRETCHES = 1 << (32 - STRETCH_BITS) };

/* Cut the code into pieces of as many FDEs as are wanted, by counting those of
 * every stretch of 64 KB. A stretch of more is a piece. */
static void
cut(struct cfi *c)
{
	uint32_t *count = calloc(STRETCHES, sizeof *count), sum = 0;
	struct cfi_fde f;
	size_t cap = 1;

	for (size_t off = 0; count && next_fde(c, &off, &f, &c->bad_entries);) {
		count[f.start >> STRETCH_BITS]++;
		c->covered += f.len;
		cap++;
	}
	if (c->each)
		cap = cap / c->each * 2 + 2;
	if (cap > STRETCHES)
		cap = STRETCHES;
	c->first = calloc(cap, sizeof *c->first);
	if (!count || !c->first)
		die_nomem();
	for (uint32_t i = 0; i < STRETCHES; i++) {
		if (sum && count[i] > c->each - (sum < c->each ? sum : c->each)) {
			c->first[++c->pieces] = i << STRETCH_BITS;
			sum = 0;
		}
		sum += count[i];
	}
	c->pieces++;
	free(count);
}

/* Take one into the list of the piece at hand. A piece that has more than it
 * should is one stretch, of no more starts than it has bytes. */
static void
list_fde(struct cfi *c, const struct cfi_fde *f, size_t *cap)
{
	if (c->n == c->each && c->n > 2 << STRETCH_BITS)
		sort_fdes(c);
	if (c->n == *cap) {
		*cap = *cap ? *cap + *cap / 2 : 64;
		c->fde = reallocarray(c->fde, *cap, sizeof *c->fde);
		if (!c->fde)
			die_nomem();
	}
	c->fde[c->n++] = *f;
}

void
cfi_list(struct cfi *c, size_t piece)
{
	uint64_t from, to, unused = 0;
	size_t cap = 0;
	struct cfi_fde f;

	if (piece == c->at || piece >= c->pieces || !c->first)
		return;
	free(c->fde);
	c->fde = NULL;
	c->n = 0;
	c->at = piece;
	c->limit = UINT32_MAX;
	from = c->first[piece];
	to = piece + 1 < c->pieces ? c->first[piece + 1] : UINT64_MAX;
	for (size_t off = 0; next_fde(c, &off, &f, &unused);) {
		if (f.start >= to && f.start < c->limit)
			c->limit = f.start;
		else if (f.start >= from && f.start < to)
			list_fde(c, &f, &cap);
	}
	sort_fdes(c);
}

/* All of them at once. */
static void
list_all(struct cfi *c, size_t entries)
{
	struct cfi_fde f;

	c->fde = calloc(entries, sizeof *c->fde);
	if (!c->fde)
		die_nomem();
	for (size_t off = 0; c->n < entries &&
	     next_fde(c, &off, &f, &c->bad_entries);) {
		c->fde[c->n++] = f;
		c->covered += f.len;
	}
	sort_fdes(c);
}

void
cfi_init(struct cfi *c, const struct cfi_section *s, uint64_t base)
{
	size_t entries;

	*c = (struct cfi){ .s = *s, .base = base, .limit = UINT32_MAX,
		.each = s->piece ? s->piece : CFI_PIECE };
	if (s->len > CFI_SECTION_MAX)
		c->s.len = 0;
	c->window = (struct cfiwindow){ .data = s->data, .f = s->f,
		.offset = s->offset, .len = c->s.len };
	entries = read_cies(c);
	if (!entries)
		return;
	if (entries <= c->each) {
		c->pieces = 1;
		list_all(c, entries);
		return;
	}
	if (!s->piece && entries / CFI_PIECES > c->each)
		c->each = entries / CFI_PIECES;
	cut(c);
	c->at = SIZE_MAX;
	cfi_list(c, 0);
}

/* -- using them ----------------------------------------------------------- */

/* The number in the list at hand of the first that starts at pc or above. */
static size_t
first_from(const struct cfi *c, uint64_t pc)
{
	size_t lo = 0, hi = c->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (c->fde[mid].start < pc)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* The piece that what starts at pc is in. */
static size_t
piece_of(const struct cfi *c, uint64_t pc)
{
	size_t i = 0;

	while (i + 1 < c->pieces && c->first[i + 1] <= pc)
		i++;
	return i;
}

bool
cfi_find(struct cfi *c, uint64_t pc, struct cfi_fde *fde)
{
	/* It may start in an earlier piece. */
	for (size_t piece = piece_of(c, pc) + 1; piece-- > 0;) {
		size_t i;

		cfi_list(c, piece);
		i = first_from(c, pc + 1);
		if (i == 0)
			continue;
		*fde = c->fde[i - 1];
		return pc - fde->start < fde->len;
	}
	return false;
}

/* The rows of one function up to limit, where the next one begins. */
static void
fde_rows(struct cfi *c, const struct cfi_fde *f, uint64_t limit,
    struct rows *t)
{
	const uint8_t *b = cfiwindow_bytes(&c->window, f->off, f->end - f->off);
	uint64_t end = (uint64_t)f->start + f->len;

	if (b)
		cfirun_function(c, &c->cie[f->cie], f->start,
		    end > limit ? limit : end,
		    (struct dwread){ b, b + (f->end - f->off), false }, t);
}

void
cfi_rows(struct cfi *c, uint32_t from, uint32_t to, struct rows *t)
{
	for (size_t piece = piece_of(c, from); piece < c->pieces; piece++) {
		if (c->first && c->first[piece] > to)
			break;
		cfi_list(c, piece);
		for (size_t i = first_from(c, from);
		     i < c->n && c->fde[i].start <= to; i++)
			fde_rows(c, &c->fde[i], i + 1 < c->n ?
				c->fde[i + 1].start : c->limit, t);
	}
}

void
cfi_free(struct cfi *c)
{
	cfiwindow_free(&c->window);
	free(c->first);
	free(c->fde);
	free(c->cie);
	*c = (struct cfi){ 0 };
}
