/*
 * test_realign.c - the last instructions of functions that align their stack, at
 * CODE of a file of one executable segment, in a row that says rbp is at *rbp.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "code_image.h"
#include "suite.h"
#include "unwind/realign.h"

enum { CODE = CODE_AT, SIZE = CODE_SIZE };

#define ENTRY UNWIND_RULE_ENTRY
#define AT_RBP ((uint32_t)UNWIND_RBP_AT_RBP << 5)
#define IN_R10 (10u | AT_RBP)
#define IN_R13 (13u | AT_RBP)
#define IN_FRAME ((uint32_t)UNWIND_DEREF_RBP | AT_RBP | (2048u - 1) << 7)
#define OTHER ((uint32_t)UNWIND_RSP | 40u << 7)

static const struct {
	const char *code; /* of the row, in hex */
	uint32_t rule;
	int reg; /* where the CFA is at the last instruction; -1: no change */
} ends[] = {
	{ "415a415c415d415e415f5d498d62f8", IN_R10, 10 },
	{ "415a415c415d415e415f5d498d62f8", IN_FRAME, 10 },
	{ "4c8b55f8c9498d62f8", IN_R10, 10 },
	{ "4c8b6df8c9498d65f8", IN_R13, 13 },
	{ "5d498d62f8", IN_R10, 10 },
	/* Another register than the row's, another distance, no frame popped before
	 * it, into another register; a register that no compiler has it in. */
	{ "415a415d5d498d65f8", IN_R10, -1 },
	{ "415a415c5d498d62f0", IN_R10, -1 },
	{ "415a415c5b498d62f8", IN_R10, -1 },
	{ "415a415c5d498d6af8", IN_R10, -1 },
	{ "415a415c5d488d62f8", IN_FRAME, -1 },
	{ "415a415c5d498d64f8", IN_FRAME, -1 },
	/* Shorter than a row that ends so can be. */
	{ "498d62f8", IN_R10, -1 },
	/* Where rbp is where the row says. */
	{ "415a415c5d498d62f8", 10u, -1 },
	{ "415a415c5d498d62f8", OTHER, -1 },
};

static uint32_t
rule_at(const struct rows *t, size_t pc)
{
	return rows_rule(t->row, t->n, (uint32_t)pc);
}

START_TEST(at_the_lea_rbp_is_the_caller_s)
{
	struct elffile f = code_image(ends[_i].code);
	size_t end = CODE + strlen(ends[_i].code) / 2, lea = end - REALIGN_LEA;
	uint32_t rule = ends[_i].rule;
	struct rows t = { 0 };

	rows_add(&t, 0, OTHER);
	rows_add(&t, CODE, rule);
	rows_add(&t, (uint32_t)end, ENTRY);
	rows_end(&t, SIZE);
	realign_fix(&f, &t);
	ck_assert(rows_are_valid(t.row, t.n));
	if (ends[_i].reg >= 0)
		rule = (uint32_t)ends[_i].reg;
	ck_assert_uint_eq(rule_at(&t, lea), rule);
	ck_assert_uint_eq(rule_at(&t, end - 1), rule);
	ck_assert_uint_eq(rule_at(&t, CODE - 1), OTHER);
	if (lea > CODE) {
		ck_assert_uint_eq(rule_at(&t, CODE), ends[_i].rule);
		ck_assert_uint_eq(rule_at(&t, lea - 1), ends[_i].rule);
	}
	ck_assert_uint_eq(rule_at(&t, end), ENTRY);
	ck_assert_uint_eq(rule_at(&t, SIZE), UNWIND_RULE_GAP);
	rows_free(&t);
}
END_TEST

/* Each of many, and what the file ends before has no code. */
START_TEST(every_function_has_an_end)
{
	static const char code[] = "415a5d498d62f8c3";
	char all[8 * (sizeof code - 1) + 1] = { 0 };
	struct rows t = { 0 };
	struct elffile f;

	for (uint32_t i = 0; i < 8; i++) {
		strcat(all, code);
		rows_add(&t, CODE + i * 8, IN_R10);
		rows_add(&t, CODE + i * 8 + 7, ENTRY);
	}
	rows_add(&t, SIZE + 8, IN_R10);
	rows_end(&t, SIZE + 80);
	f = code_image(all);
	realign_fix(&f, &t);
	ck_assert(rows_are_valid(t.row, t.n));
	ck_assert_uint_eq(t.n, 8 * 3 + 2);
	for (uint32_t i = 0; i < 8; i++)
		ck_assert_uint_eq(rule_at(&t, CODE + i * 8 + 3), 10);
	rows_free(&t);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("realign");
	TCase *t = tcase_create("realign");

	suite_add_tcase(s, t);
	tcase_add_loop_test(t, at_the_lea_rbp_is_the_caller_s, 0,
	    sizeof ends / sizeof ends[0]);
	tcase_add_test(t, every_function_has_an_end);
	return s;
}
