/*
 * test_startcode.c - a file of one executable segment, with start-up code at
 * CODE and a table that knows [0, CODE) and what stands behind it only.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "code_image.h"
#include "suite.h"
#include "unwind/startcode.h"

enum { CODE = CODE_AT, SIZE = CODE_SIZE };

#define OTHER ((uint32_t)UNWIND_RSP | 40u << 7)
#define ENTRY UNWIND_RULE_ENTRY
#define RSP16 ((uint32_t)UNWIND_RSP | 16u << 7)
#define RBP16 \
	((uint32_t)UNWIND_RBP | (uint32_t)UNWIND_RBP_SAVED << 5 | 2u << 7 | \
	    2u << 24)

/* The rows of a file that has code in a gap of len bytes. */
static struct rows
fixed(const char *hex, uint32_t len)
{
	struct elffile f = code_image(hex);
	struct cfi none = { 0 };
	struct rows t = { 0 };

	rows_add(&t, 0, OTHER);
	rows_end(&t, CODE);
	rows_add(&t, CODE + len, OTHER);
	rows_end(&t, SIZE);
	startcode_fix(&f, &none, &t);
	ck_assert(rows_are_valid(t.row, t.n));
	return t;
}

static void
check_rule(const struct rows *t, uint32_t at, uint32_t rule)
{
	ck_assert_msg(rows_rule(t->row, t->n, CODE + at) == rule,
	    "at %u: %x, want %x", at, rows_rule(t->row, t->n, CODE + at), rule);
}

START_TEST(init_and_fini_take_8_bytes)
{
	struct rows t = fixed("f30f1efa4883ec08488b05000000004885c07402ffd0"
			      "4883c408c3", 64);

	check_rule(&t, 0, ENTRY);
	check_rule(&t, 4, ENTRY);
	check_rule(&t, 8, RSP16);
	check_rule(&t, 25, RSP16);
	check_rule(&t, 26, ENTRY);
	check_rule(&t, 27, UNWIND_RULE_GAP);
	rows_free(&t);
	t = fixed("9090904883ec084883c408c3", 64);
	check_rule(&t, 3, ENTRY);
	check_rule(&t, 7, RSP16);
	check_rule(&t, 11, ENTRY);
	check_rule(&t, 12, UNWIND_RULE_GAP);
	rows_free(&t);
}
END_TEST

/* As Debian 12 has it, libtinfo.so.6 at fa00. */
static const char crtbegin[] =
    "488d3da92a0200488d05a22a02004839f87415488b05e62402004885c07409ffe00f1f80"
    "00000000c30f1f8000000000488d3d792a0200488d35722a02004829fe4889f048c1ee3f"
    "48c1f8034801c648d1fe7414488b056d2502004885c07408ffe0660f1f440000c30f1f80"
    "00000000f30f1efa803d452a020000752b5548833d4a250200004889e5740c488b3d6e25"
    "0200e861ffffffe864ffffffc6051d2a0200015dc30f1f00c30f1f8000000000f30f1efa"
    "e977ffffff";

START_TEST(destructors_are_under_a_frame_pointer)
{
	struct rows t = fixed(crtbegin, sizeof crtbegin / 2);

	check_rule(&t, 0x00, ENTRY);
	check_rule(&t, 0x68, ENTRY);
	check_rule(&t, 0x7d, ENTRY);
	check_rule(&t, 0x7e, UNWIND_RULE_PUSHED);
	check_rule(&t, 0x88, UNWIND_RULE_PUSHED);
	check_rule(&t, 0x89, RBP16);
	check_rule(&t, 0x9b, RBP16);
	check_rule(&t, 0xa3, RBP16);
	check_rule(&t, 0xa4, ENTRY);
	check_rule(&t, 0xb4, ENTRY);
	rows_free(&t);
}
END_TEST

START_TEST(half_of_it_is_nothing)
{
	char half[sizeof crtbegin];

	for (size_t n = 2; n < sizeof crtbegin - 1; n += 2) {
		struct rows t;

		memset(half, 0, sizeof half);
		memcpy(half, crtbegin, n);
		t = fixed(half, (uint32_t)n / 2);
		if (n < 2 * 0xa5)
			check_rule(&t, 0, UNWIND_RULE_GAP);
		check_rule(&t, (uint32_t)n / 2, OTHER);
		rows_free(&t);
	}
}
END_TEST

START_TEST(a_system_call_between_rows_is_clone_s)
{
	struct rows t = fixed("0f054885c07c157401c3", 10);

	check_rule(&t, 0, UNWIND_CLONE);
	check_rule(&t, 9, UNWIND_CLONE);
	check_rule(&t, 10, OTHER);
	rows_free(&t);
	/* Somewhere in a longer gap it is anything. */
	t = fixed("0f054885c07c157401c3", 40);
	check_rule(&t, 0, UNWIND_RULE_GAP);
	rows_free(&t);
}
END_TEST

/* A .eh_frame of two entries: all of their instructions are zeros. */
static void
check_context(const char *hex, uint32_t before_end, uint32_t rule)
{
	static const uint8_t nops[4];
	struct cfi_fde fde[2] = {
		{ .start = 0, .len = before_end },
		{ .start = CODE, .len = 26, .off = 0, .end = sizeof nops },
	};
	struct cfi c = { .window = { .data = nops, .len = sizeof nops },
		.fde = fde, .n = 2, .pieces = 1 };
	struct elffile f = code_image(hex);
	struct rows t = { 0 };

	rows_add(&t, 0, OTHER);
	rows_add(&t, CODE - 8, ENTRY);
	rows_end(&t, CODE + 26);
	startcode_fix(&f, &c, &t);
	check_rule(&t, (uint32_t)-1, rule);
	check_rule(&t, 0, rule);
	check_rule(&t, 25, rule);
	check_rule(&t, (uint32_t)-2, ENTRY);
	check_rule(&t, 26, UNWIND_RULE_GAP);
	rows_free(&t);
}

START_TEST(a_coroutine_ends_at_start_context)
{
	static const char plain[] = "4889dc488b3c244885ff7408";
	static const char cet[] = "f30f1efa4889dc488b3c244885ff7408";

	check_context(plain, CODE - 8, UNWIND_RULE_BOTTOM);
	check_context(cet, CODE - 8, UNWIND_RULE_BOTTOM);
	/* Somebody else's last byte is before it. */
	check_context(plain, CODE, ENTRY);
	check_context("4889dc488b3c244885fe7408", CODE - 8, ENTRY);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("startcode");
	TCase *t = tcase_create("startcode");

	suite_add_tcase(s, t);
	tcase_add_test(t, init_and_fini_take_8_bytes);
	tcase_add_test(t, destructors_are_under_a_frame_pointer);
	tcase_add_test(t, half_of_it_is_nothing);
	tcase_add_test(t, a_system_call_between_rows_is_clone_s);
	tcase_add_test(t, a_coroutine_ends_at_start_context);
	return s;
}
