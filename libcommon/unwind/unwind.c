#define UNWIND_READ(mem, dst, len, addr) unwind_read(mem, dst, len, addr)

#include "unwind/unwind.h"

#include <string.h>

#include "unwind/stepcode.h"

int
unwind_read(const struct unwind_stack *k, void *dst, size_t len, uint64_t addr)
{
	if (addr < k->at || addr - k->at > k->len ||
	    len > k->len - (addr - k->at))
		return -1;
	for (uint64_t page = addr >> 12; page <= (addr + len - 1) >> 12; page++)
		if (page - (k->at >> 12) < 64 &&
		    k->holes >> (page - (k->at >> 12)) & 1)
			return -1;
	memcpy(dst, (const char *)k->bytes + (addr - k->at), len);
	return 0;
}

int
unwind_walk(struct unwind_state *s, const struct unwind_stack *stack,
    const struct unwind_finder *f, uint64_t *frame, uint64_t *sp, size_t cap,
    size_t *n)
{
	struct unwind_stack k = *stack;
	uint32_t rule;
	int end;

	for (;;) {
		end = f->rule(f->arg, s, &rule);
		if (end == UNWIND_OK)
			end = unwind_step(s, rule, &k);
		if (end != UNWIND_OK)
			return end;
		/* Counted only here: a stack of exactly cap frames is whole. */
		if (*n >= cap)
			return UNWIND_TOO_DEEP;
		if (sp)
			sp[*n] = s->reg[UNWIND_RSP];
		frame[(*n)++] = unwind_lookup_pc(s);
	}
}

uint32_t
unwind_late_rule(const struct unwind_late *l)
{
	bool entry = l->may_return[0];
	bool pushed = l->top[0] == l->rbp && l->may_return[1];
	uint32_t said;

	if (!l->rbp)
		return UNWIND_RULE_GAP;
	/* Before its frame is there, rbp is the caller's, which is above. */
	if (l->rsp == l->rbp || (!entry && !pushed))
		return UNWIND_RULE_FP;
	if (!l->code)
		return UNWIND_RULE_GAP;
	said = stepcode_leaf_rule(*l->code, l->rbp);
	if ((said == UNWIND_RULE_ENTRY && entry && l->is_return) ||
	    (said == UNWIND_RULE_PUSHED && pushed))
		return said;
	return UNWIND_RULE_GAP;
}
