#include "elf/symtab.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/hash.h"

/* What is kept of a section header while symbols are read. */
struct section {
	uint64_t addr, end;
	uint64_t off, size;
	uint32_t type;
	uint32_t link;
	bool code;
};

struct reader {
	struct symtab *t;
	const struct elffile *f;    /* whose code it is */
	const struct elffile *from; /* whose tables are read */
	struct section *section;
	uint32_t n;
	uint32_t table; /* number in t->table */
	/* Of .symtab's functions, where a .dynsym is to come: a hash of where each
	 * is and of its rank; 0: free. */
	uint64_t *seen;
	uint32_t seen_mask;
	bool again; /* what was seen may come again */
};

static enum elffile_err
count_sections(const struct elffile *f, uint64_t *n)
{
	enum elffile_err err = ELFFILE_OK;
	Elf64_Shdr first;

	*n = f->shnum;
	if (f->shoff == 0)
		*n = 0;
	else if (*n == 0) { /* more than fit: the first one's size says it */
		err = elffile_read(f, f->shoff, &first, sizeof first);
		if (err == ELFFILE_OK)
			*n = first.sh_size;
	}
	if (err == ELFFILE_OK && *n &&
	    (f->shentsize != sizeof first || *n > SYMTAB_SECTIONS_MAX))
		err = ELFFILE_ELIMIT;
	return err;
}

static struct section
section_of(const Elf64_Shdr *sh)
{
	struct section s = {
		.addr = sh->sh_addr,
		.off = sh->sh_offset,
		.size = sh->sh_size,
		.type = sh->sh_type,
		.link = sh->sh_link,
		.code = sh->sh_flags & SHF_ALLOC && sh->sh_flags & SHF_EXECINSTR,
	};

	if (__builtin_add_overflow(s.addr, s.size, &s.end))
		s.end = s.addr; /* holds nothing */
	return s;
}

static enum elffile_err
read_sections(struct reader *r)
{
	Elf64_Shdr sh[64];
	uint64_t n, off = r->from->shoff;
	enum elffile_err err = count_sections(r->from, &n);

	if (err != ELFFILE_OK || n == 0)
		return err;
	/* Checked before the allocation, so that it is no larger than a file. */
	if (off > r->from->size || n * sizeof sh[0] > r->from->size - off)
		return ELFFILE_ESHORT;
	r->section = malloc(n * sizeof *r->section);
	if (!r->section)
		die_nomem();
	while (r->n < n) {
		size_t k = n - r->n;

		if (k > GP_COUNT(sh))
			k = GP_COUNT(sh);
		err = elffile_read(r->from, off, sh, k * sizeof sh[0]);
		if (err != ELFFILE_OK)
			return err;
		for (size_t i = 0; i < k; i++)
			r->section[r->n++] = section_of(&sh[i]);
		off += k * sizeof sh[0];
	}
	return ELFFILE_OK;
}

enum {
	PEEK = 32,
	HELD_FROM = 8,        /* names, */
	HELD_FOR_EACH = 2048, /* and so many bytes at the most for each */
	SEEN_LOOKS = 16, /* many of one place need not all be seen */
	AHEAD = 8,       /* symbols: memory is slower than what is done to one */
};

/* Up to PEEK bytes of the name at an offset of a string table, in room if they are
 * not in memory; the count. */
static size_t
peek_name(const struct symtab_names *names, uint64_t off, char *room,
    const char **s)
{
	size_t want = PEEK;

	if (off >= names->size)
		return 0;
	if (want > names->size - off)
		want = (size_t)(names->size - off);
	*s = names->held ? names->held + off : room;
	return names->held || elffile_read(names->f, names->off + off, room,
	    want) == ELFFILE_OK ? want : 0;
}

/* Leading underscores; see rangetab.h. */
static uint32_t
count_flaws(void *arg, uint32_t value)
{
	const struct symtab *t = arg;
	char room[PEEK];
	const char *s;
	size_t len = peek_name(&t->table[value % SYMTAB_TABLES_MAX],
	    value / SYMTAB_TABLES_MAX, room, &s);
	uint32_t n = 0;

	while (n < len && s[n] == '_')
		n++;
	return n;
}

/* Whether the name of an untyped symbol is a function's. */
static bool
names_function(const struct reader *r, uint64_t name)
{
	char room[PEEK];
	const char *s;
	size_t len = peek_name(&r->t->table[r->table], name, room, &s);

	/* Not a label of the compiler's or of glibc's. */
	return len && s[0] != '\0' && s[0] != '$' && s[0] != '.' &&
	    !(len > 1 && s[0] == 'L' && s[1] == '(');
}

/* What the header of this file says about names, as a number, but for underscores:
 * more is better. 0: the symbol is not a function's. */
static uint32_t
rank_symbol(const struct reader *r, const Elf64_Sym *sym)
{
	unsigned type = ELF64_ST_TYPE(sym->st_info);
	uint32_t rank = 1;

	if (type == STT_FUNC || type == STT_GNU_IFUNC) {
		if (sym->st_name == 0 ||
		    sym->st_name >= r->t->table[r->table].size)
			return 0;
		rank += 2;
	} else if (type != STT_NOTYPE || !names_function(r, sym->st_name)) {
		return 0;
	}
	return rank + (ELF64_ST_BIND(sym->st_info) != STB_LOCAL);
}

static bool
is_in_code(const struct elffile *f, uint64_t v, uint64_t *end)
{
	for (uint32_t i = 0; i < f->n; i++) {
		const struct elffile_segment *s = &f->segment[i];

		if (s->exec && v >= s->vaddr && v - s->vaddr < s->memsz) {
			*end = s->vaddr + s->memsz;
			return true;
		}
	}
	return false;
}

/* -- names in memory ----------------------------------------------------- */

/* The same names with another suffix: for the PLT. */
static const struct symtab_names *
find_held(const struct symtab *t, const struct symtab_names *n)
{
	for (uint32_t i = 0; i < t->tables; i++)
		if (t->table[i].held && t->table[i].f == n->f &&
		    t->table[i].off == n->off && t->table[i].size == n->size)
			return &t->table[i];
	return NULL;
}

/* A table that cannot be read has no names when they are wanted, either. */
static void
hold(struct symtab *t, struct symtab_names *n)
{
	if (n->held || n->size == 0 || n->size > SYMTAB_HELD_MAX - t->held)
		return;
	n->held = malloc((size_t)n->size);
	if (!n->held)
		die_nomem();
	if (elffile_read(n->f, n->off, n->held, (size_t)n->size) == ELFFILE_OK) {
		t->held += (size_t)n->size;
		return;
	}
	free(n->held);
	n->held = NULL;
}

/* To read a few names one by one takes less than to read all. */
static void
count_use(struct symtab *t, struct symtab_names *n)
{
	n->used++;
	if (!n->held && n->used >= HELD_FROM &&
	    n->size / HELD_FOR_EACH <= n->used)
		hold(t, n);
}

int
symtab_add_table(struct symtab *t, const struct symtab_names *names)
{
	const struct symtab_names *same = find_held(t, names);
	struct symtab_names *n = &t->table[t->tables];

	if (t->tables == SYMTAB_TABLES_MAX)
		return -1;
	*n = *names;
	n->held = same ? same->held : NULL;
	n->shared = same != NULL;
	n->used = 0;
	return (int)t->tables++;
}

/* -- functions ----------------------------------------------------------- */

/* The value that stands for a name; false if it is beyond a limit. */
static bool
make_value(struct symtab *t, uint32_t table, uint64_t name, uint32_t *value)
{
	if (t->functions == SYMTAB_FUNCTIONS_MAX ||
	    name >= UINT32_MAX / SYMTAB_TABLES_MAX) {
		t->left_out++;
		return false;
	}
	*value = (uint32_t)name * SYMTAB_TABLES_MAX + table;
	count_use(t, &t->table[table]);
	return true;
}

/* Where what starts there is, or one of the next; not of one place alone. */
static uint32_t
place_of(const struct reader *r, uint64_t start)
{
	return (uint32_t)hash_u64(start, 0) & r->seen_mask;
}

/* Be ready to see n functions. */
static void
begin_seen(struct reader *r, uint64_t n)
{
	uint32_t cap = 64;

	while (cap < SYMTAB_FUNCTIONS_MAX * 2 && cap / 2 < n)
		cap *= 2;
	r->seen = calloc(cap, sizeof *r->seen);
	if (!r->seen)
		die_nomem();
	r->seen_mask = cap - 1;
}

/*
 * True if .symtab has a function of the same place and rank. What a linker puts
 * into .dynsym it puts into .symtab as well, under the same name: so large a
 * program's functions would be sorted, and their names be compared, twice.
 */
static bool
is_seen(struct reader *r, uint64_t start, uint64_t end, uint32_t rank)
{
	uint64_t key = hash_u64(start, end << 3 | rank) | 1;
	uint32_t i = place_of(r, start);
	uint64_t *at = NULL;

	for (int k = 0; k < SEEN_LOOKS && !at; k++, i = (i + 1) & r->seen_mask)
		if (!r->seen[i] || r->seen[i] == key)
			at = &r->seen[i];
	if (!at)
		return false;
	if (!r->again && r->t->functions < SYMTAB_FUNCTIONS_MAX)
		*at = key;
	return r->again && *at;
}

static void
take_symbol(struct reader *r, const Elf64_Sym *sym)
{
	uint64_t v = sym->st_value, limit, end;
	uint32_t rank, value;

	if (sym->st_shndx == SHN_UNDEF || !is_in_code(r->f, v, &limit))
		return;
	if (sym->st_shndx < r->n) {
		const struct section *s = &r->section[sym->st_shndx];

		if (!s->code || v < s->addr || v >= s->end)
			return;
		if (s->end < limit)
			limit = s->end;
	} else if (sym->st_shndx != SHN_XINDEX) {
		return; /* SHN_ABS and the like are no code */
	}
	rank = rank_symbol(r, sym);
	if (rank == 0)
		return;
	if (__builtin_add_overflow(v, sym->st_size, &end))
		end = v; /* holds nothing */
	else if (sym->st_size == 0 || end > limit)
		end = limit;
	if (r->seen && sym->st_size && is_seen(r, v, end, rank) &&
	    r->t->functions < SYMTAB_FUNCTIONS_MAX) {
		r->t->functions++;
		return;
	}
	if (!make_value(r->t, r->table, sym->st_name, &value))
		return;
	r->t->functions++;
	if (sym->st_size == 0)
		rangetab_add_open(&r->t->range, v, end, value, rank);
	else
		rangetab_add(&r->t->range, v, end, value, rank);
}

static enum elffile_err
read_symbols(struct reader *r, const struct section *s)
{
	Elf64_Sym sym[2048];
	uint64_t n = s->size / sizeof sym[0], off = s->off;
	const struct section *names;
	uint32_t before = r->t->functions;
	enum elffile_err err;
	int number;

	if (s->link >= r->n || r->section[s->link].type != SHT_STRTAB)
		return ELFFILE_ELIMIT;
	names = &r->section[s->link];
	if (names->off > r->from->size ||
	    names->size > r->from->size - names->off)
		return ELFFILE_ESHORT;
	number = symtab_add_table(r->t, &(struct symtab_names){ .f = r->from,
	    .off = names->off, .size = names->size, .suffix = "" });
	if (number < 0)
		return ELFFILE_ELIMIT;
	r->table = (uint32_t)number;
	if (!r->again)
		hold(r->t, &r->t->table[number]);
	if (n > SYMTAB_SYMBOLS_MAX) {
		r->t->left_out += (uint32_t)(n - SYMTAB_SYMBOLS_MAX > UINT16_MAX
		    ? UINT16_MAX : n - SYMTAB_SYMBOLS_MAX);
		n = SYMTAB_SYMBOLS_MAX;
	}
	while (n) {
		size_t k = n < GP_COUNT(sym) ? (size_t)n : GP_COUNT(sym);

		err = elffile_read(r->from, off, sym, k * sizeof sym[0]);
		if (err != ELFFILE_OK)
			return err;
		for (size_t i = 0; i < k; i++) {
			if (r->seen && i + AHEAD < k)
				__builtin_prefetch(r->seen + place_of(r,
				    sym[i + AHEAD].st_value), 1);
			take_symbol(r, &sym[i]);
		}
		off += k * sizeof sym[0];
		n -= k;
	}
	if (r->t->functions > before && s->type == SHT_SYMTAB)
		r->t->has_symtab = true;
	else if (r->t->functions > before)
		r->t->has_dynsym = true;
	return ELFFILE_OK;
}

/* The first section of a type; there is one of each in files that run. */
static const struct section *
find_section(const struct reader *r, uint32_t type)
{
	for (uint32_t i = 0; i < r->n; i++)
		if (r->section[i].type == type)
			return &r->section[i];
	return NULL;
}

static enum elffile_err
read_tables(struct reader *r)
{
	enum elffile_err err = read_sections(r);
	const struct section *symtab = find_section(r, SHT_SYMTAB);
	const struct section *dynsym = find_section(r, SHT_DYNSYM);

	if (err == ELFFILE_OK && symtab) {
		if (dynsym)
			begin_seen(r, symtab->size / sizeof(Elf64_Sym));
		err = read_symbols(r, symtab);
	}
	r->again = r->seen != NULL;
	if (err == ELFFILE_OK && dynsym)
		err = read_symbols(r, dynsym);
	return err;
}

enum elffile_err
symtab_add(struct symtab *t, const struct elffile *f,
    const struct elffile *from)
{
	struct reader *r = calloc(1, sizeof *r);
	enum elffile_err err;

	if (!r)
		die_nomem();
	r->t = t;
	r->f = f;
	r->from = from;
	err = read_tables(r);
	free(r->section);
	free(r->seen);
	free(r);
	return err;
}

void
symtab_add_function(struct symtab *t, const struct elffile *f, int table,
    uint64_t start, uint64_t end, uint64_t name)
{
	uint64_t limit;
	uint32_t value;

	if (!is_in_code(f, start, &limit) ||
	    !make_value(t, (uint32_t)table, name, &value))
		return;
	t->functions++;
	rangetab_add(&t->range, start, end < limit ? end : limit, value, 0);
}

static void
free_names(struct symtab *t)
{
	for (uint32_t i = 0; i < t->tables; i++)
		if (!t->table[i].shared)
			free(t->table[i].held);
	t->tables = 0;
	t->held = 0;
}

void
symtab_build(struct symtab *t)
{
	t->range.flaws = count_flaws;
	t->range.flaws_arg = t;
	rangetab_build(&t->range, RANGETAB_INNER);
}

enum elffile_err
symtab_read(struct symtab *t, const struct elffile *f)
{
	enum elffile_err err;

	*t = (struct symtab){ 0 };
	err = symtab_add(t, f, f);
	if (err == ELFFILE_OK)
		symtab_build(t);
	else
		symtab_free(t);
	return err;
}

/* Where a symbol's version starts: name@@VER, name@VER. */
static size_t
cut_version(const char *s, size_t len)
{
	const char *at = len > 1 ? memchr(s + 1, '@', len - 1) : NULL;
	size_t i = at ? (size_t)(at - s) : len;

	if (i + 1 < len && (s[i + 1] == '@' ||
	    (s[i + 1] >= 'A' && s[i + 1] <= 'Z')))
		return i;
	return len;
}

bool
symtab_find(const struct symtab *t, uint64_t vaddr, struct buf *b)
{
	return symtab_name(t, rangetab_find(&t->range, vaddr), b);
}

/* Read a name from the file: up to left bytes, or to its NUL. */
static size_t
read_name(const struct symtab_names *names, uint64_t off, char *s, size_t left)
{
	size_t got = 0, want;

	/* Most names are short: a small read first. */
	do {
		want = got ? left - got : left < 128 ? left : 128;
		if (elffile_read(names->f, names->off + off + got, s + got,
		    want) != ELFFILE_OK)
			return 0;
		got += want;
	} while (!memchr(s + got - want, '\0', want) && got < left);
	return got;
}

bool
symtab_name(const struct symtab *t, uint32_t value, struct buf *b)
{
	const struct symtab_names *names;
	char room[SYMTAB_NAME_MAX];
	const char *s = room;
	uint64_t off;
	size_t len = sizeof room;

	if (value == RANGETAB_NONE)
		return false;
	names = &t->table[value % SYMTAB_TABLES_MAX];
	off = value / SYMTAB_TABLES_MAX;
	if (off >= names->size)
		return false;
	if (len > names->size - off)
		len = (size_t)(names->size - off);
	if (names->held)
		s = names->held + off;
	else
		len = read_name(names, off, room, len);
	len = cut_version(s, strnlen(s, len));
	if (len == 0)
		return false;
	buf_add(b, s, len);
	if (names->suffix[0])
		buf_adds(b, names->suffix);
	return true;
}

size_t
symtab_memory(const struct symtab *t)
{
	return sizeof *t + rangetab_memory(&t->range) + t->held;
}

void
symtab_free(struct symtab *t)
{
	rangetab_free(&t->range);
	free_names(t);
	*t = (struct symtab){ 0 };
}
