#include "profile/perfcompat.h"

#include <check.h>
#include <stdlib.h>

#include "suite.h"
#include "tests/unit/reads.h"

#define EVENT " 1.5:  3 cycles: \n"

/* What stackcollapse-perf.pl at 41fee1f writes, also where it is wrong. */
static const struct {
	const char *text, *want;
	bool pid, tid, kernel, jit;
} cases[] = {
	{ "app 7/8 [000]" EVENT "\tff f+0x1 (/bin/a)\n\tfe main+0x2 (/bin/a)\n\n"
	    "app 7/8 [000]" EVENT "\tff f+0x1 (/bin/a)\n\tfe main+0x2 (/bin/a)\n\n",
	    "app;main;f 6\n", false, false, false, false },
	{ "my app 7/8 [000]" EVENT "\tff f (/a)\n\n", "my_app-7;f 3\n", true,
	    false, false, false },
	{ "app 7/8" EVENT "\tff f (/a)\n\n", "app-7/8;f 3\n", false, true, false,
	    false },
	{ "app 7/0" EVENT "\tff f (/a)\n\n", "app-?/7;f 3\n", true, true, false,
	    false },
	/* A comm of one byte is taken with what follows. */
	{ "R 10/11 [000]" EVENT "\tff f (/a)\n\n",
	    "R_10/11_[000]_1.5:;f 3\n", false, false, false, false },
	/* The last stack is lost without an empty line. */
	{ "app 7/8" EVENT "\tff f (/a)\n\nzz 7/8" EVENT "\tff f (/a)\n",
	    "app;f 3\n", false, false, false, false },
	/* (deleted), [vdso], operators. */
	{ "app 7/8" EVENT "\tff foo+0x10 (/usr/bin/svc (deleted))\n\n",
	    "app;foo+0x10  3\n", false, false, false, false },
	{ "app 7/8" EVENT "\tff [unknown] ([vdso])\n\n", "app;[[vdso]]_[k] 3\n",
	    false, false, true, false },
	{ "app 7/8" EVENT "\tff foo::operator->(int) (/a)\n\n",
	    "app;foo::operator;_[i] 3\n", false, false, false, false },
	{ "app 7/8" EVENT "\tff A::operator()(int) const (/a)\n\n",
	    "app;A::operator 3\n", false, false, false, false },
	{ "app 7/8" EVENT "\tff a->b->c (/a)\n\n", "app;a;b_[i];c_[i] 3\n", false,
	    false, false, false },
	{ "app 7/8" EVENT "\tff f (/tmp/perf-7.map)\n\tfe g ([k])\n\n",
	    "app;g_[k];f_[j] 3\n", false, false, true, true },
	/* Go, Java, quotes, semicolons. */
	{ "java 7/8" EVENT "\tff La/b;::c (x) (/a)\n"
	    "\tfe main.(*T).f (/a)\n\tfd \"q\" (/a)\n\n",
	    "java;q;main.(*T).f;a/b:::c  3\n", false, false, false, false },
	/* Another event, and the same with a modifier. */
	{ "app 7/8" EVENT "\tff f (/a)\n\napp 7/8 1.5: 3 cycles:u: \n"
	    "\tff g (/a)\n\n", "app;f 3\n", false, false, false, false },
	{ "# comment\n\nno sample\n\tff f (/a)\n\n", "", false, false, false,
	    false },
};

START_TEST(the_bytes_are_those_of_the_script)
{
	struct reads t;
	struct perfcompat p = {
		.r = &t.r, .pid = cases[_i].pid, .tid = cases[_i].tid,
		.kernel = cases[_i].kernel, .jit = cases[_i].jit,
	};

	reads_begin(&t);
	t.r.opt.addrs = false;
	t.r.opt.weight = READING_PERIOD;
	t.fold.opt.frames.raw = true;
	reads_lines(perfcompat_line, &p, cases[_i].text);
	perfcompat_free(&p);
	reads_expect(&t, cases[_i].want);
}
END_TEST

START_TEST(a_stack_without_end_has_a_bound)
{
	static const char frame[] = "\tff f (/a)";
	struct reads t;
	struct perfcompat p = { .r = &t.r };

	reads_begin(&t);
	t.r.opt.addrs = false;
	t.fold.opt.frames.raw = true;
	perfcompat_line(&p, "app 7/8 1.5: 3 x:", 17);
	for (int i = 0; i < READING_DEPTH_MAX + 9; i++)
		perfcompat_line(&p, frame, sizeof frame - 1);
	perfcompat_line(&p, "", 0);
	ck_assert_uint_eq(t.r.bad, 1);
	/* The next one is not too long. */
	perfcompat_line(&p, "app 7/8 1.5: 3 x:", 17);
	perfcompat_line(&p, frame, sizeof frame - 1);
	perfcompat_line(&p, "", 0);
	perfcompat_free(&p);
	reads_expect(&t, "app;f 1\n");
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("perfcompat");
	TCase *t = tcase_create("all");

	tcase_add_loop_test(t, the_bytes_are_those_of_the_script, 0,
	    (int)GP_COUNT(cases));
	tcase_add_test(t, a_stack_without_end_has_a_bound);
	suite_add_tcase(s, t);
	return s;
}
