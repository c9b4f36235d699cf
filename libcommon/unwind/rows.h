/*
 * rows.h - a table of unwind rows, as it is made and searched.
 *
 * The format and its invariants are in step.h. Makers (ehframe.h, gorows.h)
 * add functions in ascending order:
 *
 *	struct rows t = { .base = lowest executable p_vaddr };
 *
 *	rows_add(&t, start, rule);	// from here on
 *	rows_add(&t, start + 1, rule);
 *	rows_end(&t, end);		// nothing is known from here on
 *	...
 *
 * and get a table without neighbours of equal rules whatever they add.
 *
 * Between two functions the linker puts padding, up to 15 bytes of it, that no
 * thread ever executes. A gap that short takes the next function's first rule,
 * if that is the one at the entry of every function (CFA = rsp + 8): it is
 * right also for the one thing that may live there, a stub too small to have a
 * frame or an entry in .eh_frame; and most functions end with the same rule, so
 * that two rows a function are saved. The rule of the function before is never
 * stretched: it may describe a frame that was never taken down.
 *
 * A zeroed struct rows is empty, with base 0. Whoever declares one frees it; no
 * memory ends the program. A table is never longer than ROWS_MAX: what does not
 * fit is dropped, and full is set.
 */
#ifndef GP_ROWS_H
#define GP_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "unwind/step.h"

enum {
	ROWS_MAX = 16 << 20,  /* rows, 128 MB; libLLVM has 0.8 million */
	ROWS_BRIDGE_MAX = 15, /* bytes of a gap that counts as padding */
};

struct rows {
	struct unwind_row *row;
	size_t n, cap;
	uint64_t base; /* ELF virtual address that a row's pc counts from */
	bool full;
};

/*
 * From pc on the rule is this, up to the next added row.
 *
 * pc below that of the last row: ignored, a maker's input is hostile; the same:
 * replaced.
 */
void rows_add(struct rows *t, uint32_t pc, uint32_t rule);

/* From pc on nothing is known. Ends the table if nothing follows. */
void rows_end(struct rows *t, uint32_t pc);

/* Forget everything from pc on, so that it can be added again. */
void rows_cut(struct rows *t, uint32_t pc);

/* Give back the memory that growing took too much of. */
void rows_trim(struct rows *t);

/* Put what b knows where a has gaps; b is used up. Both have the same base. */
void rows_fill(struct rows *a, struct rows *b);

/* True if the n rows keep the invariants of step.h, so that they can be used
 * whoever made them: at worst callers are wrong. */
GP_MUSTUSE bool rows_are_valid(const struct unwind_row *row, size_t n);

/* The rule at pc: a binary search. UNWIND_RULE_GAP outside of the table. */
uint32_t rows_rule(const struct unwind_row *row, size_t n, uint32_t pc);

/* The index of the row that covers pc, or SIZE_MAX below the first. */
size_t rows_find(const struct unwind_row *row, size_t n, uint32_t pc);

void rows_free(struct rows *t);

#endif
