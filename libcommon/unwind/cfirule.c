#include "unwind/cfirule.h"

#include <dwarf.h>
#include <string.h>

#include "unwind/cfi.h"

/* -- expressions --------------------------------------------------------- */

/*
 * The three shapes of a CFA that cannot be written as register + offset, taken
 * from what GNU ld, GCC and glibc emit:
 *
 *	breg7 8; breg16 0; lit15; and; litN; ge; lit3; shl; plus	PLT
 *	breg6 OFF; deref						DEREF
 *	breg6 OFF; deref; plus_uconst ADD				DEREF
 */
struct cfirule_place
cfirule_cfa_expression(struct dwread e)
{
	static const uint8_t plt_head[] = { DW_OP_breg7, 8, DW_OP_breg16, 0,
		DW_OP_lit15, DW_OP_and };
	static const uint8_t plt_tail[] = { DW_OP_ge, DW_OP_lit3, DW_OP_shl,
		DW_OP_plus };
	struct cfirule_place r = { .where = CFIRULE_OTHER };
	uint64_t add;
	uint8_t op;

	if (e.end - e.p == 11 && memcmp(e.p, plt_head, 6) == 0 &&
	    memcmp(e.p + 7, plt_tail, 4) == 0 && e.p[6] >= DW_OP_lit0 &&
	    e.p[6] <= DW_OP_lit15) {
		r.where = CFIRULE_PLT;
		r.reg = (uint8_t)(e.p[6] - DW_OP_lit0);
		return r;
	}
	op = dwread_byte(&e);
	if (op < DW_OP_breg0 || op > DW_OP_breg15)
		return r;
	r.reg = (uint8_t)(op - DW_OP_breg0);
	r.off = dwread_sleb(&e);
	if (e.p == e.end && !e.bad) {
		r.where = CFIRULE_REG;
		return r;
	}
	if (dwread_byte(&e) != DW_OP_deref)
		return r;
	if (e.p != e.end && !e.bad) {
		if (dwread_byte(&e) != DW_OP_plus_uconst)
			return r;
		add = dwread_uleb(&e);
		if (add > UINT32_MAX)
			return r;
		r.add = (uint32_t)add;
	}
	if (!e.bad && e.p == e.end)
		r.where = CFIRULE_MEM;
	return r;
}

/* Where a register was saved: breg OFF, nothing else. */
struct cfirule_place
cfirule_reg_expression(struct dwread e)
{
	struct cfirule_place r = { .where = CFIRULE_OTHER };
	uint8_t op = dwread_byte(&e);

	if (op < DW_OP_breg0 || op > DW_OP_breg15)
		return r;
	r.reg = (uint8_t)(op - DW_OP_breg0);
	r.off = dwread_sleb(&e);
	if (!e.bad && e.p == e.end)
		r.where = CFIRULE_MEM;
	return r;
}

/* -- from registers to a rule -------------------------------------------- */

/* The kernel's signal frame as glibc describes it: rsp at rsp + 160, rip behind
 * it, rbp five words before. */
static bool
is_signal_frame(const struct cfirule_regs *s)
{
	return s->cfa.where == CFIRULE_MEM && s->cfa.reg == UNWIND_RSP &&
	    s->cfa.off == 160 && s->cfa.add == 0 && s->ra.where == CFIRULE_MEM &&
	    s->ra.reg == UNWIND_RSP && s->ra.off == 168 &&
	    s->rbp.where == CFIRULE_MEM && s->rbp.reg == UNWIND_RSP &&
	    s->rbp.off == 120;
}

/* Fill in where rbp is; false if it has to be lost for want of words. */
static bool
rule_rbp(struct unwind_rule *r, const struct cfirule_regs *s)
{
	switch ((enum cfirule_where)s->rbp.where) {
	case CFIRULE_KEPT:
		r->rbp = UNWIND_RBP_KEPT;
		return true;
	case CFIRULE_CFA:
		r->rbp = UNWIND_RBP_SAVED;
		r->rbp_off = (uint32_t)-s->rbp.off;
		return s->rbp.off <= 0 && s->rbp.off > INT32_MIN;
	case CFIRULE_MEM:
		r->rbp = UNWIND_RBP_AT_RBP;
		return s->rbp.reg == UNWIND_RBP && s->rbp.off == 0;
	case CFIRULE_UNDEF:
		r->rbp = UNWIND_RBP_LOST;
		return true;
	case CFIRULE_REG:
	case CFIRULE_PLT:
	case CFIRULE_OTHER:
		break;
	}
	return false;
}

static bool
rule_cfa(struct cfi *c, struct unwind_rule *r, const struct cfirule_regs *s)
{
	r->offset = s->cfa.off;
	switch ((enum cfirule_where)s->cfa.where) {
	case CFIRULE_REG:
		r->base = s->cfa.reg;
		c->rbx_based |= r->base == UNWIND_RBX;
		break;
	case CFIRULE_PLT:
		r->base = UNWIND_PLT;
		r->arg = s->cfa.reg;
		r->offset = 0;
		break;
	case CFIRULE_MEM:
		r->base = s->cfa.reg == UNWIND_RBP ? UNWIND_DEREF_RBP :
						     UNWIND_DEREF_RSP;
		r->add = s->cfa.add;
		if (s->cfa.reg != UNWIND_RBP && s->cfa.reg != UNWIND_RSP)
			return false;
		break;
	case CFIRULE_KEPT:
	case CFIRULE_CFA:
	case CFIRULE_UNDEF:
	case CFIRULE_OTHER:
		return false;
	}
	if (s->ra.where == CFIRULE_REG) {
		if (r->base != UNWIND_RSP || s->rbp.where != CFIRULE_KEPT ||
		    s->ra.reg > 15)
			return false;
		r->base = UNWIND_RA_REG;
		r->arg = s->ra.reg;
		return true;
	}
	return r->base < 16 || s->cfa.where != CFIRULE_REG;
}

/* The same with where rbx is; GAP if there is no word for it. */
static uint32_t
rule_with_rbx(const struct unwind_rule *rule, const struct cfirule_regs *s)
{
	struct unwind_rule r = *rule;

	r.rbx = 1;
	if (s->rbx.where == CFIRULE_CFA && s->rbx.off < 0 && s->rbx.off > INT32_MIN)
		r.rbx_off = (uint32_t)-s->rbx.off;
	else if (s->rbx.where != CFIRULE_KEPT)
		return UNWIND_RULE_GAP;
	return unwind_rule_encode(&r);
}

/* The row's word. RA at CFA - 8 is what the ABI says where a CIE does not. */
uint32_t
cfirule_of(struct cfi *c, const struct cfirule_regs *s)
{
	struct unwind_rule r = { 0 };
	uint32_t rule;

	if (s->ra.where == CFIRULE_UNDEF)
		return UNWIND_RULE_BOTTOM;
	if (is_signal_frame(s))
		return UNWIND_RULE_SIGNAL;
	if (s->ra.where != CFIRULE_KEPT && s->ra.where != CFIRULE_REG &&
	    !(s->ra.where == CFIRULE_CFA && s->ra.off == -8)) {
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
