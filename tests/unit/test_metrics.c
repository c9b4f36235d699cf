#include "ship/metrics.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "suite.h"

static struct metrics m, back;
static struct buf text;

static void
teardown(void)
{
	metrics_free(&m);
	metrics_free(&back);
	buf_free(&text);
}

START_TEST(values_are_set_and_added_by_name_and_labels)
{
	ck_assert(isnan(metrics_get(&m, METRIC_CYCLES, NULL)));
	metrics_add(&m, METRIC_CYCLES, "outcome=\"ok\"", 2);
	metrics_add(&m, METRIC_CYCLES, "outcome=\"ok\"", 3);
	metrics_add(&m, METRIC_CYCLES, "outcome=\"failed\"", 0);
	metrics_set(&m, METRIC_UNSENT, NULL, 7);
	metrics_set(&m, METRIC_UNSENT, "", 8);
	ck_assert_double_eq(metrics_get(&m, METRIC_CYCLES, "outcome=\"ok\""), 5);
	ck_assert_double_eq(metrics_sum(&m, METRIC_CYCLES), 5);
	ck_assert_double_eq(metrics_get(&m, METRIC_UNSENT, NULL), 8);
	ck_assert(isnan(metrics_sum(&m, METRIC_SAMPLES)));
	ck_assert_uint_eq(m.n, 3);
}
END_TEST

START_TEST(the_text_is_prometheus_sorted_and_complete)
{
	metrics_set(&m, METRIC_UNSENT, NULL, 7);
	metrics_add(&m, METRIC_CYCLES, "outcome=\"ok\"", 1439);
	metrics_add(&m, METRIC_CYCLES, "outcome=\"failed\"", 1);
	metrics_set(&m, METRIC_CYCLE_LAST, NULL, 1795689667.482);
	metrics_print(&m, &text);
	ck_assert_str_eq(text.s,
	    "# HELP gp_cycles_total Cycles by outcome.\n"
	    "# TYPE gp_cycles_total counter\n"
	    "gp_cycles_total{outcome=\"failed\"} 1\n"
	    "gp_cycles_total{outcome=\"ok\"} 1439\n"
	    "# HELP gp_cycle_last_timestamp_seconds When the last cycle ended.\n"
	    "# TYPE gp_cycle_last_timestamp_seconds gauge\n"
	    "gp_cycle_last_timestamp_seconds 1795689667.482\n"
	    "# HELP gp_unsent_profiles Profiles that gp-upload failed to take.\n"
	    "# TYPE gp_unsent_profiles gauge\n"
	    "gp_unsent_profiles 7\n"
	    "# end 4\n");
	ck_assert(metrics_parse(&back, text.s, text.len));
	ck_assert_uint_eq(back.n, 4);
	ck_assert_double_eq(metrics_get(&back, METRIC_CYCLE_LAST, NULL),
	    1795689667.482);
}
END_TEST

START_TEST(what_makes_no_sense_is_written_as_0)
{
	const double bad[] = { -1, NAN, INFINITY, 1e300 };

	for (size_t i = 0; i < GP_COUNT(bad); i++) {
		metrics_set(&m, METRIC_UNSENT, NULL, bad[i]);
		buf_reset(&text);
		metrics_print(&m, &text);
		ck_assert_ptr_nonnull(strstr(text.s, "gp_unsent_profiles 0\n"));
	}
}
END_TEST

START_TEST(gauges_are_forgotten_counters_and_stamps_stay)
{
	metrics_set(&m, METRIC_UNSENT, NULL, 7);
	metrics_set(&m, METRIC_CYCLE_LAST_SUCCESS, NULL, 9);
	metrics_add(&m, METRIC_SAMPLES, NULL, 100);
	metrics_next(&m);
	ck_assert(isnan(metrics_get(&m, METRIC_UNSENT, NULL)));
	ck_assert_double_eq(metrics_get(&m, METRIC_CYCLE_LAST_SUCCESS, NULL), 9);
	ck_assert_double_eq(metrics_get(&m, METRIC_SAMPLES, NULL), 100);
}
END_TEST

#define ONE "gp_samples_total 5\n"

static const struct {
	const char *text;
	bool good;
	size_t n;
} texts[] = {
	{ ONE "# end 1\n", true, 1 },
	{ "# HELP x y\n" ONE "# end 1\n", true, 1 },
	{ "# end 0\n", true, 0 },
	/* Of a later gp, or an earlier one. */
	{ "gp_unknown_total 1\n" ONE "# end 2\n", true, 1 },
	{ "gp_cycles_total{outcome=\"ok\"} 1.5\n# end 1\n", true, 1 },
	{ "gp_stage_ends_total{stage=\"a\",outcome=\"b\"} 1\n# end 1\n",
	    true, 1 },
	/* Cut off, or put together. */
	{ "", false, 0 }, { ONE, false, 0 }, { ONE "# end 1", false, 0 },
	{ ONE "# end 2\n", false, 0 }, { ONE "# end 1\n" ONE, false, 0 },
	{ ONE "# end 1\n# end 1\n", false, 0 }, { ONE "# end x\n", false, 0 },
	{ ONE "# end \n", false, 0 }, { "\n# end 0\n", false, 0 },
	/* Values. */
	{ "gp_samples_total\n# end 1\n", false, 0 },
	{ "gp_samples_total \n# end 1\n", false, 0 },
	{ "gp_samples_total -1\n# end 1\n", false, 0 },
	{ "gp_samples_total nan\n# end 1\n", false, 0 },
	{ "gp_samples_total 0x1p3\n# end 1\n", true, 1 },
	{ "gp_samples_total 1e300\n# end 1\n", false, 0 },
	{ "gp_samples_total 1 1795689667\n# end 1\n", true, 0 },
	{ "gp_samples_total 11111111111111111111111111111111\n# end 1\n",
	    false, 0 },
	/* Labels. */
	{ "gp_cycles_total{} 1\n# end 1\n", false, 0 },
	{ "gp_cycles_total{outcome=ok} 1\n# end 1\n", false, 0 },
	{ "gp_cycles_total{outcome=\"\"} 1\n# end 1\n", false, 0 },
	{ "gp_cycles_total{outcome=\"a b\"} 1\n# end 1\n", false, 0 },
	{ "gp_cycles_total{outcome=\"a\\\\\"} 1\n# end 1\n", false, 0 },
	{ "gp_cycles_total{outcome=\"ok\",} 1\n# end 1\n", false, 0 },
	{ "gp_cycles_total{Outcome=\"ok\"} 1\n# end 1\n", false, 0 },
	{ "gp_cycles_total{outcome=\"ok\"1\n# end 1\n", false, 0 },
};

START_TEST(only_what_was_written_whole_is_read)
{
	const char *t = texts[_i].text;

	metrics_set(&m, METRIC_UNSENT, NULL, 3);
	ck_assert_int_eq(metrics_parse(&m, t, strlen(t)), texts[_i].good);
	ck_assert_uint_eq(m.n, 1 + texts[_i].n);
}
END_TEST

START_TEST(their_number_is_bounded)
{
	char label[32];

	for (int i = 0; i < 2 * METRICS_VALUES_MAX; i++) {
		snprintf(label, sizeof label, "outcome=\"%d\"", i);
		metrics_set(&m, METRIC_CYCLES, label, i);
	}
	ck_assert_uint_eq(m.n, METRICS_VALUES_MAX);
	metrics_print(&m, &text);
	ck_assert(metrics_parse(&back, text.s, text.len));
	ck_assert_uint_eq(back.n, METRICS_VALUES_MAX);
	metrics_free(&back);
	buf_reset(&text);
	for (int i = 0; i <= METRICS_VALUES_MAX; i++)
		buf_addf(&text, "gp_cycles_total{outcome=\"%d\"} 1\n", i);
	buf_addf(&text, "# end %d\n", METRICS_VALUES_MAX + 1);
	ck_assert(!metrics_parse(&back, text.s, text.len));
	ck_assert_uint_eq(back.n, 0);
}
END_TEST

START_TEST(files_are_replaced_and_readable_for_all)
{
	char dir[] = "/tmp/test_metrics.XXXXXX", path[64];
	mode_t old = umask(077);
	struct stat st;
	int fd;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/gp.prom", dir);
	ck_assert_int_eq(metrics_read(&m, path), -1);
	ck_assert_int_eq(errno, ENOENT);
	metrics_set(&m, METRIC_SAMPLES, NULL, 5);
	ck_assert_int_eq(metrics_write(&m, path), 0);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0644);
	ck_assert_int_eq(metrics_read(&back, path), 0);
	ck_assert_double_eq(metrics_get(&back, METRIC_SAMPLES, NULL), 5);
	fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	ck_assert_int_eq(write(fd, "half", 4), 4);
	close(fd);
	ck_assert_int_eq(metrics_read(&back, path), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_double_eq(metrics_get(&back, METRIC_SAMPLES, NULL), 5);
	unlink(path);
	rmdir(dir);
	umask(old);
}
END_TEST

START_TEST(own_memory_is_not_what_was_before_exec)
{
	struct rusage u = { 0 };
	double own;

	getrusage(RUSAGE_SELF, &u);
	own = metrics_own_memory();
	ck_assert_double_gt(own, 100e3);
	ck_assert_double_le(own, (double)u.ru_maxrss * 1024 + 1e6);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("metrics");
	TCase *t = tcase_create("metrics");

	tcase_add_checked_fixture(t, NULL, teardown);
	tcase_add_test(t, values_are_set_and_added_by_name_and_labels);
	tcase_add_test(t, the_text_is_prometheus_sorted_and_complete);
	tcase_add_test(t, what_makes_no_sense_is_written_as_0);
	tcase_add_test(t, gauges_are_forgotten_counters_and_stamps_stay);
	tcase_add_loop_test(t, only_what_was_written_whole_is_read, 0,
	    GP_COUNT(texts));
	tcase_add_test(t, their_number_is_bounded);
	tcase_add_test(t, files_are_replaced_and_readable_for_all);
	tcase_add_test(t, own_memory_is_not_what_was_before_exec);
	suite_add_tcase(s, t);
	return s;
}
