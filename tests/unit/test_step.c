/*
 * test_step.c - rules as words, and the arithmetic of one step, on a stack made
 * by hand: word[i] is at address 0x1000 + 8 * i.
 */
#include <check.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static int read_words(const void *mem, void *dst, size_t len, uint64_t addr);
#define UNWIND_READ(mem, dst, len, addr) read_words(mem, dst, len, addr)
#include "suite.h"
#include "unwind/step.h"

enum { AT = 0x1000, WORDS = 64 };

static uint64_t stack[WORDS];
static int reads;

static int
read_words(const void *mem, void *dst, size_t len, uint64_t addr)
{
	(void)mem;
	reads++;
	if (addr < AT || addr - AT > sizeof stack ||
	    len > sizeof stack - (addr - AT))
		return -1;
	memcpy(dst, (char *)stack + (addr - AT), len);
	return 0;
}

/* A frame at sp with rbp = bp, stopped at pc; the words count from 100. */
static struct unwind_state
frame_at(uint64_t sp, uint64_t bp, uint64_t pc, uint32_t exact)
{
	struct unwind_state s = { .pc = pc, .exact = exact };

	for (uint64_t i = 0; i < WORDS; i++)
		stack[i] = 100 + i;
	reads = 0;
	s.reg[UNWIND_RSP] = sp;
	s.reg[UNWIND_RBP] = bp;
	return s;
}

static const struct unwind_rule rules[] = {
	{ .base = UNWIND_RSP, .offset = 8 },
	{ .base = UNWIND_RSP, .offset = 12 },
	{ .base = UNWIND_RSP, .offset = (1 << 25) - 1 },
	{ .base = UNWIND_RSP, .offset = 524544, .rbp = 1, .rbp_off = 48 },
	{ .base = UNWIND_RBP, .offset = 16, .rbp = 1, .rbp_off = 16 },
	{ .base = UNWIND_RBP, .offset = 131071 * 8, .rbp = 1, .rbp_off = 2040 },
	{ .base = UNWIND_RBP, .offset = 16, .rbp = UNWIND_RBP_AT_RBP },
	{ .base = 10, .rbp = UNWIND_RBP_LOST },
	{ .base = 15, .offset = 8 },
	{ .base = UNWIND_GAP },
	{ .base = UNWIND_BOTTOM },
	{ .base = UNWIND_FP },
	{ .base = UNWIND_SIGNAL },
	{ .base = UNWIND_FP_SWITCH },
	{ .base = UNWIND_PLT, .arg = 11 },
	{ .base = UNWIND_PLT, .arg = 15, .rbp = UNWIND_RBP_LOST },
	{ .base = UNWIND_DEREF_RBP, .offset = -8, .rbp = UNWIND_RBP_AT_RBP },
	{ .base = UNWIND_DEREF_RBP, .offset = -2048 * 8, .add = 31 * 8 },
	{ .base = UNWIND_DEREF_RSP, .offset = 2047 * 8, .add = 8, .rbp = 1,
	    .rbp_off = 24 },
	{ .base = UNWIND_RA_REG, .arg = UNWIND_RDI },
	{ .base = UNWIND_RA_REG, .arg = 15, .offset = 8 },
	{ .base = UNWIND_CLONE },
	{ .base = UNWIND_CGO, .arg = 5 },
	{ .base = UNWIND_GO_G0, .arg = 1 },
	{ .base = UNWIND_RSP, .offset = 8, .rbx = 1 },
	{ .base = UNWIND_RSP, .offset = 1023 * 8, .rbp = 1, .rbp_off = 2040,
	    .rbx = 1, .rbx_off = 127 * 8 },
	{ .base = UNWIND_RBP, .offset = 16, .rbp = 1, .rbp_off = 16, .rbx = 1,
	    .rbx_off = 56 },
};

START_TEST(a_rule_survives_its_word)
{
	const struct unwind_rule *want = &rules[_i];
	struct unwind_rule got = unwind_rule_decode(unwind_rule_encode(want));

	ck_assert_uint_eq(got.base, want->base);
	ck_assert_uint_eq(got.rbp, want->rbp);
	ck_assert_int_eq(got.offset, want->offset);
	ck_assert_uint_eq(got.add, want->add);
	ck_assert_uint_eq(got.rbp_off, want->rbp_off);
	ck_assert_uint_eq(got.arg, want->arg);
	ck_assert_uint_eq(got.rbx, want->rbx);
	ck_assert_uint_eq(got.rbx_off, want->rbx_off);
}
END_TEST

static const struct unwind_rule unsayable[] = {
	{ .base = UNWIND_RSP, .offset = -8 },
	{ .base = UNWIND_RSP, .offset = 1 << 25 },
	{ .base = UNWIND_RSP, .offset = INT64_MIN },
	{ .base = UNWIND_RSP, .offset = 12, .rbp = 1, .rbp_off = 16 },
	{ .base = UNWIND_RSP, .offset = 131072 * 8, .rbp = 1, .rbp_off = 16 },
	{ .base = UNWIND_RSP, .offset = 16, .rbp = 1, .rbp_off = 2048 },
	{ .base = UNWIND_RSP, .offset = 16, .rbp = 1, .rbp_off = 12 },
	{ .base = UNWIND_RSP, .offset = 16, .rbp = 4 },
	{ .base = UNWIND_DEREF_RBP, .offset = 2048 * 8 },
	{ .base = UNWIND_DEREF_RBP, .offset = -2049 * 8 },
	{ .base = UNWIND_DEREF_RBP, .offset = -4 },
	{ .base = UNWIND_DEREF_RBP, .add = 256 },
	{ .base = UNWIND_DEREF_RBP, .add = 4 },
	{ .base = UNWIND_PLT, .arg = 16 },
	{ .base = UNWIND_CGO, .arg = 16 },
	{ .base = UNWIND_RA_REG, .rbp = 1, .rbp_off = 16 },
	{ .base = UNWIND_RA_REG, .offset = -8 },
	{ .base = UNWIND_RSP, .offset = 1024 * 8, .rbx = 1 },
	{ .base = UNWIND_RSP, .offset = 12, .rbx = 1 },
	{ .base = UNWIND_RSP, .offset = 16, .rbx = 1, .rbx_off = 1024 },
	{ .base = UNWIND_RSP, .offset = 16, .rbx = 1, .rbx_off = 4 },
	{ .base = UNWIND_RBX, .offset = 16, .rbx = 1 },
	{ .base = 31 },
	{ .base = 255 },
};

START_TEST(what_has_no_word_is_a_gap)
{
	ck_assert_uint_eq(unwind_rule_encode(&unsayable[_i]), UNWIND_RULE_GAP);
}
END_TEST

START_TEST(every_word_steps_without_harm)
{
	uint32_t rule = 1;

	for (int i = 0; i < 200000; i++) {
		struct unwind_state s = frame_at(AT + 64, AT + 128, 7, i & 1);
		int end;

		rule = rule * 1664525 + 1013904223;
		end = unwind_step(&s, rule ^ rule >> 16, NULL);
		/* A check that holds is a system call. */
		if (end < UNWIND_OK || end > UNWIND_LOST)
			ck_abort_msg("%x ends in %d", rule ^ rule >> 16, end);
	}
}
END_TEST

static uint32_t
word(struct unwind_rule r)
{
	uint32_t w = unwind_rule_encode(&r);

	ck_assert(w != UNWIND_RULE_GAP);
	return w;
}

static void
check_caller(const struct unwind_state *s, uint64_t sp, uint64_t bp, uint64_t pc)
{
	ck_assert_uint_eq(s->reg[UNWIND_RSP], sp);
	ck_assert_uint_eq(s->reg[UNWIND_RBP], bp);
	ck_assert_uint_eq(s->pc, pc);
	ck_assert_uint_eq(s->exact, 0);
}

START_TEST(at_a_function_s_entry_the_return_address_is_at_rsp)
{
	struct unwind_state s = frame_at(AT, 7, 50, 1);

	ck_assert_int_eq(unwind_step(&s, UNWIND_RULE_ENTRY, NULL), UNWIND_OK);
	check_caller(&s, AT + 8, 7, 100);
	ck_assert_uint_eq(unwind_lookup_pc(&s), 99);
}
END_TEST

START_TEST(behind_push_rbp_both_words_are_read_at_once)
{
	struct unwind_state s = frame_at(AT, 7, 50, 1);

	ck_assert_int_eq(unwind_step(&s, UNWIND_RULE_PUSHED, NULL), UNWIND_OK);
	check_caller(&s, AT + 16, 100, 101);
	ck_assert_int_eq(reads, 1);
}
END_TEST

START_TEST(rbp_may_be_saved_anywhere_below_the_cfa)
{
	struct unwind_state s = frame_at(AT, 7, 50, 0);

	ck_assert_int_eq(unwind_step(&s, word((struct unwind_rule){
		.base = UNWIND_RSP, .offset = 64, .rbp = UNWIND_RBP_SAVED,
		.rbp_off = 48 }), NULL), UNWIND_OK);
	check_caller(&s, AT + 64, 102, 107);
}
END_TEST

START_TEST(a_frame_pointer_chain_ends_with_rbp_0)
{
	struct unwind_state s = frame_at(AT, AT + 32, 50, 0);

	ck_assert_int_eq(unwind_step(&s, UNWIND_RULE_FP, NULL), UNWIND_OK);
	check_caller(&s, AT + 48, 104, 105);
	s.reg[UNWIND_RBP] = 0;
	ck_assert_int_eq(unwind_step(&s, UNWIND_RULE_FP, NULL), UNWIND_END);
}
END_TEST

/* Its caller is code without rows, which has 0 in rbp at a call only if it keeps no
 * frame pointers. */
START_TEST(rbp_0_behind_a_row_is_the_end_of_no_chain)
{
	struct unwind_state s = frame_at(AT, AT + 32, 50, 0);

	ck_assert_int_eq(unwind_step(&s, UNWIND_RULE_FP, NULL), UNWIND_OK);
	ck_assert_uint_eq(s.chained, 1);
	s.reg[UNWIND_RBP] = 0;
	ck_assert_int_eq(unwind_step(&s, UNWIND_RULE_ENTRY, NULL), UNWIND_OK);
	ck_assert_int_eq(unwind_step(&s, UNWIND_RULE_FP, NULL),
	    UNWIND_NO_RULE);
	s.chained = 1;
	ck_assert_int_eq(unwind_step(&s, UNWIND_RULE_SIGNAL, NULL), UNWIND_OK);
	ck_assert_uint_eq(s.chained, 0);
}
END_TEST

START_TEST(a_switch_of_stacks_may_go_down)
{
	struct unwind_state s = frame_at(AT + 64, AT + 32, 50, 0);

	ck_assert_int_eq(unwind_step(&s, UNWIND_RULE_FP, NULL),
	    UNWIND_NO_PROGRESS);
	ck_assert_int_eq(unwind_step(&s, UNWIND_RULE_FP_SWITCH, NULL),
	    UNWIND_OK);
	check_caller(&s, AT + 48, 104, 105);
}
END_TEST

START_TEST(a_binding_stub_has_pushed_once_beyond_its_threshold)
{
	uint32_t plt = word((struct unwind_rule){ .base = UNWIND_PLT,
	    .arg = 11 });
	struct unwind_state s = frame_at(AT, 7, 0x101a, 1);

	ck_assert_int_eq(unwind_step(&s, plt, NULL), UNWIND_OK);
	check_caller(&s, AT + 8, 7, 100);
	s = frame_at(AT, 7, 0x101b, 1);
	ck_assert_int_eq(unwind_step(&s, plt, NULL), UNWIND_OK);
	check_caller(&s, AT + 16, 7, 101);
}
END_TEST

START_TEST(a_realigned_frame_finds_its_cfa_in_memory)
{
	struct unwind_state s = frame_at(AT, AT + 32, 50, 0);

	stack[3] = AT + 96;
	ck_assert_int_eq(unwind_step(&s, word((struct unwind_rule){
		.base = UNWIND_DEREF_RBP, .offset = -8,
		.rbp = UNWIND_RBP_AT_RBP }), NULL), UNWIND_OK);
	check_caller(&s, AT + 96, 104, 111);
}
END_TEST

START_TEST(a_cfa_in_memory_may_have_something_added)
{
	struct unwind_state s = frame_at(AT, 7, 50, 0);

	stack[2] = AT + 96;
	ck_assert_int_eq(unwind_step(&s, word((struct unwind_rule){
		.base = UNWIND_DEREF_RSP, .offset = 16, .add = 8,
		.rbp = UNWIND_RBP_SAVED, .rbp_off = 24 }), NULL), UNWIND_OK);
	check_caller(&s, AT + 104, 110, 112);
}
END_TEST

START_TEST(vfork_s_return_address_is_in_a_register)
{
	uint32_t vfork = word((struct unwind_rule){ .base = UNWIND_RA_REG,
	    .arg = UNWIND_RDI });
	struct unwind_state s = frame_at(AT, 7, 50, 1);

	s.reg[UNWIND_RDI] = 4242;
	ck_assert_int_eq(unwind_step(&s, vfork, NULL), UNWIND_OK);
	check_caller(&s, AT, 7, 4242);
	s = frame_at(AT, 7, 50, 0);
	ck_assert_int_eq(unwind_step(&s, vfork, NULL), UNWIND_LOST);
}
END_TEST

START_TEST(other_registers_are_known_where_the_thread_was_stopped_only)
{
	uint32_t rule = word((struct unwind_rule){ .base = 11, .offset = 40 });
	struct unwind_state s = frame_at(AT, 7, 50, 1);

	s.reg[11] = AT + 8;
	ck_assert_int_eq(unwind_step(&s, rule, NULL), UNWIND_OK);
	check_caller(&s, AT + 48, 7, 105);
	ck_assert_int_eq(unwind_step(&s, rule, NULL), UNWIND_LOST);
}
END_TEST

/* Lazy binding: a frame on top saves rbx, one in between leaves it alone. */
START_TEST(rbx_is_followed_as_far_as_rules_say_where_it_is)
{
	uint32_t saved = word((struct unwind_rule){ .base = UNWIND_RSP,
	    .offset = 24, .rbx = 1, .rbx_off = 16 });
	uint32_t kept = word((struct unwind_rule){ .base = UNWIND_RSP,
	    .offset = 16, .rbx = 1 });
	uint32_t silent = word((struct unwind_rule){ .base = UNWIND_RSP,
	    .offset = 16 });
	uint32_t based = word((struct unwind_rule){ .base = UNWIND_RBX,
	    .offset = 24, .rbp = UNWIND_RBP_SAVED, .rbp_off = 16 });
	struct unwind_state s = frame_at(AT, 7, 50, 1);

	stack[1] = AT + 64;
	ck_assert_int_eq(unwind_step(&s, saved, NULL), UNWIND_OK);
	check_caller(&s, AT + 24, 7, 102);
	ck_assert_int_eq(unwind_step(&s, UNWIND_RULE_ENTRY, NULL), UNWIND_OK);
	ck_assert_int_eq(unwind_step(&s, kept, NULL), UNWIND_OK);
	ck_assert_int_eq(unwind_step(&s, based, NULL), UNWIND_OK);
	check_caller(&s, AT + 64 + 24, 109, 110);
	/* Beyond it, nothing is known about rbx. */
	ck_assert_int_eq(unwind_step(&s, based, NULL), UNWIND_LOST);

	s = frame_at(AT, 7, 50, 1);
	s.reg[UNWIND_RBX] = AT + 64;
	ck_assert_int_eq(unwind_step(&s, silent, NULL), UNWIND_OK);
	ck_assert_int_eq(unwind_step(&s, based, NULL), UNWIND_LOST);
}
END_TEST

START_TEST(clone_has_a_caller_in_the_parent_only)
{
	struct unwind_state s = frame_at(AT, 7, 50, 1);

	s.reg[UNWIND_RAX] = (uint64_t)-38;
	ck_assert_int_eq(unwind_step(&s, UNWIND_CLONE, NULL), UNWIND_OK);
	check_caller(&s, AT + 8, 7, 100);
	s = frame_at(AT, 7, 50, 1);
	ck_assert_int_eq(unwind_step(&s, UNWIND_CLONE, NULL), UNWIND_END);
	s.exact = 0;
	ck_assert_int_eq(unwind_step(&s, UNWIND_CLONE, NULL), UNWIND_NO_RULE);
}
END_TEST

START_TEST(cgo_left_the_way_back_to_the_goroutine_s_stack)
{
	uint32_t cgo = word((struct unwind_rule){ .base = UNWIND_CGO,
	    .arg = 5 });
	struct unwind_state s = frame_at(AT + 256, 7, 50, 0);

	/* g, its stack's end, and how deep asmcgocall was in it. */
	stack[32 + 6] = AT + 80;
	stack[11] = AT + 64;
	stack[32 + 5] = 32;
	ck_assert_int_eq(unwind_step(&s, cgo, NULL), UNWIND_OK);
	check_caller(&s, AT + 40, 7, 104);
	/* Without g there was no change. */
	s = frame_at(AT, 7, 50, 0);
	stack[5] = AT + 128;
	stack[6] = 0;
	ck_assert_int_eq(unwind_step(&s, cgo, NULL), UNWIND_OK);
	check_caller(&s, AT + 136, 7, 116);
	s = frame_at(AT, 7, 50, 0);
	stack[6] = 8;
	ck_assert_int_eq(unwind_step(&s, cgo, NULL), UNWIND_READ_FAILED);
}
END_TEST

/* A thread of Go's, whose m is at AT + 64, g0 at AT + 8 and curg at AT + 320. */
static struct unwind_state
in_systemstack(void)
{
	struct unwind_state s = frame_at(AT + 512, 7, 50, 0);

	s.tls = AT + 8;
	stack[0] = stack[8] = AT + 8;
	stack[1 + 6] = stack[40 + 6] = AT + 64;
	stack[8 + 24] = AT + 320;
	stack[40 + 7] = AT + 40;
	stack[40 + 13] = 77;
	return s;
}

START_TEST(go_has_the_way_back_in_g)
{
	uint32_t g0 = word((struct unwind_rule){ .base = UNWIND_GO_G0,
	    .arg = 1 });
	struct unwind_state s = in_systemstack();

	ck_assert_int_eq(unwind_step(&s, g0, NULL), UNWIND_OK);
	check_caller(&s, AT + 48, 77, 105);
	s = in_systemstack();
	s.tls = 0;
	ck_assert_int_eq(unwind_step(&s, g0, NULL), UNWIND_LOST);
	s = in_systemstack();
	stack[0] = 8;
	ck_assert_int_eq(unwind_step(&s, g0, NULL), UNWIND_READ_FAILED);
	/* What looks like g and is not. */
	s = in_systemstack();
	stack[8] = AT + 96;
	ck_assert_int_eq(unwind_step(&s, g0, NULL), UNWIND_LOST);
	s = in_systemstack();
	stack[40 + 6] = AT;
	ck_assert_int_eq(unwind_step(&s, g0, NULL), UNWIND_LOST);
	/* systemstack is over. */
	s = in_systemstack();
	stack[40 + 7] = 0;
	ck_assert_int_eq(unwind_step(&s, g0, NULL), UNWIND_LOST);
}
END_TEST

START_TEST(a_signal_frame_gives_all_registers_back)
{
	static const int order[] = { 8, 9, 10, 11, 12, 13, 14, 15, 5, 4, 6, 3,
		1, 0, 2, 7 };
	struct unwind_state s = frame_at(AT + 8, 7, 50, 0);

	ck_assert_int_eq(unwind_step(&s, UNWIND_RULE_SIGNAL, NULL), UNWIND_OK);
	for (uint64_t i = 0; i < 16; i++)
		ck_assert_uint_eq(s.reg[order[i]], 100 + 1 + 5 + i);
	ck_assert_uint_eq(s.pc, 100 + 1 + 5 + 16);
	ck_assert_uint_eq(s.exact, 1);
	ck_assert_uint_eq(unwind_lookup_pc(&s), s.pc);
}
END_TEST

START_TEST(the_outermost_frame_ends_the_stack)
{
	struct unwind_state s = frame_at(AT, 7, 50, 0);

	ck_assert_int_eq(unwind_step(&s, UNWIND_RULE_BOTTOM, NULL), UNWIND_END);
	ck_assert_int_eq(unwind_step(&s, UNWIND_RULE_GAP, NULL),
	    UNWIND_NO_RULE);
	stack[0] = 0;
	ck_assert_int_eq(unwind_step(&s, UNWIND_RULE_ENTRY, NULL), UNWIND_END);
}
END_TEST

START_TEST(a_caller_below_its_callee_is_refused)
{
	uint32_t rule = word((struct unwind_rule){ .base = UNWIND_RBP,
	    .offset = 16 });
	struct unwind_state s = frame_at(AT + 64, AT + 32, 50, 1);

	ck_assert_int_eq(unwind_step(&s, rule, NULL), UNWIND_NO_PROGRESS);
	s.reg[UNWIND_RBP] = AT + 48; /* the CFA is rsp: a leaf may */
	ck_assert_int_eq(unwind_step(&s, rule, NULL), UNWIND_OK);
	s = frame_at(AT + 64, AT + 48, 50, 0);
	ck_assert_int_eq(unwind_step(&s, rule, NULL), UNWIND_NO_PROGRESS);
	s.reg[UNWIND_RBP] = AT + 68;
	ck_assert_int_eq(unwind_step(&s, rule, NULL), UNWIND_NO_PROGRESS);
}
END_TEST

START_TEST(a_lost_rbp_is_never_used)
{
	struct unwind_state s = frame_at(AT, AT + 64, 50, 0);

	ck_assert_int_eq(unwind_step(&s, word((struct unwind_rule){
		.base = UNWIND_RSP, .offset = 8, .rbp = UNWIND_RBP_LOST }),
	    NULL), UNWIND_OK);
	ck_assert_int_eq(unwind_step(&s, word((struct unwind_rule){
		.base = UNWIND_RBP, .offset = 16, .rbp = 1, .rbp_off = 16 }),
	    NULL), UNWIND_NO_PROGRESS);
}
END_TEST

START_TEST(what_cannot_be_read_leaves_the_state_alone)
{
	struct unwind_state s = frame_at(AT + sizeof stack, 7, 50, 0), was = s;

	ck_assert_int_eq(unwind_step(&s, UNWIND_RULE_ENTRY, NULL),
	    UNWIND_READ_FAILED);
	ck_assert_int_eq(unwind_step(&s, UNWIND_RULE_PUSHED, NULL),
	    UNWIND_READ_FAILED);
	ck_assert_int_eq(unwind_step(&s, UNWIND_RULE_SIGNAL, NULL),
	    UNWIND_READ_FAILED);
	ck_assert_mem_eq(s.reg, was.reg, sizeof s.reg);
	ck_assert_uint_eq(s.pc, was.pc);
	ck_assert_uint_eq(s.exact, was.exact);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("step");
	TCase *t = tcase_create("step");

	suite_add_tcase(s, t);
	tcase_add_loop_test(t, a_rule_survives_its_word, 0,
	    sizeof rules / sizeof rules[0]);
	tcase_add_loop_test(t, what_has_no_word_is_a_gap, 0,
	    sizeof unsayable / sizeof unsayable[0]);
	tcase_add_test(t, every_word_steps_without_harm);
	tcase_add_test(t, at_a_function_s_entry_the_return_address_is_at_rsp);
	tcase_add_test(t, behind_push_rbp_both_words_are_read_at_once);
	tcase_add_test(t, rbp_may_be_saved_anywhere_below_the_cfa);
	tcase_add_test(t, a_frame_pointer_chain_ends_with_rbp_0);
	tcase_add_test(t, rbp_0_behind_a_row_is_the_end_of_no_chain);
	tcase_add_test(t, a_switch_of_stacks_may_go_down);
	tcase_add_test(t, a_binding_stub_has_pushed_once_beyond_its_threshold);
	tcase_add_test(t, a_realigned_frame_finds_its_cfa_in_memory);
	tcase_add_test(t, a_cfa_in_memory_may_have_something_added);
	tcase_add_test(t, vfork_s_return_address_is_in_a_register);
	tcase_add_test(t,
	    other_registers_are_known_where_the_thread_was_stopped_only);
	tcase_add_test(t, rbx_is_followed_as_far_as_rules_say_where_it_is);
	tcase_add_test(t, clone_has_a_caller_in_the_parent_only);
	tcase_add_test(t, cgo_left_the_way_back_to_the_goroutine_s_stack);
	tcase_add_test(t, go_has_the_way_back_in_g);
	tcase_add_test(t, a_signal_frame_gives_all_registers_back);
	tcase_add_test(t, the_outermost_frame_ends_the_stack);
	tcase_add_test(t, a_caller_below_its_callee_is_refused);
	tcase_add_test(t, a_lost_rbp_is_never_used);
	tcase_add_test(t, what_cannot_be_read_leaves_the_state_alone);
	return s;
}
