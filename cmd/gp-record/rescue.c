#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The top of a stack, as it came with the sample. */
struct stack_copy {
	const uint8_t *bytes;
	uint64_t start, len;
};

static int
read_copy(const struct stack_copy *c, void *dst, size_t len, uint64_t addr)
{
	uint64_t at = addr - c->start;

	if (at > c->len || c->len - at < len)
		return -1;
	memcpy(dst, c->bytes + at, len);
	return 0;
}

#define UNWIND_READ(mem, dst, len, addr) read_copy(mem, dst, len, addr)
#include "unwind/step.h"

#include "rescue.h"

int
rescue_walk(const struct sample_rescue *r, const void *stack,
    uint32_t stack_len, rescue_rule *find, void *arg, uint64_t *frame,
    uint32_t max, uint32_t *n)
{
	struct stack_copy copy = { stack, r->reg[UNWIND_RSP], stack_len };
	struct unwind_state u = { .pc = r->pc, .exact = r->exact != 0 };
	uint32_t rule;
	int end;

	memcpy(u.reg, r->reg, sizeof u.reg);
	for (*n = 0; *n < max; frame[(*n)++] = unwind_lookup_pc(&u)) {
		end = find(arg, unwind_lookup_pc(&u), &rule);
		if (end == UNWIND_OK)
			end = unwind_step(&u, rule, &copy);
		if (end != UNWIND_OK)
			return end;
	}
	return UNWIND_TOO_DEEP;
}
