#include "unwind/cfirun.h"

#include <dwarf.h>

struct run {
	struct cfi *c;
	const struct cfi_cie *cie;
	struct cfirule_regs now, stack[CFI_REMEMBER_MAX];
	size_t depth;
	uint64_t pc, end; /* from base; end: where the function ends */
	struct rows *out; /* NULL: a CIE's initial instructions */
	bool changed;     /* since the last row */
	bool done;        /* pc left the function */
};

/*
 * Where rbp was popped, and its frame is gone, compilers still say that it is saved
 * there: behind "pop %rbp" or "leave" at CFA - 16, now below rsp, and where the
 * stack was realigned at *rbp, which is not this function's rbp any more. By then
 * rbp is the caller's: nobody could restore it from below rsp. But what was put
 * there while it was below rsp already, in the red zone, may be the only copy.
 */
static bool
is_rbp_back(struct cfirule_regs *s)
{
	bool by_rsp = s->cfa.where == CFIRULE_REG && s->cfa.reg == UNWIND_RSP;

	if (s->rbp.where == CFIRULE_MEM)
		return s->rbp.reg == UNWIND_RBP && s->rbp.off == 0 && by_rsp &&
		    s->cfa.off == 8;
	if (s->rbp.where != CFIRULE_CFA)
		return false;
	if (!by_rsp || s->cfa.off >= -s->rbp.off)
		s->rbp.above = true;
	return by_rsp && s->cfa.off < -s->rbp.off && s->rbp.above;
}

static void
emit(struct run *r)
{
	struct cfirule_regs s = r->now;

	if (!r->out || !r->changed)
		return;
	if (is_rbp_back(&r->now))
		s.rbp = (struct cfirule_place){ .where = CFIRULE_KEPT };
	if (r->pc < r->end)
		rows_add(r->out, (uint32_t)r->pc, cfirule_of(r->c, &s));
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

static struct cfirule_place *
place_of(struct run *r, uint64_t reg)
{
	r->changed |= reg == UNWIND_RBP || reg == CFIRULE_REG_RA ||
	    (reg == UNWIND_RBX && r->c->follow_rbx);
	return reg == UNWIND_RBP ? &r->now.rbp :
	    reg == CFIRULE_REG_RA	 ? &r->now.ra :
	    reg == UNWIND_RBX	 ? &r->now.rbx :
				   NULL;
}

static void
set_place(struct run *r, uint64_t reg, struct cfirule_place p)
{
	struct cfirule_place *to = place_of(r, reg);

	if (to)
		*to = p;
}

static void
set_saved(struct run *r, uint64_t reg, uint64_t factored)
{
	set_place(r, reg, (struct cfirule_place){ .where = CFIRULE_CFA,
	    .off = (int64_t)(factored * (uint64_t)r->cie->data_align) });
}

static void
restore(struct run *r, uint64_t reg)
{
	struct cfirule_place *to = place_of(r, reg);

	if (to)
		*to = reg == UNWIND_RBP ? r->cie->initial.rbp :
		    reg == UNWIND_RBX	? r->cie->initial.rbx :
					  r->cie->initial.ra;
}

static void
set_cfa(struct run *r, struct cfirule_place p)
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

/* As GCC's unwinder has it: a new offset leaves an expression in place, and a
 * new register replaces it, with the latest offset. */
static bool
set_cfa_offset(struct run *r, int64_t off)
{
	if (r->now.cfa_reg.where != CFIRULE_REG)
		return false;
	r->now.cfa_reg.off = off;
	if (!r->now.cfa_is_expr)
		set_cfa(r, r->now.cfa_reg);
	return true;
}

static bool
set_cfa_register(struct run *r, uint8_t reg)
{
	if (r->now.cfa_reg.where != CFIRULE_REG)
		return false;
	r->now.cfa_reg.reg = reg;
	set_cfa(r, r->now.cfa_reg);
	return true;
}

static uint8_t
get_reg(struct dwread *c)
{
	uint64_t reg = dwread_uleb(c);

	return reg <= CFIRULE_REG_RA ? (uint8_t)reg : 255;
}

/* The instructions whose opcode is a whole byte. */
static bool
run_extended(struct run *r, struct dwread *c, uint8_t op)
{
	struct cfirule_place p = { 0 };
	uint64_t reg, v;

	switch (op) {
	case DW_CFA_nop:
		return true;
	case DW_CFA_set_loc:
		return false; /* needs relocations; nobody emits it */
	case DW_CFA_advance_loc1:
		return advance(r, dwread_byte(c));
	case DW_CFA_advance_loc2:
		return advance(r, dwread_uint(c, 2));
	case DW_CFA_advance_loc4:
		return advance(r, dwread_uint(c, 4));
	case DW_CFA_MIPS_advance_loc8:
		return advance(r, dwread_uint(c, 8));
	case DW_CFA_offset_extended:
		reg = dwread_uleb(c);
		set_saved(r, reg, dwread_uleb(c));
		return true;
	case DW_CFA_offset_extended_sf:
		reg = dwread_uleb(c);
		set_saved(r, reg, (uint64_t)dwread_sleb(c));
		return true;
	case DW_CFA_GNU_negative_offset_extended:
		reg = dwread_uleb(c);
		set_saved(r, reg, -dwread_uleb(c));
		return true;
	case DW_CFA_restore_extended:
		restore(r, dwread_uleb(c));
		return true;
	case DW_CFA_undefined:
		p.where = CFIRULE_UNDEF;
		set_place(r, dwread_uleb(c), p);
		return true;
	case DW_CFA_same_value:
		/* Of the return address it has no meaning. */
		reg = dwread_uleb(c);
		p.where = reg == CFIRULE_REG_RA ? CFIRULE_OTHER : CFIRULE_KEPT;
		set_place(r, reg, p);
		return true;
	case DW_CFA_register:
		reg = dwread_uleb(c);
		p.where = CFIRULE_REG;
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
		p.where = CFIRULE_REG;
		p.reg = get_reg(c);
		p.off = op == DW_CFA_def_cfa ? (int64_t)dwread_uleb(c) :
					       factored(r, dwread_sleb(c));
		set_cfa(r, p);
		return true;
	case DW_CFA_def_cfa_register:
		return set_cfa_register(r, get_reg(c));
	case DW_CFA_def_cfa_offset:
		return set_cfa_offset(r, (int64_t)dwread_uleb(c));
	case DW_CFA_def_cfa_offset_sf:
		return set_cfa_offset(r, factored(r, dwread_sleb(c)));
	case DW_CFA_def_cfa_expression:
		r->now.cfa = cfirule_cfa_expression(dwread_block(c));
		r->now.cfa_is_expr = true;
		r->changed = true;
		return true;
	case DW_CFA_expression:
		reg = dwread_uleb(c);
		set_place(r, reg, cfirule_reg_expression(dwread_block(c)));
		return true;
	case DW_CFA_val_offset:
	case DW_CFA_val_offset_sf:
		reg = dwread_uleb(c);
		v = dwread_uleb(c);
		(void)v;
		p.where = CFIRULE_OTHER;
		set_place(r, reg, p);
		return true;
	case DW_CFA_val_expression:
		reg = dwread_uleb(c);
		(void)dwread_block(c);
		p.where = CFIRULE_OTHER;
		set_place(r, reg, p);
		return true;
	case DW_CFA_GNU_args_size:
		(void)dwread_uleb(c);
		return true;
	}
	return false;
}

/* Run to the end of the program or function. False: malformed. */
static bool
run_program(struct run *r, struct dwread c)
{
	while (c.p < c.end && !r->done) {
		uint8_t op = *c.p++, low = op & 0x3f;
		bool ok = true;

		switch (op & 0xc0) {
		case DW_CFA_advance_loc:
			ok = advance(r, low);
			break;
		case DW_CFA_offset:
			set_saved(r, low, dwread_uleb(&c));
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

bool
cfirun_initial(struct cfi *c, struct cfi_cie *cie, struct dwread program)
{
	struct run r = { .c = c, .cie = cie };

	if (!run_program(&r, program))
		return false;
	cie->initial = r.now;
	return true;
}

void
cfirun_function(struct cfi *c, const struct cfi_cie *cie, uint64_t start,
    uint64_t end, struct dwread program, struct rows *out)
{
	struct run r = {
		.c = c,
		.cie = cie,
		.now = cie->initial,
		.pc = start,
		.end = end,
		.out = out,
		.changed = true,
	};

	if (!run_program(&r, program)) {
		c->bad_programs++;
		if (r.pc < r.end)
			rows_end(out, (uint32_t)r.pc);
		return;
	}
	emit(&r);
	rows_end(out, (uint32_t)r.end);
}
