#include "unwind/cfi.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "unwind/cfirun.h"

struct entry {
	struct dwread c;    /* at the content */
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
next_entry(const struct cfi_section *s, size_t *off, struct entry *e)
{
	struct dwread c = { s->data + *off, s->data + s->len, false };
	uint64_t len = dwread_uint(&c, 4), ones;
	bool is64 = len == 0xffffffff;

	if (is64)
		len = dwread_uint(&c, 8);
	if (c.bad || len > (uint64_t)(c.end - c.p))
		return 0;
	c.end = c.p + len;
	*off = (size_t)(c.end - s->data);
	if (!len)
		return s->ends_at_zero ? 0 : -1;
	is64 &= s->debug_frame; /* .eh_frame's ids are always 4 bytes */
	ones = is64 ? UINT64_MAX : UINT32_MAX;
	e->id_at = (uint64_t)(c.p - s->data);
	e->id = dwread_uint(&c, is64 ? 8 : 4);
	e->is_cie = e->id == (s->debug_frame ? ones : 0);
	e->c = c;
	return c.bad ? -1 : 1;
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
read_range(const struct cfi *c, const struct cfi_cie *cie, struct dwread *e,
    uint64_t *start, uint64_t *len)
{
	uint64_t at = c->s.vaddr + (uint64_t)(e->p - c->s.data);

	*start = dwread_encoded(e, cie->pc_enc);
	*len = dwread_encoded(e, cie->pc_enc & 0x0f);
	if ((cie->pc_enc & 0xf0) == DW_EH_PE_pcrel)
		*start += at;
	else if (cie->pc_enc & 0xf0)
		return false;
	return !e->bad;
}

/* 1: f is filled in. 0: nothing to use. -1: malformed. */
static int
read_fde(const struct cfi *c, struct entry *e, struct cfi_fde *f)
{
	uint64_t cie_off = c->s.debug_frame ? e->id : e->id_at - e->id;
	const struct cfi_cie *cie = find_cie(c, cie_off);
	uint64_t start, len, end;

	if (!cie || !cie->ok || !read_range(c, cie, &e->c, &start, &len))
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
		.off = (uint32_t)(e->c.p - c->s.data),
		.end = (uint32_t)(e->c.end - c->s.data),
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

void
cfi_init(struct cfi *c, const struct cfi_section *s, uint64_t base)
{
	struct entry e = { 0 };
	size_t off = 0, entries = 0;
	int got;

	*c = (struct cfi){ .s = *s, .base = base };
	if (s->len > CFI_SECTION_MAX)
		c->s.len = 0;
	/* First all CIEs: in .debug_frame a FDE may stand before its own. */
	while (off < c->s.len) {
		uint32_t at = (uint32_t)off;

		if (!(got = next_entry(&c->s, &off, &e))) {
			c->bad_entries += !s->ends_at_zero;
			break;
		}
		if (got > 0 && e.is_cie)
			add_cie(c, at, &e);
		entries += got > 0 && !e.is_cie;
	}
	if (!entries)
		return;
	c->fde = calloc(entries, sizeof *c->fde);
	if (!c->fde)
		die_nomem();
	for (off = 0; off < c->s.len;) {
		if (!(got = next_entry(&c->s, &off, &e)))
			break;
		if (got < 0 || e.is_cie)
			continue;
		got = read_fde(c, &e, &c->fde[c->n]);
		c->n += got > 0;
		c->bad_entries += got < 0;
	}
	sort_fdes(c);
}

/* The rows of one function up to limit, where the next one begins. */
static void
fde_rows(struct cfi *c, const struct cfi_fde *f, uint64_t limit,
    struct rows *t)
{
	uint64_t end = (uint64_t)f->start + f->len;

	cfirun_function(c, &c->cie[f->cie], f->start,
	    end > limit ? limit : end, (struct dwread){ c->s.data + f->off,
	    c->s.data + f->end, false }, t);
}

void
cfi_rows(struct cfi *c, uint32_t from, uint32_t to, struct rows *t)
{
	size_t lo = 0, hi = c->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (c->fde[mid].start < from)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < c->n && c->fde[lo].start <= to; lo++)
		fde_rows(c, &c->fde[lo], lo + 1 < c->n ?
			c->fde[lo + 1].start : (uint64_t)UINT32_MAX, t);
}

void
cfi_free(struct cfi *c)
{
	free(c->fde);
	free(c->cie);
	*c = (struct cfi){ 0 };
}
