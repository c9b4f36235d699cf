#include "unwind/gopclntab.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "elf/section.h"

enum {
	CHUNK = 64 * 1024,
	CHUNKS = 4, /* kept of each part: all are read nearly in order */
	STEPS_MAX = 4 * ROWS_MAX,
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

struct go {
	struct window w;
	enum version version;
	uint64_t n;            /* functions */
	uint64_t text;         /* virtual address of offset 0 of functab */
	uint64_t names, pctab, functab;
	uint64_t steps;        /* left */
	uint64_t base;
};

/* What a record says, and what follows from the name. */
struct func {
	uint64_t start, end; /* from base */
	uint64_t pcsp;       /* offset in the window */
	uint64_t name;       /* likewise */
	enum { PLAIN, BOTTOM, SIGRETURN, SWITCHES, CGO, G0, UNKNOWN } kind;
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
read_header(struct go *g, uint64_t vaddr)
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
name_is(struct go *g, uint64_t off, const char *want, bool prefix)
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
is_bottom(struct go *g, uint64_t name)
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
read_kind(struct go *g, struct func *fn, uint64_t name, uint8_t flags)
{
	bool flagged = g->version >= GO_1_18;
	bool runtime;

	fn->kind = PLAIN;
	/* Everything special is assembler, where that is known. */
	if (flagged && !(flags & 4))
		return;
	runtime = name_is(g, name, "runtime.", true);
	if ((runtime || name_is(g, name, "_rt0_", true)) && is_bottom(g, name))
		fn->kind = BOTTOM;
	else if (runtime && name_is(g, name, "runtime.sigreturn", true))
		fn->kind = SIGRETURN;
	else if (runtime && (name_is(g, name, "runtime.asmcgocall", false) ||
	    name_is(g, name, "runtime.asmcgocall.abi0", false)))
		fn->kind = CGO;
	else if (runtime && (name_is(g, name, "runtime.systemstack", false) ||
	    name_is(g, name, "runtime.systemstack.abi0", false)))
		fn->kind = G0;
	else if (flagged && (flags & 2))
		/* Others align rsp, and may use rbp for anything. */
		fn->kind = runtime || name_is(g, name, "time.now", true) ?
		    SWITCHES : UNKNOWN;
}

/* The start of function i, from base; i = n: the end of the last. */
static bool
func_start(struct go *g, uint64_t i, uint64_t *start)
{
	bool narrow = g->version >= GO_1_18;
	uint64_t pc = get(&g->w, FUNCTAB, g->functab + i * (narrow ? 8 : 16),
	    narrow ? 4 : 8);

	*start = g->text + pc - g->base;
	return !g->w.bad && *start <= UINT32_MAX;
}

static bool
read_func(struct go *g, uint64_t i, struct func *fn)
{
	bool narrow = g->version >= GO_1_18;
	uint64_t at, name;
	uint8_t flags = 0;

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
	fn->name = name;
	fn->pcsp = get(&g->w, RECORD, at + 16, 4);
	if (g->w.bad)
		return false;
	read_kind(g, fn, name, flags);
	/* 0: no table, an assembler function without one. */
	if (fn->pcsp)
		fn->pcsp += g->pctab;
	return !g->w.bad;
}

/* The pieces of a pcsp table, one a call: from *pc on the value is *delta, for
 * *len bytes. False at its end. */
struct deltas {
	uint64_t at; /* offset in the window */
	int32_t delta;
	uint32_t len;
	bool begun;
};

static bool
next_delta(struct go *g, struct deltas *d)
{
	uint32_t change;

	if (!g->steps)
		return false;
	g->steps--;
	change = get_varint(&g->w, PCSP, &d->at);
	if (change == 0 && d->begun)
		return false;
	d->delta = (int32_t)((d->begun ? (uint32_t)d->delta : UINT32_MAX) +
	    ((change >> 1) ^ -(change & 1)));
	d->begun = true;
	d->len = get_varint(&g->w, PCSP, &d->at);
	return d->len && !g->w.bad;
}

static uint32_t
rule_of(int64_t delta)
{
	struct unwind_rule r = { .base = UNWIND_RSP, .offset = delta + 8 };

	/* -8: a leaf that has popped its return address (vfork). */
	if (delta < -8)
		return UNWIND_RULE_GAP;
	if (delta > 0) {
		r.rbp = UNWIND_RBP_SAVED;
		r.rbp_off = 16;
	}
	return unwind_rule_encode(&r);
}

static bool
has_frame(struct go *g, const struct func *fn)
{
	struct deltas d = { .at = fn->pcsp };

	for (uint64_t pc = fn->start; pc < fn->end && next_delta(g, &d);
	     pc += d.len)
		if (d.delta > 0)
			return true;
	return false;
}

/*
 * A function that changes stacks, with a frame: from where rbp is set up its
 * frame is what rbp points to, whatever rsp is; before and behind, what the table
 * says is true.
 *
 *	push %rbp; mov %rsp,%rbp			1.21 on: 1, 3 bytes
 *	sub $N,%rsp; mov %rbp,(%rsp + N); lea …,%rbp	to 1.20: 4, 5, 5
 */
static void
add_switching(struct go *g, const struct func *fn, struct rows *t)
{
	struct deltas d = { .at = fn->pcsp };
	uint64_t pc = fn->start, set_up;
	bool framed = false;

	for (; pc < fn->end && next_delta(g, &d); pc += d.len) {
		if (d.delta <= 0 || !framed)
			rows_add(t, (uint32_t)pc, rule_of(d.delta));
		if (d.delta <= 0)
			continue;
		set_up = framed ? pc : pc + (d.delta == 8 ? 3 : 10);
		if (set_up < fn->end && set_up < pc + d.len)
			rows_add(t, (uint32_t)set_up, UNWIND_RULE_FP_SWITCH);
		framed = true;
	}
	rows_end(t, (uint32_t)(pc < fn->end ? pc : fn->end));
}

static void
add_deltas(struct go *g, const struct func *fn, struct rows *t)
{
	struct deltas d = { .at = fn->pcsp };
	uint64_t pc = fn->start;

	for (; pc < fn->end && next_delta(g, &d); pc += d.len)
		rows_add(t, (uint32_t)pc, rule_of(d.delta));
	rows_end(t, (uint32_t)(pc < fn->end ? pc : fn->end));
}

/* Where code has some bytes, from at on: the offset behind them, or 0. */
static size_t
behind(const uint8_t *code, size_t size, size_t at, const void *bytes, size_t n)
{
	const uint8_t *p = at && at < size ?
	    memmem(code + at, size - at, bytes, n) : NULL;

	return p ? (size_t)(p - code) + n : 0;
}

#define BEHIND(at, bytes) behind(code, size, at, bytes, sizeof(bytes) - 1)

/* Functions that are known by their code are short. */
enum { CODE_MAX = 512 };

static bool
read_function(struct go *g, const struct func *fn, uint8_t code[CODE_MAX])
{
	uint64_t size = fn->end - fn->start, off;

	return size <= CODE_MAX &&
	    elffile_offset(g->w.f, g->base + fn->start, &off) &&
	    elffile_read(g->w.f, off, code, (size_t)size) == ELFFILE_OK;
}

/*
 * runtime.systemstack, before it had a frame, goes over to g0's stack, from which
 * nothing leads back but g:
 *
 *	mov %fs:N,%rax; mov 48(%rax),%rbx … mov (%rbx),%rdx …	N: a constant,
 *							or in rcx (PIE)
 *	mov 56(%rdx),%rbx … mov %rbx,%rsp … call …
 *	mov 192(%rbx),%rax … mov 56(%rax),%rsp … ret …
 *
 * Nothing is added if it does not look like that.
 */
static void
add_g0(struct go *g, const struct func *fn, struct rows *t)
{
	struct unwind_rule r = { .base = UNWIND_GO_G0 };
	uint64_t size = fn->end - fn->start;
	uint32_t start = (uint32_t)fn->start;
	uint8_t code[CODE_MAX];
	size_t at[5];
	int32_t tls;

	if (!read_function(g, fn, code))
		return;
	at[0] = BEHIND(1, "\x64\x48\x8b\x04\x25");
	if (!at[0]) {
		at[0] = BEHIND(1, "\x48\xc7\xc1");
		if (at[0] + 4 != BEHIND(at[0], "\x64\x48\x8b\x01") - 4)
			return;
	}
	at[1] = BEHIND(at[0], "\x48\x8b\x58\x30");
	at[1] = BEHIND(at[1], "\x48\x8b\x13");
	at[2] = BEHIND(at[1], "\x48\x8b\x5a\x38");
	at[2] = BEHIND(at[2], "\x48\x89\xdc");
	at[3] = BEHIND(at[2], "\x48\x8b\x83\xc0\0\0\0");
	at[3] = BEHIND(at[3], "\x48\x8b\x60\x38");
	if (!at[3])
		return;
	memcpy(&tls, code + at[0], sizeof tls);
	if (tls >= 0 || tls < -15 * 8 || tls % 8)
		return;
	r.arg = (uint32_t)-tls / 8;
	rows_add(t, start, UNWIND_RULE_ENTRY);
	rows_add(t, start + (uint32_t)at[2], unwind_rule_encode(&r));
	rows_add(t, start + (uint32_t)at[3], UNWIND_RULE_ENTRY);
	rows_end(t, (uint32_t)fn->end);
}

/*
 * runtime.asmcgocall goes over to g0's stack, or stays where it is, and leaves
 * there how to come back, before it calls C:
 *
 *	mov N(%rsi),%rsp … mov 8(%rdi),%rdi; sub %rdx,%rdi
 *	mov %rdi,40(%rsp) … call … mov %rsi,%rsp … ret
 *	sub $64,%rsp … mov %rdx,40(%rsp) … call … mov %rsi,%rsp … ret
 *
 * False if it does not look like that.
 */
static bool
add_cgo(struct go *g, const struct func *fn, struct rows *t)
{
	struct unwind_rule r = { .base = UNWIND_CGO };
	uint64_t size = fn->end - fn->start;
	uint32_t cgo, start = (uint32_t)fn->start;
	uint8_t code[CODE_MAX];
	size_t at[6];

	if (!read_function(g, fn, code))
		return false;
	at[0] = BEHIND(1, "\x48\x8b\x66");
	at[1] = BEHIND(at[0], "\x48\x8b\x7f\x08\x48\x29\xd7\x48\x89\x7c\x24");
	at[2] = BEHIND(at[1], "\x48\x89\xf4");
	at[3] = BEHIND(at[2], "\x48\x83\xec");
	at[4] = BEHIND(at[3], "\x48\x89\x54\x24");
	at[5] = BEHIND(at[4], "\x48\x89\xf4");
	/* Behind the stores is the byte that says where to. */
	if (!at[5] || code[at[1]] != code[at[4]] || code[at[1]] & 7)
		return false;
	r.arg = code[at[1]] / 8u;
	cgo = unwind_rule_encode(&r);
	rows_add(t, start, UNWIND_RULE_ENTRY);
	rows_add(t, start + (uint32_t)at[0] + 1, UNWIND_RULE_GAP);
	rows_add(t, start + (uint32_t)at[1] + 1, cgo);
	rows_add(t, start + (uint32_t)at[2], UNWIND_RULE_ENTRY);
	rows_add(t, start + (uint32_t)at[3] + 1, UNWIND_RULE_GAP);
	rows_add(t, start + (uint32_t)at[4] + 1, cgo);
	rows_add(t, start + (uint32_t)at[5], UNWIND_RULE_ENTRY);
	rows_end(t, (uint32_t)fn->end);
	return true;
}

static void
add_func(struct go *g, const struct func *fn, struct rows *t)
{
	switch (fn->kind) {
	case BOTTOM:
		rows_add(t, (uint32_t)fn->start, UNWIND_RULE_BOTTOM);
		rows_end(t, (uint32_t)fn->end);
		break;
	case SIGRETURN:
		/* A handler returns to its very start, but is looked up as a
		 * call there: one byte before. */
		if (!fn->start)
			break;
		rows_cut(t, (uint32_t)fn->start - 1);
		rows_add(t, (uint32_t)fn->start - 1, UNWIND_RULE_SIGNAL);
		rows_end(t, (uint32_t)fn->end);
		break;
	case PLAIN:
		if (fn->pcsp)
			add_deltas(g, fn, t);
		break;
	case CGO:
		if (!add_cgo(g, fn, t) && fn->pcsp && has_frame(g, fn))
			add_switching(g, fn, t);
		break;
	case G0:
		if (fn->pcsp && has_frame(g, fn))
			add_switching(g, fn, t);
		else
			add_g0(g, fn, t);
		break;
	case SWITCHES:
		if (fn->pcsp && has_frame(g, fn))
			add_switching(g, fn, t);
		break;
	case UNKNOWN:
		break;
	}
}

/* All functions, in ascending order; the first that is not ends it. */
static void
add_funcs(struct go *g, struct rows *t)
{
	struct func fn = { 0 };

	if (!func_start(g, 0, &fn.start))
		return;
	for (uint64_t i = 0; i < g->n && !t->full; i++) {
		if (!func_start(g, i + 1, &fn.end) || fn.end < fn.start)
			return;
		if (fn.end > fn.start && read_func(g, i, &fn))
			add_func(g, &fn, t);
		/* One damaged function is a gap; the others are not its fault. */
		g->w.bad = false;
		fn.start = fn.end;
	}
}

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

/* Find and open the table; close_table() it in any case. A linker that is not Go's
 * own puts it with other data where the program is position-independent. */
static bool
open_table(struct go *g, const struct elffile *f, uint64_t base)
{
	static const char *const name[] = { ".gopclntab",
		".data.rel.ro.gopclntab", ".data.rel.ro", ".go.buildinfo" };
	uint8_t (*chunks)[CHUNK];
	struct section s[4];

	*g = (struct go){ .base = base, .steps = STEPS_MAX };
	if (section_find(f, name, s, 4) <= 0)
		return false;
	if (!s[0].size)
		s[0] = s[1];
	if (!s[0].size && s[3].size && !s[2].compressed &&
	    find_within(f, &s[2]))
		s[0] = s[2];
	if (!s[0].size || s[0].compressed)
		return false;
	g->w = (struct window){ .f = f, .offset = s[0].offset,
		.size = s[0].size };
	chunks = malloc(sizeof *chunks * CHUNKS * PARTS);
	if (!chunks)
		die_nomem();
	for (int p = 0; p < PARTS; p++)
		g->w.part[p].chunk = chunks + p * CHUNKS;
	return read_header(g, s[0].vaddr);
}

static void
close_table(struct go *g)
{
	free(g->w.part[0].chunk);
}

bool
gopclntab_rows(const struct elffile *f, uint64_t base, struct rows *t)
{
	struct go g;
	bool ok = open_table(&g, f, base);

	*t = (struct rows){ .base = base };
	if (ok)
		add_funcs(&g, t);
	close_table(&g);
	return ok;
}

bool
gopclntab_functions(const struct elffile *f, struct gopclntab_names *names,
    bool (*wants)(void *arg, uint64_t start, uint64_t end),
    void (*add)(void *arg, const struct gopclntab_names *names,
	uint64_t start, uint64_t end, uint64_t name), void *arg)
{
	struct func fn = { 0 };
	struct go g;
	bool ok = open_table(&g, f, 0);

	if (ok) {
		names->offset = g.w.offset + g.names;
		names->size = g.w.size - g.names;
		ok = func_start(&g, 0, &fn.start);
	}
	for (uint64_t i = 0; ok && i < g.n; i++) {
		if (!func_start(&g, i + 1, &fn.end) || fn.end < fn.start)
			break;
		if (fn.end > fn.start && wants(arg, fn.start, fn.end) &&
		    read_func(&g, i, &fn) &&
		    fn.name >= g.names && fn.name - g.names < names->size)
			add(arg, names, fn.start, fn.end, fn.name - g.names);
		g.w.bad = false;
		fn.start = fn.end;
	}
	close_table(&g);
	return ok;
}
