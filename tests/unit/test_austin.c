#include "profile/austin.h"

#include <check.h>
#include <stdlib.h>

#include "suite.h"
#include "tests/unit/reads.h"

static const struct {
	const char *event, *text, *want;
	bool tid;
	unsigned bad;
} cases[] = {
	{ NULL, "# mode: wall\n\nP12;T0:34;/srv/app.py:main:7;b.py:f:9 10\n"
	    "P13;T0:34;/srv/app.py:main:7;b.py:f:9 2\n",
	    "python;main (/srv/app.py:7)_[p];f (b.py:9)_[p] 12\n", false, 0 },
	{ NULL, "P12;T0:34;a:f:1 10\nP12;T5;a:f:1 3\nPx;T;a:f:1 4\n",
	    "python-12/34;f (a:1)_[p] 10\npython-12/5;f (a:1)_[p] 3\n"
	    "python-?;Px;T;f (a:1)_[p] 4\n", true, 0 },
	/* Only the file may hold colons. */
	{ NULL, "P1;T1;C:\\a.py:<module>:1;:GC:;noline: 5\n",
	    "python;<module> (C:\\a.py:1)_[p];:GC:;noline: 5\n", false, 0 },
	{ NULL, "P1;T1;f::1;:f:1 5\n", "python;f::1;f (:1)_[p] 5\n", false, 0 },
	{ NULL, "P1 7\nP1;T2 8\n", "python 15\n", false, 0 },
	/* What is below 0 is said; what is no number is no sample. */
	{ NULL, "P1;T1;a:f:1 -5\nP1;T1;a:f:1 x\nP1;T1;a:f:1\nP1;T1;a:f:1 1.5\n"
	    " 4\nP1;T1;a:f:1 18446744073709551616\n", "", false, 5 },
	{ NULL, "P1;T1;a:f:1 10,0,-4096\nP1;T1;a:f:1 12,1,8192\n",
	    "python;f (a:1)_[p] 22\n", false, 0 },
	{ "idle", "P1;T1;a:f:1 10,0,-4096\nP1;T1;a:f:1 12,1,8192\n",
	    "python;f (a:1)_[p] 1\n", false, 0 },
	{ "memory", "P1;T1;a:f:1 10,0,-4096\nP1;T1;a:f:1 12,1,8192\n",
	    "python;f (a:1)_[p] 8192\n", false, 0 },
	{ "memory", "P1;T1;a:f:1 10,0\n", "", false, 1 },
	{ "none", "P1;T1;a:f:1 10,0,1\n", "", false, 1 },
};

START_TEST(lines_become_stacks)
{
	struct reads t;

	reads_begin(&t);
	t.r.opt.event = cases[_i].event;
	t.fold.opt.heads.pid = t.fold.opt.heads.tid = cases[_i].tid;
	reads_lines(austin_line, &t.r, cases[_i].text);
	ck_assert_uint_eq(t.r.bad, cases[_i].bad);
	reads_expect(&t, cases[_i].want);
}
END_TEST

START_TEST(a_nul_is_in_no_line)
{
	struct reads t;

	reads_begin(&t);
	austin_line(&t.r, "P1;T1;a\0b:f:1 5", 15);
	ck_assert_uint_eq(t.r.bad, 1);
	reads_expect(&t, "");
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("austin");
	TCase *t = tcase_create("all");

	tcase_add_loop_test(t, lines_become_stacks, 0,
	    (int)GP_COUNT(cases));
	tcase_add_test(t, a_nul_is_in_no_line);
	suite_add_tcase(s, t);
	return s;
}
