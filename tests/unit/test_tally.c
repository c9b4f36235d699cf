#include <check.h>
#include <stdlib.h>

#include "cmd/gp-run/tally.c"
#include "suite.h"

static struct tally t;

static void
setup(void)
{
	t = (struct tally){ 0 };
}

static void
sample(const char *stack, uint64_t count)
{
	tally_sample(&t, stack, strlen(stack), count);
}

static void
record(const char *line)
{
	struct record r = { 0 };

	ck_assert(record_parse(&r, line, strlen(line)));
	tally_record(&t, &r);
	record_free(&r);
}

static const struct {
	const char *stack;
	uint64_t frames, unnamed, truncated, native;
	int covered, missed; /* a language, or -1 */
} stacks[] = {
	{ "app-7;main;malloc", 2, 0, 0, 1, -1, -1 },
	{ "app-7", 0, 0, 0, 1, -1, -1 },
	{ "app-7;", 0, 0, 0, 1, -1, -1 },
	{ "app-7;main;sys_read_[k]", 2, 0, 0, 1, TALLY_KERNEL, -1 },
	{ "app-7;[truncated];main", 1, 0, 1, 1, -1, -1 },
	{ "app-7;[libc.so.6+1c2f0];[unknown];$3+10;f", 4, 3, 0, 1, -1, -1 },
	{ "py-7;main;run (app.py:3)_[p]", 2, 0, 0, 0, TALLY_PYTHON, -1 },
	{ "py-7;main;_PyEval_EvalFrameDefault;f", 3, 0, 0, 1, -1,
	    TALLY_PYTHON },
	{ "py-7;_PyEval_EvalFrameDefault.cold", 1, 0, 0, 1, -1, TALLY_PYTHON },
	/* --eval-frames shows both. */
	{ "py-7;_PyEval_EvalFrameDefault;run_[p]", 2, 0, 0, 0, TALLY_PYTHON,
	    -1 },
	{ "py-7;my_PyEval_EvalFrameDefault;_PyEval_EvalFrameDefaultX", 2, 0, 0,
	    1, -1, -1 },
	{ "java-7;Main.run_[j]", 1, 0, 0, 0, TALLY_JIT, -1 },
	{ "java-7;Main.run_[0]", 1, 0, 0, 0, TALLY_JAVA, -1 },
	{ "pl-7;Perl_runops_standard", 1, 0, 0, 1, -1, TALLY_PERL },
	/* A process frame is no frame, whatever it is called. */
	{ "run_[p];main", 1, 0, 0, 1, -1, -1 },
};

START_TEST(a_stack_is_told_apart)
{
	sample(stacks[_i].stack, 7);
	ck_assert_uint_eq(t.samples, 7);
	ck_assert_uint_eq(t.frames, 7 * stacks[_i].frames);
	ck_assert_uint_eq(t.unnamed, 7 * stacks[_i].unnamed);
	ck_assert_uint_eq(t.truncated, 7 * stacks[_i].truncated);
	ck_assert_uint_eq(t.native, 7 * stacks[_i].native);
	for (int i = 0; i < TALLY_NLANGUAGES; i++) {
		ck_assert_uint_eq(t.covered[i],
		    i == stacks[_i].covered ? 7 : 0);
		ck_assert_uint_eq(t.missed[i], i == stacks[_i].missed ? 7 : 0);
	}
}
END_TEST

START_TEST(several_languages_in_one_stack)
{
	sample("x-7;a_[p];b_[js];_PyEval_EvalFrameDefault;rb_vm_exec;c_[k]", 1);
	ck_assert_uint_eq(t.covered[TALLY_PYTHON], 1);
	ck_assert_uint_eq(t.covered[TALLY_JAVASCRIPT], 1);
	ck_assert_uint_eq(t.covered[TALLY_KERNEL], 1);
	ck_assert_uint_eq(t.missed[TALLY_PYTHON], 0);
	ck_assert_uint_eq(t.missed[TALLY_RUBY], 1);
	ck_assert_uint_eq(t.native, 0);
}
END_TEST

START_TEST(losses_have_reasons)
{
	record("#lost count=5 reason=ring-full");
	record("#lost count=2 reason=record-died");
	record("#lost count=1 reason=never-heard-of");
	record("#lost count=1");
	record("#lost count=x reason=ring-full");
	record("#process pid=7 comm=x");
	record("#module id=1");
	ck_assert_uint_eq(t.lost[TALLY_RING_FULL], 5);
	ck_assert_uint_eq(t.lost[TALLY_RECORD_DIED], 2);
	ck_assert_uint_eq(t.lost[TALLY_OTHER], 2);
	ck_assert_uint_eq(t.processes, 1);
}
END_TEST

START_TEST(tallies_add_up)
{
	struct tally sum = { 0 };

	sample("py-7;[truncated];[unknown];run_[p]", 3);
	sample("py-7;_PyEval_EvalFrameDefault", 2);
	record("#lost count=5 reason=run-cut");
	record("#process pid=7 comm=x");
	tally_add(&sum, &t);
	tally_add(&sum, &t);
	for (size_t i = 0; i < sizeof t / sizeof(uint64_t); i++)
		ck_assert_uint_eq(((uint64_t *)&sum)[i],
		    2 * ((uint64_t *)&t)[i]);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("tally");
	TCase *tc = tcase_create("tally");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_loop_test(tc, a_stack_is_told_apart, 0,
	    sizeof stacks / sizeof *stacks);
	tcase_add_test(tc, several_languages_in_one_stack);
	tcase_add_test(tc, losses_have_reasons);
	tcase_add_test(tc, tallies_add_up);
	suite_add_tcase(s, tc);
	return s;
}
