/* What becomes of a sample's stack: the frames of interpreters. */
#include "samplestack_world.h"
#include "suite.h"

static const struct {
	const char *user, *hidden, *kept, *none;
} runs[] = {
	{ "aeABceC", "0:CcBAa", "0:CecBAea", "0:CBA" },
	/* A function that begins has no run yet. */
	{ "aeceAd", "0:dAca", "0:dAecea", "0:A" },
	/* Without any, nobody knows what it does. */
	{ "aec", "0:cea", "0:cea", "0:cea" },
};

START_TEST(an_interpreters_frames_take_the_place_of_its_own)
{
	has_interp(INTERP_STRICT);
	ck_assert_str_eq(stack_of("", runs[_i].user, UNWIND_END),
	    runs[_i].hidden);
	table.interps.keep_evals = true;
	ck_assert_str_eq(stack_of("", runs[_i].user, UNWIND_END),
	    runs[_i].kept);
	table.interps.no_natives[INTERP_PYTHON] = true;
	ck_assert_str_eq(stack_of("", runs[_i].user, UNWIND_END),
	    runs[_i].none);
}
END_TEST

START_TEST(a_clue_is_no_frame_and_goes_along_with_its_own)
{
	has_interp(INTERP_STRICT);
	ck_assert_str_eq(stack_of("", "aeAB?C?ceD", UNWIND_END), "0:DcCBAa");
	ck_assert_str_eq(asked, "DC?B?A");
}
END_TEST

START_TEST(runs_that_came_along_go_where_their_eval_functions_are)
{
	has_interp(INTERP_STRICT);
	with.later = "A?B|C|";
	with.found = "ecef";
	ck_assert_str_eq(stack_of("i", "a", UNWIND_NO_ROWS), "0:fCcBAa/i");
	/* First what is new, and then all of them. */
	ck_assert_str_eq(asked, "A?CBA?");
	/* Nothing is lost with a frame that there is no place for. */
	memset(asked, 0, sizeof asked);
	with.found = "c";
	ck_assert_str_eq(stack_of("i", "a", UNWIND_NO_ROWS), "0:ca/i");
	ck_assert_str_eq(asked, "A?");
	/* What the sampler found is in its place. */
	with.later = "B|";
	with.found = "ef";
	ck_assert_str_eq(stack_of("i", "eAb", UNWIND_NO_ROWS), "0:fBbA/i");
}
END_TEST

/* The function that begins has none; whose it is, where it lies says. */
START_TEST(runs_go_where_they_lie)
{
	has_interp(INTERP_EXACT);
	with.rescue.reg[UNWIND_RSP] = RSP;
	with.later = "A^";
	with.found = "cef";
	ck_assert_str_eq(stack_of("i", "ae", UNWIND_NO_ROWS), "0:fAca/i");
	with.later = "A|";
	ck_assert_str_eq(stack_of("i", "ae", UNWIND_NO_ROWS), "0:fecAa/i");
}
END_TEST

START_TEST(runs_go_nowhere_where_the_last_frame_was_none)
{
	has_interp(INTERP_STRICT);
	with.later = "A|";
	with.end = UNWIND_NO_MAP;
	ck_assert_str_eq(stack_of("i", "ae", UNWIND_NO_ROWS), "0:!a/i");
	ck_assert_str_eq(stack_of("i", "ea", UNWIND_NO_ROWS), "0:!A/i");
}
END_TEST

START_TEST(runs_that_came_to_the_next_one_are_put_right)
{
	has_interp(INTERP_COUNTED);
	ck_assert_str_eq(stack_of("", "aeAbeBceC" "de", UNWIND_END),
	    "0:CdBcAba");
	/* Of what is cut off, nobody knows how many there are. */
	ck_assert_str_eq(stack_of("", "aeAbeBceC" "de", UNWIND_LOST),
	    "0:!edCcBbAa");
}
END_TEST

static const struct {
	enum interp_exact exact;
	const char *user, *stack;
} switching[] = {
	{ INTERP_EXACT, "aseAb", "0:!sa" },
	{ INTERP_COUNTED, "sseAb", "0:!ss" },
	{ INTERP_STRICT, "aseAb", "0:bAsa" },
	/* It waits for what it called. */
	{ INTERP_EXACT, "aeAsb", "0:bsAa" },
	{ INTERP_EXACT, "aesb", "0:bsea" },
};

START_TEST(where_stacks_are_switched_nothing_further_out_is_believed)
{
	struct mapping *m = map_file("/lib/greenlet.so", 's', 's');

	has_interp(switching[_i].exact);
	table.interps.file[m->module].switches = true;
	ck_assert_str_eq(stack_of("", switching[_i].user, UNWIND_END),
	    switching[_i].stack);
	ck_assert_uint_eq(table.ends[UNWIND_LOST],
	    switching[_i].stack[2] == '!');
	/* Without an interpreter it is a library like any. */
	process.interps.interp.language = INTERP_NONE;
	ck_assert_str_eq(stack_of("", "asb", UNWIND_END), "0:bsa");
}
END_TEST

START_TEST(an_interpreter_is_told_of_with_the_first_sample)
{
	struct mapping *m = map_file("/usr/bin/python3", 'e', 'e');
	struct interp *i = &file_of(&table.interps, m->module)->interp;

	i->language = INTERP_PYTHON;
	i->exact = INTERP_STRICT;
	i->eval[0] = (struct interp_range){ 0, PAGE };
	/* An engine that cannot, an exiting thread, and one of no user stack. */
	with.image = IMAGE;
	stack_of("", "ae", UNWIND_END);
	walks_interps = true;
	stack_of("i", "", SAMPLE_NO_USER);
	with.image = 0;
	stack_of("", "ae", UNWIND_END);
	ck_assert_uint_eq(interps_set, 0);
	ck_assert_uint_eq(table.interps.early, 0);

	with.image = IMAGE;
	ck_assert_str_eq(stack_of("", "ae", UNWIND_END), "0:ea");
	ck_assert_uint_eq(interps_set, 1);
	ck_assert(process.space.installed);
	ck_assert_uint_eq(table.interps.early, 1);
	/* From now on the sampler knows of it. */
	with.language = INTERP_PYTHON;
	ck_assert_str_eq(stack_of("", "aeA", UNWIND_END), "0:Aa");
	ck_assert_str_eq(stack_of("", "ae", UNWIND_END), "0:ea");
	ck_assert_uint_eq(interps_set, 1);
	ck_assert_uint_eq(opened, 1);
	ck_assert_uint_eq(table.interps.early, 1);
}
END_TEST

START_TEST(a_process_without_an_interpreter_is_not_installed_for_one)
{
	walks_interps = true;
	with.image = IMAGE;
	stack_of("", "a", UNWIND_END);
	ck_assert(!process.space.installed);
	ck_assert_uint_eq(opened, 0);
	/* A file that nobody has looked at is looked at while the process lives. */
	table.interps.file[0].looked = false;
	stack_of("", "a", UNWIND_END);
	ck_assert_uint_eq(opened, 1);
	ck_assert(!process.space.installed);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("samplestack_interps");
	TCase *t = tcase_create("samplestack_interps");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, an_interpreters_frames_take_the_place_of_its_own,
	    0, GP_COUNT(runs));
	tcase_add_test(t, a_clue_is_no_frame_and_goes_along_with_its_own);
	tcase_add_test(t, runs_that_came_along_go_where_their_eval_functions_are);
	tcase_add_test(t, runs_go_where_they_lie);
	tcase_add_test(t, runs_go_nowhere_where_the_last_frame_was_none);
	tcase_add_test(t, runs_that_came_to_the_next_one_are_put_right);
	tcase_add_loop_test(t,
	    where_stacks_are_switched_nothing_further_out_is_believed, 0,
	    GP_COUNT(switching));
	tcase_add_test(t, an_interpreter_is_told_of_with_the_first_sample);
	tcase_add_test(t, a_process_without_an_interpreter_is_not_installed_for_one);
	suite_add_tcase(s, t);
	return s;
}
