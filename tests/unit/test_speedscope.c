#include "profile/speedscope.h"

#include <check.h>
#include <stdlib.h>

#include "suite.h"
#include "tests/unit/reads.h"

#define FRAMES "{\"shared\": {\"frames\": [{\"name\": \"main\", " \
	"\"file\": \"app.c\", \"line\": 7}, {\"name\": \"read_[k]\"}, " \
	"{\"name\": \"a;b\", \"file\": \"x.c\"}]}, "
#define UNIT(unit) FRAMES "\"profiles\": [{\"type\": \"sampled\", " \
	"\"unit\": \"" unit "\", \"samples\": [[0], [1], [1], [1]], \"weights\": "
#define SAMPLED FRAMES "\"profiles\": [{\"type\": \"sampled\", \"name\": \"w\"," \
	"\"unit\": \"none\", "
#define EVENTED FRAMES "\"profiles\": [{\"type\": \"evented\", \"name\": \"w\"," \
	"\"unit\": \"none\", \"events\": ["
#define O(f, at) "{\"type\": \"O\", \"frame\": " #f ", \"at\": " #at "}"
#define C(f, at) "{\"type\": \"C\", \"frame\": " #f ", \"at\": " #at "}"

static const struct {
	const char *text, *want;
	unsigned bad;
	bool whole; /* it is a profile */
} cases[] = {
	{ SAMPLED "\"samples\": [[0, 1], [0], [0, 1]], \"weights\": [17, 2, 3]}]}",
	    "main (app.c:7) 2\nmain (app.c:7);read_[k] 20\n", 0, true },
	{ SAMPLED "\"samples\": [[2], []], \"weights\": [1, 4]}]}",
	    "[unknown] 4\na:b 1\n", 0, true },
	/* What is below 0 is none; fractions are added up, then rounded. */
	{ SAMPLED "\"samples\": [[1], [0], [2]], \"weights\": [2.5, 0.4, -3]}]}",
	    "read_[k] 3\n", 0, true },
	{ UNIT("none") "[0.5, 0.4, 0.4, 0.4]}]}",
	    "main (app.c:7) 1\nread_[k] 1\n", 0, true },
	{ UNIT("bytes") "[9e15, 1e-12, 0.9999999999, 0.5]}]}",
	    "main (app.c:7) 9000000000000000\nread_[k] 2\n", 0, true },
	/* Seconds and milliseconds are too coarse, and the same. */
	{ UNIT("seconds") "[0.01, 0.01, 0.01, 3e-7]}]}",
	    "main (app.c:7) 10000\nread_[k] 20000\n", 0, true },
	{ UNIT("seconds") "[1, 2, 3, 4]}]}",
	    "main (app.c:7) 1000000\nread_[k] 9000000\n", 0, true },
	{ UNIT("milliseconds") "[10, 10, 0.0004, 10.0004]}]}",
	    "main (app.c:7) 10000\nread_[k] 20001\n", 0, true },
	{ UNIT("microseconds") "[1, 2, 3, 4.5]}]}",
	    "main (app.c:7) 1\nread_[k] 10\n", 0, true },
	{ UNIT("nanoseconds") "[1, 2, 3, 4]}]}",
	    "main (app.c:7) 1\nread_[k] 9\n", 0, true },
	{ UNIT("seconds") "[1e13, 1, 1e12, 8e12]}]}",
	    "read_[k] 9000000000001000000\n", 1, true },
	{ SAMPLED "\"samples\": [[9], [1], [-1], [0.5]], "
	    "\"weights\": [1, 1, 1, 1]}]}", "read_[k] 1\n", 3, true },
	{ SAMPLED "\"samples\": [[1]], \"weights\": [1e300]}]}", "", 1, true },
	/* Time between events is that of the stack that is open. */
	{ EVENTED O(0, 0) "," O(1, 3) "," C(1, 10) "," C(0, 12) "]}]}",
	    "main (app.c:7) 5\nmain (app.c:7);read_[k] 7\n", 0, true },
	/* Also if it is short. */
	{ EVENTED O(0, 0) "," O(1, 0.1) "," C(1, 0.5) "," C(0, 1) ","
	    O(0, 1) "," O(1, 1.1) "," C(1, 1.5) "," C(0, 2) "]}]}",
	    "main (app.c:7) 1\nmain (app.c:7);read_[k] 1\n", 0, true },
	/* Several profiles stand below their names. */
	{ FRAMES "\"profiles\": [{\"type\": \"sampled\", \"name\": \"x\", "
	    "\"samples\": [[1]], \"weights\": [1]}, {\"type\": \"sampled\", "
	    "\"name\": \"y\", \"samples\": [[1]], \"weights\": [2]}]}",
	    "x;read_[k] 1\ny;read_[k] 2\n", 0, true },
	{ "{\"shared\": {\"frames\": []}}", "", 0, false },
	{ "[]", "", 0, false },
	{ "{", "", 0, false },
	{ "", "", 0, false },
};

START_TEST(documents_become_stacks)
{
	struct reads t;
	const char *wrong;

	reads_begin(&t);
	wrong = speedscope_read(&t.r, cases[_i].text, strlen(cases[_i].text));
	ck_assert_msg(!wrong == cases[_i].whole, "%s", wrong ? wrong : "whole");
	ck_assert_uint_eq(t.r.bad, cases[_i].bad);
	reads_expect(&t, cases[_i].want);
}
END_TEST

START_TEST(lines_are_shown_if_wanted)
{
	const char *text = cases[0].text;
	struct reads t;

	reads_begin(&t);
	t.r.opt.lines = false;
	ck_assert_ptr_null(speedscope_read(&t.r, text, strlen(text)));
	reads_expect(&t, "main 2\nmain;read_[k] 20\n");
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("speedscope");
	TCase *t = tcase_create("all");

	tcase_add_loop_test(t, documents_become_stacks, 0,
	    (int)GP_COUNT(cases));
	tcase_add_test(t, lines_are_shown_if_wanted);
	suite_add_tcase(s, t);
	return s;
}
