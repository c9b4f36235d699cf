/*
 * realign.h - rows for the end of functions that align their stack.
 *
 * GCC keeps where the stack was in a register (DRAP), mostly r10, and says of rbp
 * that it is at *rbp until the very end:
 *
 *	41 5a        pop %r10              CFA = *(rbp - x) until here,
 *	41 5c        pop %r12              then r10
 *	5d           pop %rbp              (or c9, leave)
 *	49 8d 62 f8  lea -8(%r10),%rsp     rbp at *rbp: not any more
 *	c3           ret
 *
 * At the lea, rbp is the caller's already, and what is at *rbp its caller's: a walk
 * from there would miss a function that has its frame by rbp. So the lea gets a row
 * of its own: CFA in the register, rbp kept. It is told by its bytes, in front of
 * where a row ends that has rbp at *rbp.
 */
#ifndef GP_REALIGN_H
#define GP_REALIGN_H

#include "elf/elffile.h"
#include "unwind/rows.h"

enum {
	REALIGN_LEA = 4,   /* bytes of the instruction */
	REALIGN_CODE = 5,  /* with the one before */
};

/* The rule at a lea like that, of which b are the REALIGN_CODE last bytes; rule: of
 * the row that covers it. UNWIND_RULE_GAP: it is none. */
uint32_t realign_rule(const uint8_t *b, uint32_t rule);

/* Split the rows of f that end with one. */
void realign_fix(const struct elffile *f, struct rows *t);

#endif
