#include "unwind/startcode.h"

#include <string.h>

#define RULE_8_DOWN ((uint32_t)UNWIND_RSP | 16u << 7)
#define RULE_RBP \
	((uint32_t)UNWIND_RBP | (uint32_t)UNWIND_RBP_SAVED << 5 | 2u << 7 | \
	    2u << 24)
#define RULE_CLONE ((uint32_t)UNWIND_CLONE)

/* The code of a gap. pc: of b[0], from the table's base. */
struct gap {
	uint8_t b[STARTCODE_GAP_MAX];
	size_t len;
	uint32_t pc;
};

/* Whether code stands at a place: in hex, two digits a byte, ".." for any. */
static bool
is_at(const struct gap *g, size_t at, const char *code)
{
	static const char digits[] = "0123456789abcdef";

	for (; code[0]; code += 2, at++) {
		if (at >= g->len)
			return false;
		if (code[0] == '.')
			continue;
		if (g->b[at] != (strchr(digits, code[0]) - digits) * 16 +
		    (strchr(digits, code[1]) - digits))
			return false;
	}
	return true;
}

/* Where code stands first in [from, to), or to. */
static size_t
find(const struct gap *g, size_t from, size_t to, const char *code)
{
	while (from < to && !is_at(g, from, code))
		from++;
	return from;
}

static size_t
skip_endbr(const struct gap *g, size_t at)
{
	return at + (is_at(g, at, "f30f1efa") ? 4 : 0);
}

static void
add(struct rows *t, const struct gap *g, size_t at, uint32_t rule)
{
	rows_add(t, g->pc + (uint32_t)at, rule);
}

/* .init or .fini; how long it is, or 0. */
static size_t
init_rows(const struct gap *g, size_t at, struct rows *t)
{
	size_t body = skip_endbr(g, at), ret;

	if (is_at(g, body, "4883ec084883c408c3"))
		ret = body + 8;
	else if (is_at(g, body, "4883ec08488b05........4885c07402ffd0"
	    "4883c408c3"))
		ret = body + 22;
	else
		return 0;
	add(t, g, at, UNWIND_RULE_ENTRY);
	add(t, g, body + 4, RULE_8_DOWN);
	add(t, g, ret, UNWIND_RULE_ENTRY);
	add(t, g, ret + 1, UNWIND_RULE_GAP);
	return ret + 1 - at;
}

/*
 * crtbegin.o: two functions without a frame, which end before the third:
 *
 *	cmpb $0,completed; jne; push %rbp; [cmpq $0,…;] mov %rsp,%rbp; …
 *	call deregister_tm_clones; movb $1,completed; pop %rbp; ret; nop; ret
 *
 * and frame_dummy, a jump.
 */
static size_t
crtbegin_rows(const struct gap *g, size_t at, struct rows *t)
{
	size_t dtors, push, mov, pop, end;

	if (is_at(g, at, "488d3d........488d05........4839f874") ||
	    is_at(g, at, "b8........483d........74"))
		dtors = find(g, at, at + 0x90, "803d........0075..55");
	else
		return 0;
	push = dtors + 9;
	if (is_at(g, push, "554889e5"))
		mov = push + 1;
	else if (is_at(g, push, "5548833d........004889e5"))
		mov = push + 9;
	else
		return 0;
	pop = find(g, mov, mov + 64, "c605........015dc3") + 7;
	if (!is_at(g, pop, "5dc3"))
		return 0;
	end = pop + 2 + 32; /* the second ret, padding, endbr64, jmp */
	add(t, g, at, UNWIND_RULE_ENTRY);
	add(t, g, push + 1, UNWIND_RULE_PUSHED);
	add(t, g, mov + 3, RULE_RBP);
	add(t, g, pop + 1, UNWIND_RULE_ENTRY);
	add(t, g, end < g->len ? end : g->len, UNWIND_RULE_GAP);
	return end - at;
}

/* syscall; test %rax,%rax: nothing else, and code with rows behind it. */
static size_t
clone_rows(const struct gap *g, size_t at, struct rows *t)
{
	if (at != 0 || g->len > 16 || !is_at(g, at, "0f054885c0"))
		return 0;
	add(t, g, 0, RULE_CLONE);
	add(t, g, g->len, UNWIND_RULE_GAP);
	return g->len;
}

static void
gap_rows(const struct gap *g, struct rows *t)
{
	size_t len;

	for (size_t at = 0; at < g->len; at += len) {
		len = clone_rows(g, at, t);
		if (!len)
			len = init_rows(g, at, t);
		if (!len)
			len = crtbegin_rows(g, at, t);
		if (!len)
			len = 1;
	}
}

static bool
read_gap(const struct elffile *f, const struct rows *t, uint64_t from,
    uint64_t to, struct gap *g)
{
	uint64_t off;

	g->pc = (uint32_t)from;
	g->len = (size_t)(to - from);
	return g->len > 8 && g->len <= STARTCODE_GAP_MAX &&
	    elffile_is_code(f, t->base + from) &&
	    elffile_offset(f, t->base + from, &off) &&
	    elffile_read(f, off, g->b, g->len) == ELFFILE_OK;
}

/* The last gap ends with the segment, or where it is long enough. */
static uint64_t
code_end(const struct elffile *f, const struct rows *t, uint64_t from)
{
	uint64_t end = 0;

	for (uint32_t i = 0; i < f->n; i++) {
		const struct elffile_segment *s = &f->segment[i];

		if (s->exec && t->base + from >= s->vaddr &&
		    t->base + from - s->vaddr < s->filesz)
			end = s->vaddr + s->filesz - t->base;
	}
	return end > from + STARTCODE_GAP_MAX ? from + STARTCODE_GAP_MAX : end;
}

static void
fix_gaps(const struct elffile *f, struct rows *t)
{
	struct rows fix = { .base = t->base };
	struct gap g;
	int n = 0;

	if (t->n && read_gap(f, t, 0, t->row[0].pc, &g))
		gap_rows(&g, &fix);
	for (size_t i = 0; i < t->n && n < STARTCODE_GAPS_MAX; i++) {
		uint64_t from = t->row[i].pc, to;

		if (t->row[i].rule != UNWIND_RULE_GAP)
			continue;
		to = i + 1 < t->n ? t->row[i + 1].pc : code_end(f, t, from);
		if (to <= from || !read_gap(f, t, from, to, &g))
			continue;
		gap_rows(&g, &fix);
		n++;
	}
	rows_fill(t, &fix);
}

/* An entry without any instruction, of a length that __start_context may have:
 * 26 bytes, and 100 or so where there are shadow stacks. */
static bool
may_be_context(struct cfi *c, const struct cfi_fde *d)
{
	const uint8_t *b;

	if (d->len < 16 || d->len > 256)
		return false;
	b = cfiwindow_bytes(&c->window, d->off, d->end - d->off);
	for (uint32_t i = 0; b && i < d->end - d->off; i++)
		if (b[i] != 0)
			return false;
	return b;
}

static bool
is_context(const struct elffile *f, const struct rows *t, uint32_t start)
{
	static const char code[] = "4889dc488b3c244885ff";
	struct gap g;

	return read_gap(f, t, start, start + 16, &g) &&
	    is_at(&g, skip_endbr(&g, 0), code);
}

/* Its entry, with none right before it. */
static bool
find_context(const struct elffile *f, struct cfi *c, const struct rows *t,
    struct cfi_fde *found)
{
	uint64_t end = UINT64_MAX; /* of the entry before */

	for (size_t piece = 0; piece < c->pieces; piece++) {
		cfi_list(c, piece);
		for (size_t i = 0; i < c->n; i++) {
			*found = c->fde[i];
			if (end < found->start && may_be_context(c, found) &&
			    is_context(f, t, found->start))
				return true;
			end = (uint64_t)found->start + found->len;
		}
	}
	return false;
}

static void
fix_context(const struct elffile *f, struct cfi *c, struct rows *t)
{
	struct rows fix = { .base = t->base };
	struct cfi_fde d;

	if (!find_context(f, c, t, &d))
		return;
	rows_add(&fix, d.start - 1, UNWIND_RULE_BOTTOM);
	rows_end(&fix, d.start + d.len);
	rows_fill(&fix, t);
	*t = fix;
}

void
startcode_fix(const struct elffile *f, struct cfi *c, struct rows *t)
{
	fix_gaps(f, t);
	fix_context(f, c, t);
}
