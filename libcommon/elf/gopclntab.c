#include "elf/gopclntab.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "elf/section.h"

enum {
	CHUNK = 64 * 1024,
	CHUNKS = 4, /* kept of each part: all are read nearly in order */
	ALIGN = 32,           /* of the table in memory */
	SEARCH_MAX = 1 << 28, /* bytes */
};

enum version { GO_1_2, GO_1_16, GO_1_18, GO_1_20 };

/* What is read side by side has chunks of its own. */
enum part { HEADER, FUNCTAB = HEADER, RECORD, PCSP, NAME, PARTS };

/* The section, read by pieces. bad stays set once something lay outside of it
 * or could not be read. */
struct window {
	const struct elffile *f;
	uint64_t offset, size;
	struct {
		uint64_t held[CHUNKS]; /* 1 + which chunk, 0: none */
		uint8_t (*chunk)[CHUNK];
	} part[PARTS];
	bool bad;
};

struct gopclntab {
	struct window w;
	enum version version;
	uint64_t n;    /* functions */
	uint64_t next; /* the one to come, and its start */
	uint64_t start;
	uint64_t text; /* virtual address of offset 0 of functab */
	uint64_t names, pctab, functab; /* offsets in the window */
	uint64_t base;
};

/* -- reading ------------------------------------------------------------- */

static const uint8_t *
chunk_at(struct window *w, enum part p, uint64_t off)
{
	uint64_t which = off / CHUNK, slot = which % CHUNKS, at = which * CHUNK;
	uint64_t len = w->size - at < CHUNK ? w->size - at : CHUNK;

	if (w->part[p].held[slot] != which + 1) {
		w->part[p].held[slot] = 0;
		if (elffile_read(w->f, w->offset + at, w->part[p].chunk[slot],
			(size_t)len)) {
			w->bad = true;
			return NULL;
		}
		w->part[p].held[slot] = which + 1;
	}
	return w->part[p].chunk[slot];
}

static uint8_t
get_byte(struct window *w, enum part p, uint64_t off)
{
	const uint8_t *b;

	if (off >= w->size) {
		w->bad = true;
		return 0;
	}
	b = chunk_at(w, p, off);
	return b ? b[off % CHUNK] : 0;
}

static uint64_t
get(struct window *w, enum part p, uint64_t off, unsigned int len)
{
	uint64_t v = 0, in = off % CHUNK;
	const uint8_t *b;

	if (off < w->size && len <= w->size - off && len <= CHUNK - in) {
		b = chunk_at(w, p, off);
		if (b)
			memcpy(&v, b + in, len); /* x86-64: little endian */
		return v;
	}
	for (unsigned int i = 0; i < len; i++)
		v |= (uint64_t)get_byte(w, p, off + i) << (8 * i);
	return v;
}

static uint32_t
get_varint(struct window *w, enum part p, uint64_t *off)
{
	uint32_t v = 0;

	for (unsigned int shift = 0; shift < 35; shift += 7) {
		uint8_t b = get_byte(w, p, (*off)++);

		v |= (uint32_t)(b & 0x7f) << shift;
		if (!(b & 0x80))
			return v;
	}
	w->bad = true;
	return 0;
}

/* -- the header ---------------------------------------------------------- */

/* The text start of a position-independent program: the addend of the
 * relocation of that word. */
static uint64_t
relocated(const struct elffile *f, uint64_t vaddr)
{
	static const char *const name[] = { ".rela.dyn", ".rela" };
	struct section s[2];
	Elf64_Rela r[64];

	if (section_find(f, name, s, 2) <= 0)
		return 0;
	if (!s[0].size)
		s[0] = s[1];
	for (uint64_t at = 0; at + sizeof *r <= s[0].size;) {
		uint64_t n = (s[0].size - at) / sizeof *r;

		n = n < GP_COUNT(r) ? n : GP_COUNT(r);
		if (elffile_read(f, s[0].offset + at, r, (size_t)n * sizeof *r))
			return 0;
		for (uint64_t i = 0; i < n; i++)
			if (r[i].r_offset == vaddr &&
			    ELF64_R_TYPE(r[i].r_info) == R_X86_64_RELATIVE)
				return (uint64_t)r[i].r_addend;
		at += n * sizeof *r;
	}
	return 0;
}

static bool
read_header(struct gopclntab *g, uint64_t vaddr)
{
	struct window *w = &g->w;
	uint32_t magic = (uint32_t)get(w, HEADER, 0, 4);
	uint64_t words;

	/* Two bytes of 0, the size of an instruction, that of a pointer. */
	if (get(w, HEADER, 4, 4) != 0x08010000)
		return false;
	switch (magic) {
	case 0xfffffffb:
		g->version = GO_1_2;
		break;
	case 0xfffffffa:
		g->version = GO_1_16;
		break;
	case 0xfffffff0:
		g->version = GO_1_18;
		break;
	case 0xfffffff1:
		g->version = GO_1_20;
		break;
	default:
		return false;
	}
	g->n = get(w, HEADER, 8, 8);
	if (g->version == GO_1_2) {
		g->functab = 16;
	} else {
		/* Behind the number of files and, from 1.18 on, text. */
		words = g->version == GO_1_16 ? 24 : 32;
		g->text = words == 32 ? get(w, HEADER, 24, 8) : 0;
		g->names = get(w, HEADER, words, 8);
		g->pctab = get(w, HEADER, words + 24, 8);
		g->functab = get(w, HEADER, words + 32, 8);
		if (words == 32 && !g->text)
			g->text = relocated(w->f, vaddr + 24);
		if (words == 32 && !g->text)
			return false;
	}
	return !w->bad && g->n <= GOPCLNTAB_FUNCS_MAX &&
	    g->names <= w->size && g->pctab <= w->size &&
	    g->functab <= w->size;
}

/* -- functions ----------------------------------------------------------- */

static bool
name_is(struct gopclntab *g, uint64_t off, const char *want, bool prefix)
{
	for (;; off++, want++) {
		uint8_t c = get_byte(&g->w, NAME, off);

		if (!*want)
			return prefix || c == 0;
		if (c != (uint8_t)*want)
			return false;
	}
}

static bool
is_bottom(struct gopclntab *g, uint64_t name)
{
	static const char *const exact[] = { "runtime.goexit", "runtime.goexit.abi0",
		"runtime.mstart", "runtime.mstart.abi0", "runtime.mcall",
		"runtime.morestack", "runtime.morestack.abi0",
		"runtime.rt0_go", "runtime.rt0_go.abi0" };

	for (size_t i = 0; i < GP_COUNT(exact); i++)
		if (name_is(g, name, exact[i], false))
			return true;
	return name_is(g, name, "_rt0_", true);
}

/* Flags as of Go 1.17: 2, writes rsp; 4, assembler. */
static void
read_kind(struct gopclntab *g, struct gofunc *fn, uint64_t name, uint8_t flags)
{
	bool flagged = g->version >= GO_1_18;
	bool runtime;

	fn->kind = GOFUNC_PLAIN;
	/* Everything special is assembler, where that is known. */
	if (flagged && !(flags & 4))
		return;
	runtime = name_is(g, name, "runtime.", true);
	if ((runtime || name_is(g, name, "_rt0_", true)) && is_bottom(g, name))
		fn->kind = GOFUNC_BOTTOM;
	else if (runtime && name_is(g, name, "runtime.sigreturn", true))
		fn->kind = GOFUNC_SIGRETURN;
	else if (runtime && (name_is(g, name, "runtime.asmcgocall", false) ||
	    name_is(g, name, "runtime.asmcgocall.abi0", false)))
		fn->kind = GOFUNC_CGO;
	else if (runtime && (name_is(g, name, "runtime.systemstack", false) ||
	    name_is(g, name, "runtime.systemstack.abi0", false)))
		fn->kind = GOFUNC_SYSTEMSTACK;
	else if (flagged && (flags & 2))
		/* Others align rsp, and may use rbp for anything. */
		fn->kind = runtime || name_is(g, name, "time.now", true) ?
		    GOFUNC_SWITCHES : GOFUNC_UNKNOWN;
}

/* The start of function i, from base; i = n: the end of the last. */
static bool
func_start(struct gopclntab *g, uint64_t i, uint64_t *start)
{
	bool narrow = g->version >= GO_1_18;
	uint64_t pc = get(&g->w, FUNCTAB, g->functab + i * (narrow ? 8 : 16),
	    narrow ? 4 : 8);

	*start = g->text + pc - g->base;
	return !g->w.bad && *start <= UINT32_MAX;
}

bool
gopclntab_read(struct gopclntab *g, struct gofunc *fn)
{
	bool narrow = g->version >= GO_1_18;
	uint64_t i = g->next - 1, at, name;
	uint8_t flags = 0;

	g->w.bad = false;
	/* The record's offset stands behind the start, in the same width. */
	at = get(&g->w, FUNCTAB, g->functab + i * (narrow ? 8 : 16) + (narrow ? 4 : 8),
	    narrow ? 4 : 8);
	at += g->version == GO_1_2 ? 0 : g->functab;
	/* entry, name, args, deferreturn, pcsp; entry is a pointer before 1.18 */
	if (narrow) {
		flags = get_byte(&g->w, RECORD, at + (g->version == GO_1_18 ? 37 : 41));
	} else {
		at += 4;
	}
	name = g->names + get(&g->w, RECORD, at + 4, 4);
	fn->name = name - g->names;
	fn->pcsp = get(&g->w, RECORD, at + 16, 4);
	if (g->w.bad)
		return false;
	read_kind(g, fn, name, flags);
	/* 0: no table, an assembler function without one. */
	if (fn->pcsp)
		fn->pcsp += g->pctab;
	return !g->w.bad;
}

bool
gopclntab_next(struct gopclntab *g, struct gofunc *fn)
{
	if (g->next >= g->n)
		return false;
	/* One damaged function is a gap; the others are not its fault. */
	g->w.bad = false;
	fn->start = g->start;
	if (!func_start(g, g->next + 1, &fn->end) || fn->end < fn->start) {
		g->n = 0;
		return false;
	}
	g->start = fn->end;
	g->next++;
	return true;
}

bool
gopclntab_delta(struct gopclntab *g, struct godelta *d)
{
	uint32_t change = get_varint(&g->w, PCSP, &d->at);

	if (change == 0 && d->begun)
		return false;
	d->delta = (int32_t)((d->begun ? (uint32_t)d->delta : UINT32_MAX) +
	    ((change >> 1) ^ -(change & 1)));
	d->begun = true;
	d->len = get_varint(&g->w, PCSP, &d->at);
	return d->len && !g->w.bad;
}

/* -- the table ----------------------------------------------------------- */

/* Find the table in a section that has other data as well, up to its end; its
 * header is aligned. False if there is none. */
static bool
find_within(const struct elffile *f, struct section *s)
{
	static const char rest[] = "\xff\xff\xff\0\0\1\x08";
	uint64_t end = s->size < SEARCH_MAX ? s->size : SEARCH_MAX;
	char b[4096];
	size_t n;

	for (uint64_t at = -s->vaddr % ALIGN; at < end; at += n) {
		n = end - at < sizeof b ? (size_t)(end - at) : sizeof b;
		if (elffile_read(f, s->offset + at, b, n) != ELFFILE_OK)
			return false;
		for (size_t i = 0; i + ALIGN <= n; i += ALIGN) {
			if ((uint8_t)b[i] < 0xf0 ||
			    memcmp(b + i + 1, rest, sizeof rest - 1) != 0)
				continue;
			s->offset += at + i;
			s->vaddr += at + i;
			s->size -= at + i;
			return true;
		}
	}
	return false;
}

/* Where the table is. A linker that is not Go's own puts it with other data where
 * the program is position-independent. */
static bool
find_table(const struct elffile *f, struct section *found)
{
	static const char *const name[] = { ".gopclntab",
		".data.rel.ro.gopclntab", ".data.rel.ro", ".go.buildinfo" };
	struct section s[4];

	if (section_find(f, name, s, 4) <= 0)
		return false;
	if (!s[0].size)
		s[0] = s[1];
	if (!s[0].size && s[3].size && !s[2].compressed &&
	    find_within(f, &s[2]))
		s[0] = s[2];
	*found = s[0];
	return s[0].size && !s[0].compressed;
}

struct gopclntab *
gopclntab_open(const struct elffile *f, uint64_t base)
{
	uint8_t (*chunks)[CHUNK];
	struct gopclntab *g;
	struct section s;

	if (!find_table(f, &s))
		return NULL;
	g = malloc(sizeof *g);
	chunks = malloc(sizeof *chunks * CHUNKS * PARTS);
	if (!g || !chunks)
		die_nomem();
	*g = (struct gopclntab){ .base = base,
		.w = { .f = f, .offset = s.offset, .size = s.size } };
	for (int p = 0; p < PARTS; p++)
		g->w.part[p].chunk = chunks + p * CHUNKS;
	if (!read_header(g, s.vaddr)) {
		gopclntab_close(g);
		return NULL;
	}
	if (!func_start(g, 0, &g->start))
		g->n = 0;
	return g;
}

void
gopclntab_close(struct gopclntab *g)
{
	if (g)
		free(g->w.part[0].chunk);
	free(g);
}

void
gopclntab_names(const struct gopclntab *g, uint64_t *offset, uint64_t *size)
{
	*offset = g->w.offset + g->names;
	*size = g->w.size - g->names;
}
