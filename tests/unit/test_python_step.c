/* CPython's chains of frames, in made-up memory. */
#include "python_memory.h"

#include <check.h>

#include "base/attr.h"
#include "suite.h"

/* As 3.12's, by hand. */
static const struct python_layout shims = {
	.thread_next = 8, .thread_id = 136, .thread_frame = 56,
	.has_cframe = 1, .frame_size = 72, .frame_back = 8, .frame_at = 56,
	.frame_flag = 70, .code_start = 192, .rule = PYTHON_SHIM,
	.at = PYTHON_AT_POINTER,
};

static void
put_frame(uint64_t addr, uint64_t code, uint64_t back, unsigned owner)
{
	put(addr, code, 8);
	put(addr + 8, back, 8);
	put(addr + 56, code + 192 + 2 * 7, 8);
	put(addr + 70, owner, 1);
}

START_TEST(a_run_ends_at_the_shim)
{
	struct python_state s = { 0 };

	clear();
	put(AT + 56, AT + 512, 8);  /* thread: its cframe */
	put(AT + 512, AT + 1024, 8);
	put_frame(AT + 1024, AT + 4096, AT + 1152, 0);
	put_frame(AT + 1152, AT + 4352, AT + 1280, 1);
	put_frame(AT + 1280, AT + 4608, AT + 1408, 3);
	put_frame(AT + 1408, AT + 4864, 0, 0);
	python_begin(&shims, &s, AT, NULL);
	ck_assert_int_eq(python_step(&shims, &s, NULL), PYTHON_INNER);
	ck_assert_uint_eq(s.code, AT + 4096);
	ck_assert_uint_eq(s.at, 7);
	ck_assert_int_eq(python_step(&shims, &s, NULL), PYTHON_INNER);
	ck_assert_uint_eq(s.code, AT + 4352);
	ck_assert_int_eq(python_step(&shims, &s, NULL), PYTHON_OVER);
	ck_assert_int_eq(python_step(&shims, &s, NULL), PYTHON_INNER);
	ck_assert_uint_eq(s.code, AT + 4864);
	ck_assert_int_eq(python_step(&shims, &s, NULL), PYTHON_NOTHING);
}
END_TEST

START_TEST(a_run_ends_with_the_entry)
{
	struct python_layout l = shims;
	struct python_state s = { .next = AT + 1024 };

	l.rule = PYTHON_ENTRY;
	clear();
	put_frame(AT + 1024, AT + 4096, AT + 1152, 0);
	put_frame(AT + 1152, AT + 4352, AT + 1280, 1);
	ck_assert_int_eq(python_step(&l, &s, NULL), PYTHON_INNER);
	ck_assert_int_eq(python_step(&l, &s, NULL), PYTHON_LAST);
	ck_assert_uint_eq(s.code, AT + 4352);
}
END_TEST

/* The shim of this run is in another eval frame: as long as the function begins
 * or ends, its own frame is not in the chain. */
START_TEST(a_run_of_an_outer_eval_frame_waits_for_it)
{
	struct python_state s = {
		.next = AT + 1024, .sp = AT + 8192, .cfa = AT + 8448,
	};

	clear();
	put_frame(AT + 1024, AT + 4096, AT + 8512, 0);
	put_frame(AT + 8512, AT + 4608, AT + 1280, 3);
	put_frame(AT + 1280, AT + 4864, 0, 0);
	ck_assert_int_eq(python_step(&shims, &s, NULL), PYTHON_INNER);
	ck_assert_int_eq(python_step(&shims, &s, NULL), PYTHON_NOT_HERE);
	s.first = 0;
	s.sp = AT + 8448;
	s.cfa = AT + 8704;
	ck_assert_int_eq(python_step(&shims, &s, NULL), PYTHON_INNER);
	ck_assert_uint_eq(s.code, AT + 4096);
	ck_assert_int_eq(python_step(&shims, &s, NULL), PYTHON_OVER);
	s.first = 0;
	s.cfa = 0; /* not known: it is believed */
	ck_assert_int_eq(python_step(&shims, &s, NULL), PYTHON_INNER);
	ck_assert_uint_eq(s.code, AT + 4864);
}
END_TEST

START_TEST(the_cframe_tells_so_at_once)
{
	struct python_state s = { .sp = AT + 8192, .cfa = AT + 8448 };

	clear();
	put(AT + 56, AT + 8512, 8);
	put(AT + 8512, AT + 1024, 8);
	put_frame(AT + 1024, AT + 4096, 0, 0);
	python_begin(&shims, &s, AT, NULL);
	ck_assert_int_eq(python_step(&shims, &s, NULL), PYTHON_NOT_HERE);
	ck_assert_int_eq(python_step(&shims, &s, NULL), PYTHON_NOT_HERE);
	s.sp = AT + 8448;
	s.cfa = AT + 8704;
	ck_assert_int_eq(python_step(&shims, &s, NULL), PYTHON_INNER);
	ck_assert_uint_eq(s.code, AT + 4096);
	ck_assert_uint_eq(s.mark, AT + 8512);
	s.sp = AT + 8192;
	s.cfa = 0; /* not known: it is believed */
	python_begin(&shims, &s, AT, NULL);
	s.first = 0;
	ck_assert_int_eq(python_step(&shims, &s, NULL), PYTHON_INNER);
}
END_TEST

/* In 3.10 it is beside the frame, which is an object. */
START_TEST(a_cframe_may_lead_to_no_frame)
{
	struct python_state s = { .sp = AT + 8192, .cfa = AT + 8448 };
	struct python_layout l = shims;

	l.has_cframe = 0;
	l.thread_frame = 24;
	l.thread_anchor = 48;
	l.rule = PYTHON_ONE;
	clear();
	put(AT + 24, AT + 1024, 8);
	put(AT + 48, AT + 8512, 8);
	put_frame(AT + 1024, AT + 4096, AT + 1152, 0);
	put_frame(AT + 1152, AT + 4352, 0, 0);
	python_begin(&l, &s, AT, NULL);
	ck_assert_int_eq(python_step(&l, &s, NULL), PYTHON_NOT_HERE);
	s.sp = AT + 8448;
	s.cfa = AT + 8704;
	ck_assert_int_eq(python_step(&l, &s, NULL), PYTHON_LAST);
	ck_assert_uint_eq(s.code, AT + 4096);
	ck_assert_uint_eq(s.mark, AT + 8512);
	s.first = 0;
	ck_assert_int_eq(python_step(&l, &s, NULL), PYTHON_LAST);
	ck_assert_uint_eq(s.mark, 0);
}
END_TEST

/* And the frame says whether its function has begun with it and is not done. */
START_TEST(a_frame_that_does_not_execute_is_the_innermost_functions)
{
	static const struct {
		int state;
		bool own;
	} states[] = {
		{ -2, true }, { -1, true }, { 0, false }, { 1, true },
		{ 2, false }, { 3, true },
	};
	struct python_layout l = shims;
	struct python_state s;

	l.has_cframe = 0;
	l.thread_frame = 24;
	l.thread_anchor = 48;
	l.rule = PYTHON_ONE;
	for (size_t i = 0; i < GP_COUNT(states); i++) {
		clear();
		put(AT + 24, AT + 1024, 8);
		put(AT + 48, AT + 8512, 8); /* its caller's */
		put_frame(AT + 1024, AT + 4096, AT + 1152,
		    (unsigned)states[i].state & 255);
		put_frame(AT + 1152, AT + 4352, 0, 0);
		s = (struct python_state){ .sp = AT + 8192, .cfa = AT + 8448 };
		python_begin(&l, &s, AT, NULL);
		ck_assert_int_eq(python_step(&l, &s, NULL),
		    states[i].own ? PYTHON_LAST : PYTHON_NOT_HERE);
		ck_assert_uint_eq(s.mark, 0);
		s.first = 0;
		s.sp = AT + 8448;
		s.cfa = AT + 8704;
		ck_assert_int_eq(python_step(&l, &s, NULL), PYTHON_LAST);
		ck_assert_uint_eq(s.code, states[i].own ? AT + 4352 : AT + 4096);
	}
}
END_TEST

/* An eval function at [8192, 8448) of the stack that just begins, called by one at
 * [8704, 8960), whose cframe leads to the frame at 1024. What its own leads to is left
 * over from earlier. */
static struct python_state
put_beginning(uint64_t left_over)
{
	struct python_state s = { .sp = AT + 8192, .cfa = AT + 8448 };

	clear();
	put(AT + 56, AT + 8320, 8); /* thread: its cframe */
	put(AT + 8320, left_over, 8);
	put(AT + 8328, AT + 8832, 8);
	put(AT + 8832, AT + 1024, 8); /* the other cframe, at the same place */
	put_frame(AT + 1024, AT + 4096, AT + 8900, 0);
	put_frame(AT + 8900, AT + 4608, 0, 3);
	python_begin(&shims, &s, AT, NULL);
	return s;
}

static void
go_to_caller(const struct python_layout *l, struct python_state *s)
{
	s->first = 0;
	s->sp = AT + 8704;
	s->cfa = AT + 8960;
	python_bind(l, s, 0, NULL);
}

START_TEST(what_is_left_over_in_a_cframe_is_passed_by)
{
	/* Nothing; what cannot be read; no frame; a shim of elsewhere. */
	static const uint64_t left_over[] = { 0, 64, AT + 2048, AT + 3072 };
	struct python_layout l = shims;
	struct python_state s;

	l.code_type = AT + 160;
	for (size_t i = 0; i < GP_COUNT(left_over); i++) {
		s = put_beginning(left_over[i]);
		put(AT + 4096 + 8, l.code_type, 8);
		put_frame(AT + 3072, AT + 4096, AT + 3200, 0);
		put_frame(AT + 3200, AT + 4608, AT + 3072, 3);
		python_bind(&l, &s, 1, NULL);
		while (python_step(&l, &s, NULL) == PYTHON_INNER)
			;
		ck_assert_uint_eq(s.doubt, PYTHON_LOST);
		go_to_caller(&l, &s);
		ck_assert_int_eq(python_step(&l, &s, NULL), PYTHON_INNER);
		ck_assert_uint_eq(s.code, AT + 4096);
		ck_assert_int_eq(python_step(&l, &s, NULL), PYTHON_OVER);
		ck_assert_int_eq(python_step(&l, &s, NULL), PYTHON_NOTHING);
	}
}
END_TEST

/* Its own shim is, which leads to what called it then. */
START_TEST(the_callers_cframe_knows_better)
{
	struct python_state s = put_beginning(AT + 8256);

	put_frame(AT + 8256, AT + 4608, AT + 2048, 3);
	put_frame(AT + 2048, AT + 4352, 0, 0);
	python_bind(&shims, &s, 1, NULL);
	ck_assert_int_eq(python_step(&shims, &s, NULL), PYTHON_NOT_HERE);
	go_to_caller(&shims, &s);
	ck_assert_int_eq(python_step(&shims, &s, NULL), PYTHON_INNER);
	ck_assert_uint_eq(s.code, AT + 4096);
}
END_TEST

/* A whole run is, of a call that is over: what called that then is told by its end. */
START_TEST(a_run_of_a_call_that_is_over_counts_for_nothing)
{
	struct python_layout l = shims;

	for (int entry = 0; entry < 2; entry++) {
		struct python_state s = put_beginning(AT + 2048);

		l.rule = entry ? PYTHON_ENTRY : PYTHON_SHIM;
		put_frame(AT + 2048, AT + 4352, AT + (entry ? 3072 : 8256),
		    entry ? 1 : 0);
		put_frame(AT + 8256, AT + 4608, AT + 3072, 3);
		put_frame(AT + 1024, AT + 4096, AT + 8900, entry ? 1 : 0);
		python_bind(&l, &s, 1, NULL);
		while (python_step(&l, &s, NULL) == PYTHON_INNER)
			;
		ck_assert_uint_eq(s.doubt, PYTHON_LOST);
		go_to_caller(&l, &s);
		ck_assert_int_eq(python_step(&l, &s, NULL),
		    entry ? PYTHON_LAST : PYTHON_INNER);
		ck_assert_uint_eq(s.code, AT + 4096);
	}
}
END_TEST

/* Or a generator's, which the same caller went on with before. */
START_TEST(a_generator_says_whether_it_executes)
{
	struct python_layout l = shims;

	l.rule = PYTHON_ENTRY;
	for (int state = -1; state <= 1; state++) {
		struct python_state s = put_beginning(AT + 2048);

		put_frame(AT + 2048, AT + 4352, AT + 1024, 1);
		put(AT + 2048 + 71, 1, 1); /* owner */
		put(AT + 2048 - 5, (unsigned)state & 255, 1);
		python_bind(&l, &s, 1, NULL);
		ck_assert_int_eq(python_step(&l, &s, NULL),
		    state ? PYTHON_NOT_HERE : PYTHON_LAST);
		go_to_caller(&l, &s);
		python_step(&l, &s, NULL);
		ck_assert_uint_eq(s.code, AT + 4096);
	}
}
END_TEST

/* One that called something does not begin: the chain is another stack's. */
START_TEST(a_chain_of_another_stack_is_not_followed)
{
	struct python_state s = put_beginning(AT + 2048);

	put_frame(AT + 2048, AT + 4352, AT + 8256, 0);
	put_frame(AT + 8256, AT + 4608, AT + 2048, 3);
	python_bind(&shims, &s, 0, NULL);
	ck_assert_int_eq(python_step(&shims, &s, NULL), PYTHON_INNER);
	ck_assert_int_eq(python_step(&shims, &s, NULL), PYTHON_OVER);
	go_to_caller(&shims, &s);
	ck_assert_int_eq(python_step(&shims, &s, NULL), PYTHON_NOTHING);
}
END_TEST

/* The page of a frame that one called is not there: it is unknown, and what its
 * caller's cframe leads to is not. */
START_TEST(behind_what_cannot_be_read_the_callers_cframe_goes_on)
{
	struct python_state s = put_beginning(AT + 2048);

	put_frame(AT + 2048, AT + 4352, AT + sizeof arena, 0);
	python_bind(&shims, &s, 0, NULL);
	ck_assert_int_eq(python_step(&shims, &s, NULL), PYTHON_INNER);
	ck_assert_uint_eq(s.code, AT + 4352);
	ck_assert_int_eq(python_step(&shims, &s, NULL), PYTHON_LAST);
	ck_assert_uint_eq(s.code, 0);
	go_to_caller(&shims, &s);
	ck_assert_int_eq(python_step(&shims, &s, NULL), PYTHON_INNER);
	ck_assert_uint_eq(s.code, AT + 4096);
}
END_TEST

/* A greenlet's chain ends before the stack does. */
START_TEST(a_chain_that_has_ended_does_not_go_on)
{
	struct python_state s = put_beginning(AT + 2048);

	put_frame(AT + 2048, AT + 4352, AT + 8256, 0);
	put_frame(AT + 8256, AT + 4608, 0, 3);
	put(AT + 8328, AT + 8600, 8);
	put(AT + 8600, 0, 8); /* its begin */
	python_bind(&shims, &s, 1, NULL);
	ck_assert_int_eq(python_step(&shims, &s, NULL), PYTHON_INNER);
	ck_assert_int_eq(python_step(&shims, &s, NULL), PYTHON_OVER);
	go_to_caller(&shims, &s);
	ck_assert_int_eq(python_step(&shims, &s, NULL), PYTHON_NOTHING);
}
END_TEST

/* The next page may not be there yet. */
START_TEST(of_a_frame_no_more_is_read_than_has_been_written)
{
	uint64_t last = AT + sizeof arena - shims.frame_size;
	struct python_state s = { .next = last };

	clear();
	put_frame(last, AT + 4096, 0, 0);
	ck_assert_int_eq(python_step(&shims, &s, NULL), PYTHON_INNER);
	ck_assert_uint_eq(s.code, AT + 4096);
}
END_TEST

START_TEST(what_cannot_be_read_ends_the_chain)
{
	struct python_state s = { .next = AT + sizeof arena - 8, .code = AT };

	ck_assert_int_eq(python_step(&shims, &s, NULL), PYTHON_LAST);
	ck_assert_uint_eq(s.code, 0);
	ck_assert_uint_eq(s.at, ~0u);
	ck_assert_int_eq(python_step(&shims, &s, NULL), PYTHON_NOTHING);
	python_begin(&shims, &s, 0, NULL);
	ck_assert_int_eq(python_step(&shims, &s, NULL), PYTHON_NOTHING);
	python_begin(&shims, &s, 8, NULL);
	ck_assert_int_eq(python_step(&shims, &s, NULL), PYTHON_NOTHING);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("python_step");
	TCase *t = tcase_create("python_step");

	suite_add_tcase(s, t);
	tcase_add_test(t, a_run_ends_at_the_shim);
	tcase_add_test(t, a_run_ends_with_the_entry);
	tcase_add_test(t, a_run_of_an_outer_eval_frame_waits_for_it);
	tcase_add_test(t, the_cframe_tells_so_at_once);
	tcase_add_test(t, a_cframe_may_lead_to_no_frame);
	tcase_add_test(t, a_frame_that_does_not_execute_is_the_innermost_functions);
	tcase_add_test(t, what_is_left_over_in_a_cframe_is_passed_by);
	tcase_add_test(t, the_callers_cframe_knows_better);
	tcase_add_test(t, a_run_of_a_call_that_is_over_counts_for_nothing);
	tcase_add_test(t, a_generator_says_whether_it_executes);
	tcase_add_test(t, a_chain_of_another_stack_is_not_followed);
	tcase_add_test(t, behind_what_cannot_be_read_the_callers_cframe_goes_on);
	tcase_add_test(t, a_chain_that_has_ended_does_not_go_on);
	tcase_add_test(t, of_a_frame_no_more_is_read_than_has_been_written);
	tcase_add_test(t, what_cannot_be_read_ends_the_chain);
	return s;
}
