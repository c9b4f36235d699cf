#include "unwind/cfi.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"

/* DWARF's column of the return address on x86-64. */
enum { REG_RA = 16 };

/* A read position; on any reading beyond the end, bad is set and stays. */
struct cursor {
	const uint8_t *p, *end;
	bool bad;
};

/* How a register of the caller, or the CFA, is found. */
enum where {
	W_KEPT,     /* as it is, or as the ABI has it (see rule_of) */
	W_CFA,      /* in memory at CFA + off */
	W_REG,      /* CFA: reg + off; RA: in reg */
	W_MEM,      /* CFA: *(reg + off) + add; others: *(reg + off) */
	W_PLT,      /* CFA: lazy binding stub, threshold reg */
	W_UNDEF,
	W_OTHER,    /* by rules that rows cannot say */
};

struct place {
	uint8_t where;
	uint8_t reg; /* 255: any above 15 */
	uint32_t add;
	int64_t off;
};

struct regs {
	struct place cfa, rbp, ra, rbx;
	struct place cfa_reg; /* the CFA's latest register and offset: an
			       * expression hides them, a new register or offset
			       * builds on them */
	bool cfa_is_expr;
};

struct cfi_cie {
	uint32_t off;      /* in the section */
	uint8_t pc_enc;    /* DW_EH_PE_x of the FDEs' pcs */
	bool augmented;    /* FDEs have augmentation data, with its length */
	bool ok;
	uint64_t code_align;
	int64_t data_align;
	struct regs initial;
};

/* -- reading ------------------------------------------------------------- */

static uint64_t
get(struct cursor *c, size_t len)
{
	uint64_t v = 0;

	if ((size_t)(c->end - c->p) < len) {
		c->bad = true;
		c->p = c->end;
		return 0;
	}
	memcpy(&v, c->p, len);
	c->p += len;
	return v;
}

static void
skip(struct cursor *c, uint64_t len)
{
	if ((uint64_t)(c->end - c->p) < len) {
		c->bad = true;
		c->p = c->end;
	} else {
		c->p += len;
	}
}

static inline uint8_t
get_byte(struct cursor *c)
{
	if (c->p == c->end) {
		c->bad = true;
		return 0;
	}
	return *c->p++;
}

static uint64_t
get_uleb(struct cursor *c)
{
	uint64_t v = 0;

	for (unsigned int shift = 0; shift < 70; shift += 7) {
		uint8_t b = get_byte(c);

		/* Bits above 63 must be 0, or the number is another one. */
		if (shift == 63 && (b & 0x7e))
			break;
		v |= (uint64_t)(b & 0x7f) << shift;
		if (!(b & 0x80))
			return v;
	}
	c->bad = true;
	return 0;
}

static int64_t
get_sleb(struct cursor *c)
{
	uint64_t v = 0;

	for (unsigned int shift = 0; shift < 70; shift += 7) {
		uint8_t b = get_byte(c);

		if (shift == 63 && (b & 0x7f) != 0 && (b & 0x7f) != 0x7f)
			break;
		v |= (uint64_t)(b & 0x7f) << shift;
		if (!(b & 0x80)) {
			if ((b & 0x40) && shift < 57)
				v |= ~0ull << (shift + 7);
			return (int64_t)v;
		}
	}
	c->bad = true;
	return 0;
}

static uint8_t
get_reg(struct cursor *c)
{
	uint64_t reg = get_uleb(c);

	return reg <= REG_RA ? (uint8_t)reg : 255;
}

/* A number in one of DW_EH_PE's formats, without what it is relative to. */
static uint64_t
get_encoded(struct cursor *c, uint8_t enc)
{
	switch (enc & 0x0f) {
	case DW_EH_PE_absptr:
	case DW_EH_PE_udata8:
	case DW_EH_PE_sdata8:
		return get(c, 8);
	case DW_EH_PE_uleb128:
		return get_uleb(c);
	case DW_EH_PE_sleb128:
		return (uint64_t)get_sleb(c);
	case DW_EH_PE_udata2:
		return get(c, 2);
	case DW_EH_PE_sdata2:
		return (uint64_t)(int64_t)(int16_t)get(c, 2);
	case DW_EH_PE_udata4:
		return get(c, 4);
	case DW_EH_PE_sdata4:
		return (uint64_t)(int64_t)(int32_t)get(c, 4);
	}
	c->bad = true;
	return 0;
}

/* -- expressions --------------------------------------------------------- */

/*
 * The three shapes of a CFA that cannot be written as register + offset, taken
 * from what GNU ld, GCC and glibc emit:
 *
 *	breg7 8; breg16 0; lit15; and; litN; ge; lit3; shl; plus	PLT
 *	breg6 OFF; deref						DEREF
 *	breg6 OFF; deref; plus_uconst ADD				DEREF
 */
static struct place
cfa_expression(struct cursor e)
{
	static const uint8_t plt_head[] = { DW_OP_breg7, 8, DW_OP_breg16, 0,
		DW_OP_lit15, DW_OP_and };
	static const uint8_t plt_tail[] = { DW_OP_ge, DW_OP_lit3, DW_OP_shl,
		DW_OP_plus };
	struct place r = { .where = W_OTHER };
	uint64_t add;
	uint8_t op;

	if (e.end - e.p == 11 && memcmp(e.p, plt_head, 6) == 0 &&
	    memcmp(e.p + 7, plt_tail, 4) == 0 && e.p[6] >= DW_OP_lit0 &&
	    e.p[6] <= DW_OP_lit15) {
		r.where = W_PLT;
		r.reg = (uint8_t)(e.p[6] - DW_OP_lit0);
		return r;
	}
	op = get_byte(&e);
	if (op < DW_OP_breg0 || op > DW_OP_breg15)
		return r;
	r.reg = (uint8_t)(op - DW_OP_breg0);
	r.off = get_sleb(&e);
	if (e.p == e.end && !e.bad) {
		r.where = W_REG;
		return r;
	}
	if (get_byte(&e) != DW_OP_deref)
		return r;
	if (e.p != e.end && !e.bad) {
		if (get_byte(&e) != DW_OP_plus_uconst)
			return r;
		add = get_uleb(&e);
		if (add > UINT32_MAX)
			return r;
		r.add = (uint32_t)add;
	}
	if (!e.bad && e.p == e.end)
		r.where = W_MEM;
	return r;
}

/* Where a register was saved: breg OFF, nothing else. */
static struct place
reg_expression(struct cursor e)
{
	struct place r = { .where = W_OTHER };
	uint8_t op = get_byte(&e);

	if (op < DW_OP_breg0 || op > DW_OP_breg15)
		return r;
	r.reg = (uint8_t)(op - DW_OP_breg0);
	r.off = get_sleb(&e);
	if (!e.bad && e.p == e.end)
		r.where = W_MEM;
	return r;
}

static struct cursor
get_block(struct cursor *c)
{
	struct cursor e = *c;
	uint64_t len = get_uleb(c);

	e.p = c->p;
	skip(c, len);
	e.end = c->p;
	e.bad = c->bad;
	return e;
}

/* -- from registers to a rule -------------------------------------------- */

/* The kernel's signal frame as glibc describes it: rsp at rsp + 160, rip behind
 * it, rbp five words before. */
static bool
is_signal_frame(const struct regs *s)
{
	return s->cfa.where == W_MEM && s->cfa.reg == UNWIND_RSP &&
	    s->cfa.off == 160 && s->cfa.add == 0 && s->ra.where == W_MEM &&
	    s->ra.reg == UNWIND_RSP && s->ra.off == 168 &&
	    s->rbp.where == W_MEM && s->rbp.reg == UNWIND_RSP &&
	    s->rbp.off == 120;
}

/* Fill in where rbp is; false if it has to be lost for want of words. */
static bool
rule_rbp(struct unwind_rule *r, const struct regs *s)
{
	switch ((enum where)s->rbp.where) {
	case W_KEPT:
		r->rbp = UNWIND_RBP_KEPT;
		return true;
	case W_CFA:
		r->rbp = UNWIND_RBP_SAVED;
		r->rbp_off = (uint32_t)-s->rbp.off;
		return s->rbp.off <= 0 && s->rbp.off > INT32_MIN;
	case W_MEM:
		r->rbp = UNWIND_RBP_AT_RBP;
		return s->rbp.reg == UNWIND_RBP && s->rbp.off == 0;
	case W_UNDEF:
		r->rbp = UNWIND_RBP_LOST;
		return true;
	case W_REG:
	case W_PLT:
	case W_OTHER:
		break;
	}
	return false;
}

static bool
rule_cfa(struct cfi *c, struct unwind_rule *r, const struct regs *s)
{
	r->offset = s->cfa.off;
	switch ((enum where)s->cfa.where) {
	case W_REG:
		r->base = s->cfa.reg;
		c->rbx_based |= r->base == UNWIND_RBX;
		break;
	case W_PLT:
		r->base = UNWIND_PLT;
		r->arg = s->cfa.reg;
		r->offset = 0;
		break;
	case W_MEM:
		r->base = s->cfa.reg == UNWIND_RBP ? UNWIND_DEREF_RBP :
						     UNWIND_DEREF_RSP;
		r->add = s->cfa.add;
		if (s->cfa.reg != UNWIND_RBP && s->cfa.reg != UNWIND_RSP)
			return false;
		break;
	case W_KEPT:
	case W_CFA:
	case W_UNDEF:
	case W_OTHER:
		return false;
	}
	if (s->ra.where == W_REG) {
		if (r->base != UNWIND_RSP || s->rbp.where != W_KEPT ||
		    s->ra.reg > 15)
			return false;
		r->base = UNWIND_RA_REG;
		r->arg = s->ra.reg;
		return true;
	}
	return r->base < 16 || s->cfa.where != W_REG;
}

/* The same with where rbx is; GAP if there is no word for it. */
static uint32_t
rule_with_rbx(const struct unwind_rule *rule, const struct regs *s)
{
	struct unwind_rule r = *rule;

	r.rbx = 1;
	if (s->rbx.where == W_CFA && s->rbx.off < 0 && s->rbx.off > INT32_MIN)
		r.rbx_off = (uint32_t)-s->rbx.off;
	else if (s->rbx.where != W_KEPT)
		return UNWIND_RULE_GAP;
	return unwind_rule_encode(&r);
}

/* The row's word. RA at CFA - 8 is what the ABI says where a CIE does not. */
static uint32_t
rule_of(struct cfi *c, const struct regs *s)
{
	struct unwind_rule r = { 0 };
	uint32_t rule;

	if (s->ra.where == W_UNDEF)
		return UNWIND_RULE_BOTTOM;
	if (is_signal_frame(s))
		return UNWIND_RULE_SIGNAL;
	if (s->ra.where != W_KEPT && s->ra.where != W_REG &&
	    !(s->ra.where == W_CFA && s->ra.off == -8)) {
		c->unsupported++;
		return UNWIND_RULE_GAP;
	}
	if (!rule_cfa(c, &r, s)) {
		c->unsupported++;
		return UNWIND_RULE_GAP;
	}
	rule = rule_rbp(&r, s) ? unwind_rule_encode(&r) : UNWIND_RULE_GAP;
	if (rule == UNWIND_RULE_GAP) {
		/* The callers are worth more than the rbp of some of them. */
		c->unsupported++;
		r.rbp = UNWIND_RBP_LOST;
		r.rbp_off = 0;
		rule = unwind_rule_encode(&r);
	}
	if (c->follow_rbx && rule != UNWIND_RULE_ENTRY) {
		uint32_t more = rule_with_rbx(&r, s);

		if (more != UNWIND_RULE_GAP)
			rule = more;
	}
	return rule;
}

/* -- running a program --------------------------------------------------- */

struct run {
	struct cfi *c;
	const struct cfi_cie *cie;
	struct regs now, stack[CFI_REMEMBER_MAX];
	size_t depth;
	uint64_t pc, end; /* from base; end: where the function ends */
	struct rows *out; /* NULL: a CIE's initial instructions */
	bool changed;     /* since the last row */
	bool done;        /* pc left the function */
};

static void
emit(struct run *r)
{
	if (r->changed && r->pc < r->end)
		rows_add(r->out, (uint32_t)r->pc, rule_of(r->c, &r->now));
	r->changed = false;
}

/* False: the program is senseless. */
static bool
advance_to(struct run *r, uint64_t pc)
{
	if (!r->out || pc < r->pc)
		return false;
	emit(r);
	r->pc = pc;
	r->done = pc >= r->end;
	return true;
}

static bool
advance(struct run *r, uint64_t delta)
{
	uint64_t pc;

	if (__builtin_mul_overflow(delta, r->cie->code_align, &pc) ||
	    __builtin_add_overflow(pc, r->pc, &pc))
		return false;
	return advance_to(r, pc);
}

static struct place *
place_of(struct run *r, uint64_t reg)
{
	r->changed |= reg == UNWIND_RBP || reg == REG_RA ||
	    (reg == UNWIND_RBX && r->c->follow_rbx);
	return reg == UNWIND_RBP ? &r->now.rbp :
	    reg == REG_RA	 ? &r->now.ra :
	    reg == UNWIND_RBX	 ? &r->now.rbx :
				   NULL;
}

static void
set_place(struct run *r, uint64_t reg, struct place p)
{
	struct place *to = place_of(r, reg);

	if (to)
		*to = p;
}

static void
set_saved(struct run *r, uint64_t reg, uint64_t factored)
{
	set_place(r, reg, (struct place){ .where = W_CFA,
	    .off = (int64_t)(factored * (uint64_t)r->cie->data_align) });
}

static void
restore(struct run *r, uint64_t reg)
{
	struct place *to = place_of(r, reg);

	if (to)
		*to = reg == UNWIND_RBP ? r->cie->initial.rbp :
		    reg == UNWIND_RBX	? r->cie->initial.rbx :
					  r->cie->initial.ra;
}

static void
set_cfa(struct run *r, struct place p)
{
	r->now.cfa = r->now.cfa_reg = p;
	r->now.cfa_is_expr = false;
	r->changed = true;
}

static int64_t
factored(const struct run *r, int64_t v)
{
	return (int64_t)((uint64_t)v * (uint64_t)r->cie->data_align);
}

/* As GCC's unwinder has it: a new offset leaves an expression in place, and a new
 * register replaces it, with the latest offset. */
static bool
set_cfa_offset(struct run *r, int64_t off)
{
	if (r->now.cfa_reg.where != W_REG)
		return false;
	r->now.cfa_reg.off = off;
	if (!r->now.cfa_is_expr)
		set_cfa(r, r->now.cfa_reg);
	return true;
}

static bool
set_cfa_register(struct run *r, uint8_t reg)
{
	if (r->now.cfa_reg.where != W_REG)
		return false;
	r->now.cfa_reg.reg = reg;
	set_cfa(r, r->now.cfa_reg);
	return true;
}

/* The instructions whose opcode is a whole byte. */
static bool
run_extended(struct run *r, struct cursor *c, uint8_t op)
{
	struct place p = { 0 };
	uint64_t reg, v;

	switch (op) {
	case DW_CFA_nop:
		return true;
	case DW_CFA_set_loc:
		return false; /* needs relocations; nobody emits it */
	case DW_CFA_advance_loc1:
		return advance(r, get_byte(c));
	case DW_CFA_advance_loc2:
		return advance(r, get(c, 2));
	case DW_CFA_advance_loc4:
		return advance(r, get(c, 4));
	case DW_CFA_MIPS_advance_loc8:
		return advance(r, get(c, 8));
	case DW_CFA_offset_extended:
		reg = get_uleb(c);
		set_saved(r, reg, get_uleb(c));
		return true;
	case DW_CFA_offset_extended_sf:
		reg = get_uleb(c);
		set_saved(r, reg, (uint64_t)get_sleb(c));
		return true;
	case DW_CFA_GNU_negative_offset_extended:
		reg = get_uleb(c);
		set_saved(r, reg, -get_uleb(c));
		return true;
	case DW_CFA_restore_extended:
		restore(r, get_uleb(c));
		return true;
	case DW_CFA_undefined:
		p.where = W_UNDEF;
		set_place(r, get_uleb(c), p);
		return true;
	case DW_CFA_same_value:
		/* Of the return address it has no meaning. */
		reg = get_uleb(c);
		p.where = reg == REG_RA ? W_OTHER : W_KEPT;
		set_place(r, reg, p);
		return true;
	case DW_CFA_register:
		reg = get_uleb(c);
		p.where = W_REG;
		p.reg = get_reg(c);
		set_place(r, reg, p);
		return true;
	case DW_CFA_remember_state:
		if (r->depth == CFI_REMEMBER_MAX)
			return false;
		r->stack[r->depth++] = r->now;
		return true;
	case DW_CFA_restore_state:
		if (!r->depth)
			return false;
		r->now = r->stack[--r->depth];
		r->changed = true;
		return true;
	case DW_CFA_def_cfa:
	case DW_CFA_def_cfa_sf:
		p.where = W_REG;
		p.reg = get_reg(c);
		p.off = op == DW_CFA_def_cfa ? (int64_t)get_uleb(c) :
					       factored(r, get_sleb(c));
		set_cfa(r, p);
		return true;
	case DW_CFA_def_cfa_register:
		return set_cfa_register(r, get_reg(c));
	case DW_CFA_def_cfa_offset:
		return set_cfa_offset(r, (int64_t)get_uleb(c));
	case DW_CFA_def_cfa_offset_sf:
		return set_cfa_offset(r, factored(r, get_sleb(c)));
	case DW_CFA_def_cfa_expression:
		r->now.cfa = cfa_expression(get_block(c));
		r->now.cfa_is_expr = true;
		r->changed = true;
		return true;
	case DW_CFA_expression:
		reg = get_uleb(c);
		set_place(r, reg, reg_expression(get_block(c)));
		return true;
	case DW_CFA_val_offset:
	case DW_CFA_val_offset_sf:
		reg = get_uleb(c);
		v = get_uleb(c);
		(void)v;
		p.where = W_OTHER;
		set_place(r, reg, p);
		return true;
	case DW_CFA_val_expression:
		reg = get_uleb(c);
		(void)get_block(c);
		p.where = W_OTHER;
		set_place(r, reg, p);
		return true;
	case DW_CFA_GNU_args_size:
		(void)get_uleb(c);
		return true;
	}
	return false;
}

/* Run to the end of the program or function. False: malformed. */
static bool
run_program(struct run *r, struct cursor c)
{
	while (c.p < c.end && !r->done) {
		uint8_t op = *c.p++, low = op & 0x3f;
		bool ok = true;

		switch (op & 0xc0) {
		case DW_CFA_advance_loc:
			ok = advance(r, low);
			break;
		case DW_CFA_offset:
			set_saved(r, low, get_uleb(&c));
			break;
		case DW_CFA_restore:
			restore(r, low);
			break;
		default:
			ok = run_extended(r, &c, op);
		}
		if (!ok || c.bad)
			return false;
	}
	return true;
}

/* -- entries ------------------------------------------------------------- */

struct entry {
	struct cursor c;    /* at the content */
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
	struct cursor c = { s->data + *off, s->data + s->len, false };
	uint64_t len = get(&c, 4), ones;
	bool is64 = len == 0xffffffff;

	if (is64)
		len = get(&c, 8);
	if (c.bad || len > (uint64_t)(c.end - c.p))
		return 0;
	c.end = c.p + len;
	*off = (size_t)(c.end - s->data);
	if (!len)
		return s->ends_at_zero ? 0 : -1;
	is64 &= s->debug_frame; /* .eh_frame's ids are always 4 bytes */
	ones = is64 ? UINT64_MAX : UINT32_MAX;
	e->id_at = (uint64_t)(c.p - s->data);
	e->id = get(&c, is64 ? 8 : 4);
	e->is_cie = e->id == (s->debug_frame ? ones : 0);
	e->c = c;
	return c.bad ? -1 : 1;
}

/* Augmentation 'z': a length, then data for each letter. */
static bool
read_augmentation(struct cfi_cie *cie, struct cursor *c, const char *letter)
{
	struct cursor a = get_block(c);
	uint8_t enc;

	cie->augmented = true;
	for (; *letter; letter++) {
		switch (*letter) {
		case 'R':
			cie->pc_enc = get_byte(&a);
			break;
		case 'L':
			get_byte(&a);
			break;
		case 'P':
			enc = get_byte(&a);
			/* Aligned: to where depends on the address. */
			if ((enc & 0x70) == DW_EH_PE_aligned)
				return false;
			get_encoded(&a, enc);
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
read_cie(struct cfi *c, struct cfi_cie *cie, struct cursor *e)
{
	struct run r = { .c = c, .cie = cie };
	uint8_t version = get_byte(e);
	const char *aug = (const char *)e->p;

	if (version != 1 && version != 3 && version != 4)
		return false;
	if (!memchr(e->p, 0, (size_t)(e->end - e->p)))
		return false;
	skip(e, strlen(aug) + 1);
	if (version == 4) {
		if (get_byte(e) != 8) /* size of an address */
			return false;
		if (get_byte(e) != 0) /* size of a segment selector */
			return false;
	}
	if (aug[0] == 'e' && aug[1] == 'h') {
		skip(e, 8);
		aug += 2;
	}
	cie->code_align = get_uleb(e);
	cie->data_align = get_sleb(e);
	if ((version == 1 ? get_byte(e) : get_uleb(e)) != REG_RA)
		return false;
	cie->pc_enc = DW_EH_PE_absptr;
	if (aug[0] == 'z' ? !read_augmentation(cie, e, aug + 1) : aug[0] != 0)
		return false;
	if (e->bad)
		return false;
	if (!run_program(&r, *e))
		return false;
	cie->initial = r.now;
	return true;
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
read_range(const struct cfi *c, const struct cfi_cie *cie, struct cursor *e,
    uint64_t *start, uint64_t *len)
{
	uint64_t at = c->s.vaddr + (uint64_t)(e->p - c->s.data);

	*start = get_encoded(e, cie->pc_enc);
	*len = get_encoded(e, cie->pc_enc & 0x0f);
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
		(void)get_block(&e->c);
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
	struct run r = {
		.c = c,
		.cie = &c->cie[f->cie],
		.now = c->cie[f->cie].initial,
		.pc = f->start,
		.end = (uint64_t)f->start + f->len,
		.out = t,
		.changed = true,
	};

	if (r.end > limit)
		r.end = limit;
	if (!run_program(&r, (struct cursor){ c->s.data + f->off,
		c->s.data + f->end, false })) {
		c->bad_programs++;
		if (r.pc < r.end)
			rows_end(t, (uint32_t)r.pc);
		return;
	}
	emit(&r);
	rows_end(t, (uint32_t)r.end);
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
