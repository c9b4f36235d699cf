#include "perfsample.h"

#include <stdint.h>
#include <string.h>

#include "sampler.h"

/* AX BX CX DX SI DI BP SP IP R8-15 */
enum { REG_IP = 8, REGS = 17 };

/* Where each DWARF register is among those. */
static const uint8_t reg_at[16] = {
	0, 3, 2, 1, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16,
};

/* Takes fields off a record; fails for good when there are too few bytes. */
struct cursor {
	const char *p;
	size_t left;
	bool bad;
};

static void
take(struct cursor *c, void *dst, size_t len)
{
	if (c->bad || c->left < len) {
		c->bad = true;
		memset(dst, 0, len);
		return;
	}
	memcpy(dst, c->p, len);
	c->p += len;
	c->left -= len;
}

static uint64_t
take_u64(struct cursor *c)
{
	uint64_t v;

	take(c, &v, sizeof v);
	return v;
}

/* The kernel's part of the callchain; its context markers are no frames. */
static void
take_callchain(struct cursor *c, struct sample *s, struct buf *b)
{
	uint64_t n = take_u64(c), addr;

	for (; n && !c->bad; n--) {
		addr = take_u64(c);
		if (addr >= (uint64_t)PERF_CONTEXT_MAX ||
		    s->nkernel == SAMPLER_KERNEL_MAX)
			continue;
		buf_add(b, &addr, sizeof addr);
		s->nkernel++;
	}
}

/* Registers and stack: a rescue, if there is a user part at all. */
static void
take_user(struct cursor *c, struct sample *s, struct buf *b)
{
	uint64_t abi = take_u64(c), reg[REGS], size, copied;
	struct sample_rescue r = { .exact = 1 };
	const char *stack;

	s->status = SAMPLE_NO_USER;
	if (abi == PERF_SAMPLE_REGS_ABI_NONE)
		return;
	take(c, reg, sizeof reg);
	for (int i = 0; i < 16; i++)
		r.reg[i] = reg[reg_at[i]];
	r.pc = reg[REG_IP];
	r.from = r.reg[UNWIND_RSP];
	size = take_u64(c);
	if (c->bad || size > c->left) {
		c->bad = true;
		return;
	}
	stack = c->p;
	c->p += size;
	c->left -= size;
	copied = size ? take_u64(c) : 0;
	s->nuser = 1;
	buf_add(b, &r.pc, sizeof r.pc);
	s->status = SAMPLE_COMPAT;
	if (abi != PERF_SAMPLE_REGS_ABI_64)
		return;
	s->status = UNWIND_NO_MAP;
	s->nrescue = (uint32_t)(copied < size ? copied : size);
	buf_add(b, &r, sizeof r);
	buf_add(b, stack, s->nrescue);
}

bool
perfsample_make(const char *body, size_t len, struct buf *b)
{
	struct sample s = { .status = SAMPLE_NO_USER };
	struct cursor c = { body, len, false };
	uint32_t id[2];

	take_u64(&c); /* ip: the callchain has it, or the registers */
	take(&c, id, sizeof id);
	s.pid = id[0];
	s.tid = id[1];
	s.time = take_u64(&c);
	s.image = s.pid;
	buf_reset(b);
	buf_add(b, &s, sizeof s);
	take_callchain(&c, &s, b);
	take_user(&c, &s, b);
	memcpy(b->s, &s, sizeof s);
	return !c.bad;
}
