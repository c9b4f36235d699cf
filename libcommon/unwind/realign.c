#include "unwind/realign.h"

enum { POP_RBP = 0x5d, LEAVE = 0xc9 };

/* Whether a row says that rbp is at *rbp, and the CFA where the stack was. */
static bool
is_aligned(const struct unwind_rule *r)
{
	if (r->rbp != UNWIND_RBP_AT_RBP)
		return false;
	return r->base == UNWIND_DEREF_RBP || (r->base < 16 && r->offset == 0);
}

uint32_t
realign_rule(const uint8_t *b, uint32_t rule)
{
	struct unwind_rule is = unwind_rule_decode(rule), want = { 0 };

	/* REX.W, lea, a ModRM byte of rsp and of 8 bits beside a register. (r12
	 * would need one byte more.) */
	if ((b[0] != POP_RBP && b[0] != LEAVE) || (b[1] & 0xfe) != 0x48 ||
	    b[2] != 0x8d || (b[3] & 0xf8) != 0x60 || (b[3] & 7) == 4 ||
	    b[4] != 0xf8 || !is_aligned(&is))
		return UNWIND_RULE_GAP;
	want.base = (b[1] & 1u) << 3 | (b[3] & 7u);
	/* The numbers of instructions are DWARF's from r8 on; below, no compiler
	 * keeps it. */
	if (want.base < 8 || (is.base < 16 && is.base != want.base))
		return UNWIND_RULE_GAP;
	return unwind_rule_encode(&want);
}

void
realign_fix(const struct elffile *f, struct rows *t)
{
	struct rows fix = { .base = t->base };

	for (size_t i = 0; i + 1 < t->n; i++) {
		uint32_t end = t->row[i + 1].pc, rule;
		struct unwind_rule r = unwind_rule_decode(t->row[i].rule);
		uint8_t b[REALIGN_CODE];
		uint64_t off;

		if (!is_aligned(&r) || end - t->row[i].pc < sizeof b ||
		    !elffile_offset(f, t->base + end - sizeof b, &off) ||
		    elffile_read(f, off, b, sizeof b) != ELFFILE_OK)
			continue;
		rule = realign_rule(b, t->row[i].rule);
		if (rule == UNWIND_RULE_GAP)
			continue;
		rows_add(&fix, end - REALIGN_LEA, rule);
		rows_end(&fix, end);
	}
	if (!fix.n)
		return;
	rows_fill(&fix, t);
	*t = fix;
}
