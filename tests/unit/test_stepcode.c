/* test_stepcode.c - see stepcode.h. */
#include <check.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "suite.h"
#include "unwind/stepcode.h"

enum { AT = 0x1000 };

/* The 8 bytes as memory has them. */
static uint64_t
bytes(const char *b)
{
	uint64_t v;

	memcpy(&v, b, 8);
	return v;
}

START_TEST(two_bytes_tell_where_in_its_prologue_a_function_is)
{
	/* nop; push %rbp; mov %rsp,%rbp */
	ck_assert_uint_eq(
	    stepcode_leaf_rule(bytes("\x90\x55\x48\x89\xe5\1\1\1"), 1),
	    UNWIND_RULE_ENTRY);
	ck_assert_uint_eq(stepcode_leaf_rule(bytes("\x55\x48\x89\xe5\1\1\1\1"), 1),
	    UNWIND_RULE_PUSHED);
	ck_assert_uint_eq(stepcode_leaf_rule(bytes("\x55\x48\x8b\xec\1\1\1\1"), 1),
	    UNWIND_RULE_PUSHED);
	ck_assert_uint_eq(stepcode_leaf_rule(bytes("\x90\xf3\x0f\x1e\xfa\1\1\1"), 1),
	    UNWIND_RULE_ENTRY);
	ck_assert_uint_eq(stepcode_leaf_rule(bytes("\x90\xf3\x0f\x10\xfa\1\1\1"), 1),
	    UNWIND_RULE_FP);
	ck_assert_uint_eq(stepcode_leaf_rule(bytes("\x5d\xc3\1\1\1\1\1\1"), 1),
	    UNWIND_RULE_ENTRY);
	ck_assert_uint_eq(stepcode_leaf_rule(bytes("\x48\x89\xe5\1\1\1\1\1"), 1),
	    UNWIND_RULE_FP);
}
END_TEST

/* The caller of musl's leaf would be one more frame with rbp 0, where a chain of
 * frame pointers ends: a stack that is cut must not look whole. */
START_TEST(a_leaf_with_rbp_0_keeps_no_frame_pointers)
{
	/* syscall; ret / push %rbp / push %rbp; mov %rsp,%rbp / anything */
	ck_assert_uint_eq(stepcode_leaf_rule(bytes("\x05\xc3\1\1\1\1\1\1"), 0),
	    UNWIND_RULE_GAP);
	ck_assert_uint_eq(stepcode_leaf_rule(bytes("\x90\x55\1\1\1\1\1\1"), 0),
	    UNWIND_RULE_GAP);
	ck_assert_uint_eq(
	    stepcode_leaf_rule(bytes("\x55\x48\x89\xe5\1\1\1\1"), 0),
	    UNWIND_RULE_GAP);
	ck_assert_uint_eq(stepcode_leaf_rule(bytes("\1\1\1\1\1\1\1\1"), 0),
	    UNWIND_RULE_GAP);
}
END_TEST

START_TEST(musl_s_start_code_is_known_by_its_bytes)
{
	struct unwind_state s = { .pc = 50, .reg[UNWIND_RSP] = AT };

	ck_assert(stepcode_hands_on(bytes("\x89\xc7\xe8\1\1\1\1\1")));
	ck_assert(stepcode_hands_on(bytes("\x48\x89\xc7\xe8\1\1\1\1")));
	ck_assert(stepcode_hands_on(bytes("\x48\x63\xf8\xe8\1\1\1\1")));
	ck_assert(!stepcode_hands_on(bytes("\x89\xc6\xe8\1\1\1\1\1")));
	ck_assert(stepcode_is_start(
	    bytes("\x83\xe4\xf0\xe8\1\1\1\1"), 0));
	ck_assert(stepcode_is_start(
	    0, bytes("\x89\xc7\x31\xc0\xb0\x3c\x0f\5")));
	ck_assert(!stepcode_is_start(
	    bytes("\1\xe4\xf0\xe8\1\1\1\1"),
	    bytes("\x89\xc7\x31\xc0\xb0\x3d\x0f\5")));

	ck_assert(stepcode_is_unframed(&s));
	s.reg[UNWIND_RBP] = AT + 8;
	ck_assert(!stepcode_is_unframed(&s));
	s.reg[UNWIND_RBP] = 0;
	s.exact = 1;
	ck_assert(!stepcode_is_unframed(&s));
}
END_TEST

START_TEST(the_return_from_a_handler_is_known_by_its_bytes)
{
	ck_assert(stepcode_is_sigreturn(bytes("\x48\xc7\xc0\x0f\0\0\0\x0f")));
	ck_assert(!stepcode_is_sigreturn(bytes("\x48\xc7\xc0\x0e\0\0\0\x0f")));
}
END_TEST

static const struct {
	uint8_t bytes[8];
	bool is;
} calls[] = {
	{ { 0, 0, 0, 0xe8, 1, 2, 3, 4 }, true },            /* call rel32 */
	{ { 0, 0, 0, 0, 0, 0, 0xff, 0xd0 }, true },         /* *%rax */
	{ { 0, 0, 0, 0, 0, 0x41, 0xff, 0xd3 }, true },      /* *%r11 */
	{ { 0, 0, 0, 0, 0, 0, 0xff, 0x10 }, true },         /* *(%rax) */
	{ { 0, 0, 0, 0, 0, 0xff, 0x50, 0x08 }, true },      /* *8(%rax) */
	{ { 0, 0, 0, 0, 0, 0xff, 0x14, 0xc1 }, true },      /* *(%rcx,%rax,8) */
	{ { 0, 0, 0, 0, 0xff, 0x54, 0x24, 8 }, true },      /* *8(%rsp) */
	{ { 0, 0, 0xff, 0x15, 1, 2, 3, 4 }, true },         /* *n(%rip) */
	{ { 0, 0, 0xff, 0x90, 1, 2, 3, 4 }, true },         /* *n(%rax) */
	{ { 0, 0xff, 0x94, 0x24, 1, 2, 3, 4 }, true },      /* *n(%rsp) */
	{ { 0, 0xff, 0x14, 0xc5, 1, 2, 3, 4 }, true },      /* *n(,%rax,8) */
	{ { 0, 0, 0, 0, 0, 0, 0xff, 0xe0 }, false },        /* jmp *%rax */
	{ { 0, 0, 0, 0, 0xff, 0xd0, 0x90, 0x90 }, false },
	{ { 0, 0, 0xe8, 1, 2, 3, 4, 0x90 }, false },
	{ { 0 }, false },
};

START_TEST(calls_are_known_by_their_last_bytes)
{
	uint64_t bytes;

	memcpy(&bytes, calls[_i].bytes, sizeof bytes);
	ck_assert_int_eq(stepcode_is_call(bytes), calls[_i].is);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("stepcode");
	TCase *t = tcase_create("stepcode");

	suite_add_tcase(s, t);
	tcase_add_test(t, two_bytes_tell_where_in_its_prologue_a_function_is);
	tcase_add_test(t, a_leaf_with_rbp_0_keeps_no_frame_pointers);
	tcase_add_test(t, musl_s_start_code_is_known_by_its_bytes);
	tcase_add_test(t, the_return_from_a_handler_is_known_by_its_bytes);
	tcase_add_loop_test(t, calls_are_known_by_their_last_bytes, 0,
	    GP_COUNT(calls));
	return s;
}
