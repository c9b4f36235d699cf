/* Unit tests of gp-record's perfsample.c: records as perf_event_open(2) has them. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/gp-record/perfsample.c"
#include "suite.h"

enum { IP = 0x401000, SP = 0x7ffc0000, STACK = 64 };

static struct buf record, made;

static void
put(uint64_t v)
{
	buf_add(&record, &v, sizeof v);
}

/* All of a record but its user part: one kernel frame between markers. */
static void
setup(void)
{
	buf_reset(&record);
	put(0xffffffff81000010);             /* ip */
	put(77 | (uint64_t)78 << 32);        /* pid, tid */
	put(123456789);                      /* time */
	put(3);
	put((uint64_t)PERF_CONTEXT_KERNEL);
	put(0xffffffff81000010);
	put((uint64_t)PERF_CONTEXT_USER);
}

static void
teardown(void)
{
	buf_free(&record);
	buf_free(&made);
}

/* Registers 100 + their number in the kernel's order, but for those that count; and a
 * stack, of which so much was copied. */
static void
put_user(uint64_t abi, uint64_t copied)
{
	put(abi);
	for (uint64_t i = 0; i < REGS; i++)
		put(i == REG_IP ? IP : i == 7 ? SP : 100 + i);
	put(STACK);
	for (uint64_t i = 0; i < STACK / 8; i++)
		put(i);
	put(copied);
}

static const struct sample *
make(void)
{
	const struct sample *s;

	ck_assert(perfsample_make(record.s, record.len, &made));
	s = (const void *)made.s;
	ck_assert_uint_eq(s->pid, 77);
	ck_assert_uint_eq(s->tid, 78);
	ck_assert_uint_eq(s->time, 123456789);
	ck_assert_uint_eq(s->image, 77);
	ck_assert_uint_eq(s->nkernel, 1);
	ck_assert_uint_eq(sample_frames(s)[0], 0xffffffff81000010);
	ck_assert_uint_eq(sample_bytes(s), made.len);
	return s;
}

START_TEST(registers_and_stack_are_a_rescue)
{
	const struct sample_rescue *r;
	const struct sample *s;

	put_user(PERF_SAMPLE_REGS_ABI_64, 40);
	s = make();
	ck_assert_uint_eq(s->status, UNWIND_NO_MAP);
	ck_assert_uint_eq(s->nuser, 1);
	ck_assert_uint_eq(sample_frames(s)[1], IP);
	ck_assert_uint_eq(s->nrescue, 40);
	r = sample_rescue(s);
	ck_assert_ptr_nonnull(r);
	ck_assert_uint_eq(r->pc, IP);
	ck_assert_uint_eq(r->exact, 1);
	ck_assert_uint_eq(r->from, SP);
	ck_assert_uint_eq(r->reg[UNWIND_RSP], SP);
	ck_assert_uint_eq(r->reg[UNWIND_RAX], 100);
	ck_assert_uint_eq(r->reg[1], 103); /* rdx */
	ck_assert_uint_eq(r->reg[UNWIND_RBX], 101);
	ck_assert_uint_eq(r->reg[UNWIND_RBP], 106);
	ck_assert_uint_eq(r->reg[8], 109);
	ck_assert_uint_eq(r->reg[15], 116);
	ck_assert_mem_eq(r + 1, record.s + record.len - 8 - STACK, 40);
}
END_TEST

START_TEST(no_more_of_the_stack_was_copied_than_there_is)
{
	put_user(PERF_SAMPLE_REGS_ABI_64, 1 << 20);
	ck_assert_uint_eq(make()->nrescue, STACK);
}
END_TEST

START_TEST(of_a_32_bit_process_there_is_one_frame)
{
	const struct sample *s;

	put_user(PERF_SAMPLE_REGS_ABI_32, 40);
	s = make();
	ck_assert_uint_eq(s->status, SAMPLE_COMPAT);
	ck_assert_uint_eq(s->nuser, 1);
	ck_assert_uint_eq(s->nrescue, 0);
}
END_TEST

START_TEST(a_kernel_thread_has_no_user_part)
{
	const struct sample *s;

	put(PERF_SAMPLE_REGS_ABI_NONE);
	put(0);
	s = make();
	ck_assert_uint_eq(s->status, SAMPLE_NO_USER);
	ck_assert_uint_eq(s->nuser, 0);
}
END_TEST

START_TEST(what_is_cut_is_no_sample)
{
	put_user(PERF_SAMPLE_REGS_ABI_64, 40);
	for (size_t len = 0; len < record.len; len++)
		ck_assert_msg(!perfsample_make(record.s, len, &made),
		    "%zu bytes", len);
}
END_TEST

START_TEST(a_callchain_may_be_longer_than_we_take)
{
	const struct sample *s;

	buf_reset(&record);
	put(0);
	put(1);
	put(0);
	put(SAMPLER_KERNEL_MAX + 5);
	for (uint64_t i = 0; i < SAMPLER_KERNEL_MAX + 5; i++)
		put(0xffffffff81000000 + i);
	put(PERF_SAMPLE_REGS_ABI_NONE);
	ck_assert(perfsample_make(record.s, record.len, &made));
	s = (const void *)made.s;
	ck_assert_uint_eq(s->nkernel, SAMPLER_KERNEL_MAX);
	ck_assert_uint_eq(sample_bytes(s), made.len);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("perfsample");
	TCase *t = tcase_create("perfsample");

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, registers_and_stack_are_a_rescue);
	tcase_add_test(t, no_more_of_the_stack_was_copied_than_there_is);
	tcase_add_test(t, of_a_32_bit_process_there_is_one_frame);
	tcase_add_test(t, a_kernel_thread_has_no_user_part);
	tcase_add_test(t, what_is_cut_is_no_sample);
	tcase_add_test(t, a_callchain_may_be_longer_than_we_take);
	return s;
}
