#include "elf/plt.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "elf/section.h"

enum {
	DYNSYM, DYNSTR, RELA_PLT, RELA_DYN, DYNAMIC, PLT, PLT_SEC, PLT_GOT,
	SECTIONS
};

static const char *const section_name[SECTIONS] = { ".dynsym", ".dynstr",
	".rela.plt", ".rela.dyn", ".dynamic", ".plt", ".plt.sec", ".plt.got" };

/* A word that is filled with the address of a symbol. */
struct word {
	uint64_t vaddr;
	uint32_t symbol;
};

/* Symbols that are read at once, for each slot: those of other files come first. */
enum { SYMBOLS_PER_SLOT = 8 };

struct plt {
	struct symtab *t;
	const struct elffile *f;
	Elf64_Sym *symbol; /* the first ones, */
	uint64_t held;     /* so many, */
	Elf64_Sym one;     /* and the last that was read of the others */
	struct section section[SECTIONS];
	struct word *word;
	size_t n, cap;
	int table;
};

static void
add_word(struct plt *p, const Elf64_Rela *r)
{
	uint64_t type = ELF64_R_TYPE(r->r_info);

	if ((type != R_X86_64_JUMP_SLOT && type != R_X86_64_GLOB_DAT) ||
	    ELF64_R_SYM(r->r_info) == 0 || p->n == PLT_SLOTS_MAX)
		return;
	if (p->n == p->cap) {
		p->cap = p->cap ? p->cap * 2 : 256;
		p->word = realloc(p->word, p->cap * sizeof *p->word);
		if (!p->word)
			die_nomem();
	}
	p->word[p->n++] = (struct word){ r->r_offset,
		(uint32_t)ELF64_R_SYM(r->r_info) };
}

/* How many relocations at the start of .rela.dyn are of no symbol: nearly all. The
 * loader, too, relies on it. */
static uint64_t
count_relative(const struct plt *p)
{
	const struct section *s = &p->section[DYNAMIC];
	Elf64_Dyn d[64];
	size_t n = s->size / sizeof d[0];

	if (n > GP_COUNT(d))
		n = GP_COUNT(d);
	if (elffile_read(p->f, s->offset, d, n * sizeof d[0]) != ELFFILE_OK)
		return 0;
	for (size_t i = 0; i < n && d[i].d_tag != DT_NULL; i++)
		if (d[i].d_tag == DT_RELACOUNT)
			return d[i].d_un.d_val;
	return 0;
}

static void
read_relocations(struct plt *p, const struct section *s, uint64_t skip)
{
	uint64_t n = s->size / sizeof(Elf64_Rela), off = s->offset;
	Elf64_Rela r[256];

	if (skip > n)
		skip = n;
	n -= skip;
	off += skip * sizeof r[0];
	if (n > PLT_RELOCATIONS_MAX)
		n = PLT_RELOCATIONS_MAX;
	while (n) {
		size_t k = n < GP_COUNT(r) ? (size_t)n : GP_COUNT(r);

		if (elffile_read(p->f, off, r, k * sizeof r[0]) != ELFFILE_OK)
			return;
		for (size_t i = 0; i < k; i++)
			add_word(p, &r[i]);
		off += k * sizeof r[0];
		n -= k;
	}
}

static int
by_vaddr(const void *pa, const void *pb)
{
	const struct word *a = pa, *b = pb;

	return a->vaddr < b->vaddr ? -1 : a->vaddr > b->vaddr;
}

/* Linkers write them in order. */
static void
sort_words(struct plt *p)
{
	for (size_t i = 1; i < p->n; i++)
		if (p->word[i - 1].vaddr > p->word[i].vaddr) {
			qsort(p->word, p->n, sizeof *p->word, by_vaddr);
			return;
		}
}

/* "jmp *disp(%rip)", perhaps behind endbr64 and a bnd prefix: which word it
 * goes through. The length before is in *skipped. */
static bool
decode(const uint8_t *b, size_t len, uint64_t vaddr, uint64_t *through,
    size_t *skipped)
{
	static const uint8_t endbr64[4] = { 0xf3, 0x0f, 0x1e, 0xfa };
	size_t i = 0;
	int32_t disp;

	if (len >= sizeof endbr64 && memcmp(b, endbr64, sizeof endbr64) == 0)
		i += sizeof endbr64;
	*skipped = i;
	if (i < len && b[i] == 0xf2)
		i++;
	if (len - i < 6 || b[i] != 0xff || b[i + 1] != 0x25)
		return false;
	memcpy(&disp, b + i + 2, sizeof disp);
	*through = vaddr + i + 6 + (uint64_t)(int64_t)disp;
	return true;
}

static bool
read_symbols(const struct plt *p, uint64_t i, uint64_t n, Elf64_Sym *to)
{
	return elffile_read(p->f, p->section[DYNSYM].offset + i * sizeof *to,
	    to, (size_t)n * sizeof *to) == ELFFILE_OK;
}

/* Slots have them in no order: to read them one by one would take longer than all the
 * rest. */
static void
hold_symbols(struct plt *p)
{
	uint64_t n = p->section[DYNSYM].size / sizeof *p->symbol;

	if (n > p->n * SYMBOLS_PER_SLOT)
		n = p->n * SYMBOLS_PER_SLOT;
	p->symbol = reallocarray(NULL, (size_t)n + 1, sizeof *p->symbol);
	if (!p->symbol)
		die_nomem();
	p->held = read_symbols(p, 0, n, p->symbol) ? n : 0;
}

/* A symbol; NULL if there is none. */
static const Elf64_Sym *
get_symbol(struct plt *p, uint64_t i)
{
	if (i < p->held)
		return &p->symbol[i];
	return i < p->section[DYNSYM].size / sizeof p->one &&
	    read_symbols(p, i, 1, &p->one) ? &p->one : NULL;
}

static void
add_slot(struct plt *p, uint64_t start, uint64_t end, uint64_t through)
{
	const struct word key = { .vaddr = through };
	const struct word *w = bsearch(&key, p->word, p->n, sizeof key,
	    by_vaddr);
	const Elf64_Sym *sym;

	if (!w)
		return;
	sym = get_symbol(p, w->symbol);
	if (sym)
		symtab_add_function(p->t, p->f, p->table, start, end,
		    sym->st_name);
}

/* Slots have 16 bytes, in .plt.got without endbr64 8. */
static void
read_slots(struct plt *p, int which)
{
	const struct section *s = &p->section[which];
	uint8_t *b;

	if (s->size == 0 || s->size > PLT_BYTES_MAX || s->compressed)
		return;
	b = malloc((size_t)s->size);
	if (!b)
		die_nomem();
	if (elffile_read(p->f, s->offset, b, (size_t)s->size) == ELFFILE_OK) {
		for (size_t i = 0, size; i < s->size; i += size) {
			uint64_t through;
			size_t skipped = 0;
			bool is = decode(b + i, (size_t)s->size - i,
			    s->vaddr + i, &through, &skipped);

			size = which == PLT_GOT && !skipped ? 8 : 16;
			if (is)
				add_slot(p, s->vaddr + i, s->vaddr + i + size,
				    through);
		}
	}
	free(b);
}

void
plt_add(struct symtab *t, const struct elffile *f)
{
	struct plt p = { .t = t, .f = f };
	const struct section *names = &p.section[DYNSTR];

	if (section_find(f, section_name, p.section, SECTIONS) < 4 ||
	    names->size == 0)
		return;
	read_relocations(&p, &p.section[RELA_PLT], 0);
	if (p.section[PLT_GOT].size)
		read_relocations(&p, &p.section[RELA_DYN], count_relative(&p));
	if (p.n)
		p.table = symtab_add_table(t, &(struct symtab_names){
		    .f = f, .off = names->offset, .size = names->size,
		    .suffix = "@plt" });
	if (p.n && p.table >= 0) {
		sort_words(&p);
		hold_symbols(&p);
		for (int i = PLT; i <= PLT_GOT; i++)
			read_slots(&p, i);
	}
	free(p.word);
	free(p.symbol);
}
