#include <stddef.h>
#include <stdint.h>

static int read_copy(const void *mem, void *dst, size_t len, uint64_t addr);
#define UNWIND_READ(mem, dst, len, addr) read_copy(mem, dst, len, addr)

#include "unwind/unwind.h"

#include <string.h>

static int
read_copy(const void *mem, void *dst, size_t len, uint64_t addr)
{
	const struct unwind_stack *k = mem;

	if (addr < k->at || addr - k->at > k->len ||
	    len > k->len - (addr - k->at))
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
