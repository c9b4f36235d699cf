#include "unwind/gorows.h"

#include <string.h>

#include "elf/gopclntab.h"

enum { STEPS_MAX = 4 * ROWS_MAX };

struct maker {
	const struct elffile *f;
	struct gopclntab *table;
	uint64_t base;
	uint64_t steps; /* left */
	struct rows *rows;
};

static bool
next_delta(struct maker *m, struct godelta *d)
{
	if (!m->steps)
		return false;
	m->steps--;
	return gopclntab_delta(m->table, d);
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
has_frame(struct maker *m, const struct gofunc *fn)
{
	struct godelta d = { .at = fn->pcsp };

	for (uint64_t pc = fn->start; pc < fn->end && next_delta(m, &d);
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
add_switching(struct maker *m, const struct gofunc *fn)
{
	struct godelta d = { .at = fn->pcsp };
	uint64_t pc = fn->start, set_up;
	bool framed = false;

	for (; pc < fn->end && next_delta(m, &d); pc += d.len) {
		if (d.delta <= 0 || !framed)
			rows_add(m->rows, (uint32_t)pc, rule_of(d.delta));
		if (d.delta <= 0)
			continue;
		set_up = framed ? pc : pc + (d.delta == 8 ? 3 : 10);
		if (set_up < fn->end && set_up < pc + d.len)
			rows_add(m->rows, (uint32_t)set_up, UNWIND_RULE_FP_SWITCH);
		framed = true;
	}
	rows_end(m->rows, (uint32_t)(pc < fn->end ? pc : fn->end));
}

static void
add_deltas(struct maker *m, const struct gofunc *fn)
{
	struct godelta d = { .at = fn->pcsp };
	uint64_t pc = fn->start;

	for (; pc < fn->end && next_delta(m, &d); pc += d.len)
		rows_add(m->rows, (uint32_t)pc, rule_of(d.delta));
	rows_end(m->rows, (uint32_t)(pc < fn->end ? pc : fn->end));
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
read_function(struct maker *m, const struct gofunc *fn, uint8_t code[CODE_MAX])
{
	uint64_t size = fn->end - fn->start, off;

	return size <= CODE_MAX &&
	    elffile_offset(m->f, m->base + fn->start, &off) &&
	    elffile_read(m->f, off, code, (size_t)size) == ELFFILE_OK;
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
add_g0(struct maker *m, const struct gofunc *fn)
{
	struct unwind_rule r = { .base = UNWIND_GO_G0 };
	uint64_t size = fn->end - fn->start;
	uint32_t start = (uint32_t)fn->start;
	uint8_t code[CODE_MAX];
	size_t at[5];
	int32_t tls;

	if (!read_function(m, fn, code))
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
	rows_add(m->rows, start, UNWIND_RULE_ENTRY);
	rows_add(m->rows, start + (uint32_t)at[2], unwind_rule_encode(&r));
	rows_add(m->rows, start + (uint32_t)at[3], UNWIND_RULE_ENTRY);
	rows_end(m->rows, (uint32_t)fn->end);
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
add_cgo(struct maker *m, const struct gofunc *fn)
{
	struct unwind_rule r = { .base = UNWIND_CGO };
	uint64_t size = fn->end - fn->start;
	uint32_t cgo, start = (uint32_t)fn->start;
	uint8_t code[CODE_MAX];
	size_t at[6];

	if (!read_function(m, fn, code))
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
	rows_add(m->rows, start, UNWIND_RULE_ENTRY);
	rows_add(m->rows, start + (uint32_t)at[0] + 1, UNWIND_RULE_GAP);
	rows_add(m->rows, start + (uint32_t)at[1] + 1, cgo);
	rows_add(m->rows, start + (uint32_t)at[2], UNWIND_RULE_ENTRY);
	rows_add(m->rows, start + (uint32_t)at[3] + 1, UNWIND_RULE_GAP);
	rows_add(m->rows, start + (uint32_t)at[4] + 1, cgo);
	rows_add(m->rows, start + (uint32_t)at[5], UNWIND_RULE_ENTRY);
	rows_end(m->rows, (uint32_t)fn->end);
	return true;
}

static void
add_func(struct maker *m, const struct gofunc *fn)
{
	switch (fn->kind) {
	case GOFUNC_BOTTOM:
		rows_add(m->rows, (uint32_t)fn->start, UNWIND_RULE_BOTTOM);
		rows_end(m->rows, (uint32_t)fn->end);
		break;
	case GOFUNC_SIGRETURN:
		/* A handler returns to its very start, but is looked up as a
		 * call there: one byte before. */
		if (!fn->start)
			break;
		rows_cut(m->rows, (uint32_t)fn->start - 1);
		rows_add(m->rows, (uint32_t)fn->start - 1, UNWIND_RULE_SIGNAL);
		rows_end(m->rows, (uint32_t)fn->end);
		break;
	case GOFUNC_PLAIN:
		if (fn->pcsp)
			add_deltas(m, fn);
		break;
	case GOFUNC_CGO:
		if (!add_cgo(m, fn) && fn->pcsp && has_frame(m, fn))
			add_switching(m, fn);
		break;
	case GOFUNC_SYSTEMSTACK:
		if (fn->pcsp && has_frame(m, fn))
			add_switching(m, fn);
		else
			add_g0(m, fn);
		break;
	case GOFUNC_SWITCHES:
		if (fn->pcsp && has_frame(m, fn))
			add_switching(m, fn);
		break;
	case GOFUNC_UNKNOWN:
		break;
	}
}

bool
gorows_make(const struct elffile *f, uint64_t base, struct rows *t)
{
	struct maker m = { .f = f, .base = base, .steps = STEPS_MAX, .rows = t,
		.table = gopclntab_open(f, base) };
	struct gofunc fn;

	*t = (struct rows){ .base = base };
	if (!m.table)
		return false;
	while (!t->full && gopclntab_next(m.table, &fn))
		if (fn.end > fn.start && gopclntab_read(m.table, &fn))
			add_func(&m, &fn);
	gopclntab_close(m.table);
	return true;
}
