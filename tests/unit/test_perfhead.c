#include "profile/perfhead.h"

#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "suite.h"

static const struct {
	const char *line, *want; /* comm|pid/tid|event|period|rest */
} cases[] = {
	{ "swapper     0/0     [001] 1350.422159:    2004008 cpu-clock:ppp: ",
	    "swapper|0/0|cpu-clock:ppp|2004008| " },
	{ "w  6911  1350.422159:    2004008 cpu-clock: ",
	    "w|-1/6911|cpu-clock|2004008| " },
	{ "w  6911  1350.422159123:    2004008 cpu-clock: ",
	    "w|-1/6911|cpu-clock|2004008| " },
	{ "               w  6911  1350.422159:    2004008 cpu-clock:  11b9 f",
	    "w|-1/6911|cpu-clock|2004008|  11b9 f" },
	{ "redis 7   10/11 [000] 100.000001: 1 x: ", "redis 7|10/11|x|1| " },
	{ " 12  10/11 [000] 100.000001: 1 x: ", "12|10/11|x|1| " },
	{ "a 1 2.345678:  14/15 [001]   100.000004:  7 x: ",
	    "a 1 2.345678:|14/15|x|7| " },
	{ "1 2 [000] 3.0  4 [001]   100.000004:  7 x: ",
	    "1 2 [000] 3.0|-1/4|x|7| " },
	{ "kworker/u8:2-events_unbound  18 [001]   100.000006: 1 x: ",
	    "kworker/u8:2-events_unbound|-1/18|x|1| " },
	{ "perf  2765 [000]  1291.682786: sched:sched_switch: prev_comm=a 5 ",
	    "perf|-1/2765|sched:sched_switch|1| prev_comm=a 5 " },
	{ "a -1/-1 [000] 5.000000: x: ", "a|-1/-1|x|1| " },
	{ "app  24 [001] KH  100.000012:     250000 cpu-clock: ",
	    "app|-1/24|cpu-clock|250000| " },
	{ "app  24     250000 cpu-clock: ", "app|-1/24|cpu-clock|250000| " },
	{ "app  24 cpu-clock: ", "app|-1/24|cpu-clock|1| " },
	{ "app  24 ", "app|-1/24||1|" },
	{ "   24 ", "|-1/24||1|" },
	{ "app cpu-clock: ", "app|-1/-1|cpu-clock|1| " },
	{ "app ", "app|-1/-1||1|" },
	{ "app [001] ", "app|-1/-1||1|" },
	{ "app  1350.422159: ", "app|-1/-1||1|" },
	{ "sh  1 5.000000: PERF_RECORD_MMAP2 1/1: [0x5(0x1) @ 0 fe:00 2 0]",
	    "sh|-1/1||1|PERF_RECORD_MMAP2 1/1: [0x5(0x1) @ 0 fe:00 2 0]" },
	{ "", NULL },
	{ "app", NULL },
	{ "a;b;c", NULL },
	{ "is no line of a sample, but a sentence.", NULL },
};

START_TEST(fields_are_told_by_their_form)
{
	const char *line = cases[_i].line;
	struct perfhead h;
	char got[256];

	if (!cases[_i].want) {
		ck_assert(!perfhead_parse(line, strlen(line), &h));
		return;
	}
	ck_assert(perfhead_parse(line, strlen(line), &h));
	snprintf(got, sizeof got, "%.*s|%" PRId64 "/%" PRId64 "|%.*s|%" PRIu64
	    "|%.*s", (int)h.comm_len, h.comm, h.pid, h.tid, (int)h.event_len,
	    h.event, h.period, (int)h.rest_len, h.rest);
	while (got[strlen(got) - 1] == ' ' && cases[_i].want[0] &&
	    cases[_i].want[strlen(cases[_i].want) - 1] != ' ')
		got[strlen(got) - 1] = '\0';
	ck_assert_str_eq(got, cases[_i].want);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("perfhead");
	TCase *t = tcase_create("all");

	tcase_add_loop_test(t, fields_are_told_by_their_form, 0,
	    (int)(sizeof cases / sizeof *cases));
	suite_add_tcase(s, t);
	return s;
}
