#include "profile/detect.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "suite.h"

#define PERF "app  24 [001]   100.000012: 1 x: \n\t1001 f (/bin/x)\n\n"
#define PPROF "\x0a\x04\x08\x01\x10\x02\x12\x02\x08\x01"

static const struct {
	const char *text, *format;
	size_t enough; /* bytes that tell it; 0: all of them */
} cases[] = {
	{ "", "folded", 0 },
	{ "#gp version=1\n", "folded", 14 },
	{ "a;b 3\n", "folded", 6 },
	{ "a;b 3", "folded", 0 },
	{ "a b\n", "folded", 0 },
	{ "# a comment 5\n\n#gst;main 3\n", "folded", 0 },
	{ "# comment\n" PERF, "perf-script", 44 },
	{ PERF, "perf-script", 34 },
	{ "app  24 \n\t1001 f\n", "perf-script", 17 },
	{ "app  24 \nsh 3\n", "folded", 14 },
	{ "\n\t1001 f\n\n", "perf-script", 9 },
	{ "        w  6911  1350.422159:  5 x:  11b9 f (/bin/w)\n",
	    "perf-script", 0 },
	{ "a;b [001] 5\n", "folded", 12 },
	{ "my;app 1/2 [001] 5.000000: 1 x:\n", "perf-script", 32 },
	{ "#{\"metadata\": {}}\nsh;x 3\n", "gprofiler", 18 },
	{ "# {\"a\": 1, \"application_metadata\": []}\n", "gprofiler", 0 },
	{ "#{\"x\": 1}\na;b 3\n", "folded", 0 },
	{ "# austin: 3\nP12;T0:5;f:g:1 3\n", "austin", 0 },
	{ "Prog;main 5\n", "folded", 12 },
	{ "# Samples: 4K of event 'x'\n", "perf-report", 27 },
	{ "    50.00%  sh\n5 main\n", "perf-report", 15 },
	{ "Attaching 1 probe...\n@[\n", "bpftrace", 21 },
	{ "@[\n    main+1\n]: 3\n", "bpftrace", 3 },
	{ "{\"type\": \"map\"}\n", "bpftrace-json", 0 },
	{ " {\"shared\": {}}\n", "speedscope", 0 },
	{ PPROF, "pprof", 6 },
	{ "\x48\xe2\xe8\x91\xbf\x8d\xb0\xdb\xf5\x18" PPROF, "pprof", 16 },
	{ "\n\x04 main 3\n", "folded", 0 },
	{ "H 3\n", "folded", 0 },
};

START_TEST(formats_are_told_by_content)
{
	const char *s = cases[_i].text;
	size_t len = strlen(s), enough = cases[_i].enough;

	ck_assert_str_eq(detect_name(detect(s, len, true)), cases[_i].format);
	for (size_t i = 1; i < enough && i < 5; i++)
		ck_assert_str_eq(detect_name(detect(s, i, false)), "auto");
	if (enough)
		ck_assert_str_eq(detect_name(detect(s, enough, false)),
		    cases[_i].format);
}
END_TEST

START_TEST(names_are_found)
{
	for (int f = DETECT_FOLDED; f <= DETECT_PPROF; f++)
		ck_assert_int_eq(detect_by_name(
		    detect_name((enum detect_format)f)), f);
	ck_assert_int_eq(detect_by_name("csv"), DETECT_UNSURE);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("detect");
	TCase *t = tcase_create("all");

	tcase_add_loop_test(t, formats_are_told_by_content, 0,
	    (int)(sizeof cases / sizeof *cases));
	tcase_add_test(t, names_are_found);
	suite_add_tcase(s, t);
	return s;
}
