#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "exact.h"
#include "proc/procstat.h"
#include "suite.h"

#define TAIL " S 1 4242 4242 34816 -1 4194304 9 8 7 6 5 4 3 2 20 0 4 0 8291 99\n"
#define WHOLE " S 1 4242 4242 34816 -1 4194304 9 8 7 6 5 4 3 2 20 0 4 0 8291 99 " \
	"-1 18446744073709551615 94000 95000 140000 0 0 0 0 0\n"

static const struct {
	const char *text;
	const char *comm;
} stats[] = {
	{ "4242 (bash)" TAIL, "bash" },
	{ "4242 (a ) (b)" TAIL, "a ) (b" },
	{ "4242 ()" TAIL, "" },
	{ "4242 (\n)" TAIL, "\n" },
	{ "4242 () S 7 7 7)" TAIL, ") S 7 7 7" },
	{ "4242 (kworker/u16:3-events_unbound_with_a_long_name_of_63_bytes_abcd)"
	    TAIL,
	    "kworker/u16:3-events_unbound_with_a_long_name_of_63_bytes_abcd" },
};

static const char *const no_stats[] = {
	"", "\n", "4242", "4242 (bash", "4242 bash) S 1", "4242 (bash)",
	"4242 (bash) S 1 2 3\n", "x (bash)" TAIL, " (bash)" TAIL,
	"4242 (bash) S x 4242 4242 0 -1 4194304 9 8 7 6 5 4 3 2 20 0 4 0 8291\n",
	"4242 (bash) S 1 4242 4242 0 -1 4194304 9 8 7 6 5 4 3 2 20 0 4 0\n",
	"4294967296 (bash)" TAIL,
	"4242 (bash) S 1 4242 4242 0 -1 18446744073709551616 9 8 7 6 5 4 3 2 20 "
	    "0 4 0 8291\n",
	"4242 (kworker/u16:3-events_unbound_with_a_long_name_of_64_bytes_abcdef)"
	    TAIL,
};

START_TEST(stat_is_read_whatever_the_comm_holds)
{
	char *text = exact(stats[_i].text);
	struct proc_stat st;

	ck_assert(procstat_parse(text, strlen(stats[_i].text), &st));
	ck_assert_str_eq(st.comm, stats[_i].comm);
	ck_assert_uint_eq(st.pid, 4242);
	ck_assert_uint_eq(st.ppid, 1);
	ck_assert_int_eq(st.state, 'S');
	ck_assert_uint_eq(st.flags, 4194304);
	ck_assert_uint_eq(st.threads, 4);
	ck_assert_uint_eq(st.start, 8291);
	free(text);
}
END_TEST

START_TEST(stat_tells_where_the_program_is)
{
	struct proc_stat st;

	ck_assert(procstat_parse("4242 (sh)" WHOLE, strlen("4242 (sh)" WHOLE),
	    &st));
	ck_assert_uint_eq(st.start_code, 94000);
	ck_assert_uint_eq(st.end_code, 95000);
	ck_assert_uint_eq(st.start_stack, 140000);
	ck_assert(procstat_parse("4242 (sh)" TAIL, strlen("4242 (sh)" TAIL),
	    &st));
	ck_assert_uint_eq(st.start_stack, 0);
}
END_TEST

START_TEST(what_is_no_stat_is_refused)
{
	char *text = exact(no_stats[_i]);
	struct proc_stat st;

	ck_assert(!procstat_parse(text, strlen(no_stats[_i]), &st));
	free(text);
}
END_TEST

START_TEST(status_tells_effective_user_and_innermost_pid)
{
	static const char text[] = "Name:\tx\nUmask:\t0022\nState:\tS\nPid:\t"
	    "4242\nUid:\t1000\t33\t0\t0\nGroups:\t1 2 3 \nNStgid:\t4242\t17\t1"
	    "\nNSpid:\t4242\t17\t1\n";
	static const char old[] = "Pid:\t4242\nUid:\t0\t0\t0\t0\n";
	struct proc_status st;

	ck_assert(procstat_parse_status(text, sizeof text - 1, &st));
	ck_assert_uint_eq(st.uid, 33);
	ck_assert_uint_eq(st.ns_pid, 1);
	/* Before Linux 4.1 */
	ck_assert(procstat_parse_status(old, sizeof old - 1, &st));
	ck_assert_uint_eq(st.ns_pid, 4242);
	ck_assert(!procstat_parse_status("", 0, &st));
	ck_assert(!procstat_parse_status("Uid:\t1\n", 7, &st));
	ck_assert(!procstat_parse_status("Uid:\t1\t2\nPid:\t\n", 15, &st));
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("procstat");
	TCase *t = tcase_create("procstat");

	suite_add_tcase(s, t);
	tcase_add_test(t, stat_tells_where_the_program_is);
	tcase_add_loop_test(t, stat_is_read_whatever_the_comm_holds, 0,
	    GP_COUNT(stats));
	tcase_add_loop_test(t, what_is_no_stat_is_refused, 0,
	    GP_COUNT(no_stats));
	tcase_add_test(t, status_tells_effective_user_and_innermost_pid);
	return s;
}
