/*
 * cfirule.h - from where registers are, by DWARF, to the rule of a row.
 *
 * A program of call frame instructions says of each register of the caller
 * where it is: DWARF's full language, of which a row has room for what
 * compilers, linkers and libraries write (step.h). Here are the places as DWARF
 * has them, and their translation. What rows cannot say is counted in struct
 * cfi: rbp is lost rather than the caller, and without a caller there is a gap.
 */
#ifndef GP_CFIRULE_H
#define GP_CFIRULE_H

#include <stdbool.h>
#include <stdint.h>

#include "elf/dwread.h"

struct cfi;

/* DWARF's column of the return address on x86-64. */
enum { CFIRULE_REG_RA = 16 };

/* How a register of the caller, or the CFA, is found. */
enum cfirule_where {
	CFIRULE_KEPT,  /* as it is; RA: as the ABI has it, at CFA - 8 */
	CFIRULE_CFA,   /* in memory at CFA + off */
	CFIRULE_REG,   /* CFA: reg + off; RA: in reg */
	CFIRULE_MEM,   /* CFA: *(reg + off) + add; others: *(reg + off) */
	CFIRULE_PLT,   /* CFA: lazy binding stub, threshold reg */
	CFIRULE_UNDEF,
	CFIRULE_OTHER, /* by rules that rows cannot say */
};

struct cfirule_place {
	uint8_t where; /* enum cfirule_where */
	uint8_t reg;   /* 255: any above 16 */
	bool above;    /* rbp, CFA: at some pc so far this was not below rsp */
	uint32_t add;
	int64_t off;
};

struct cfirule_regs {
	struct cfirule_place cfa, rbp, ra, rbx;
	struct cfirule_place cfa_reg; /* the CFA's latest register and offset: an
				       * expression hides them, a new register or
				       * offset builds on them */
	bool cfa_is_expr;
};

/*
 * The place that an expression means: of the CFA, or where a register was
 * saved. Recognised by shape, as GNU ld, GCC and glibc write them; all others
 * are CFIRULE_OTHER.
 */
struct cfirule_place cfirule_cfa_expression(struct dwread e);
struct cfirule_place cfirule_reg_expression(struct dwread e);

/* The row's word for a state. */
uint32_t cfirule_of(struct cfi *c, const struct cfirule_regs *s);

#endif
