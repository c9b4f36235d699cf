/* How busy and full a machine was, by files that are described. */
#include "proc/load.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "suite.h"

static char root[64];

static void
put(const char *name, const char *text)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof path, "%s/proc/%s", root, name);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

static void
setup(void)
{
	char path[128];

	snprintf(root, sizeof root, "/tmp/gp-load.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
	snprintf(path, sizeof path, "%s/proc", root);
	ck_assert_int_eq(mkdir(path, 0700), 0);
}

static void
teardown(void)
{
	static const char *const names[] = { "/proc/stat", "/proc/meminfo",
		"/proc", "" };
	char path[128];

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		snprintf(path, sizeof path, "%s%s", root, names[i]);
		remove(path);
	}
}

static const struct {
	const char *stat[2], *meminfo[2], *record;
} cases[] = {
	/* Of 200 ticks 25 were busy; guests are part of what users took. */
	{ { "cpu  100 10 50 800 40 1 2 3 0 0\ncpu0 1 1\n",
	    "cpu  110 11 58 970 45 2 4 6 5 1\ncpu0 1 1\n" },
	  { "MemTotal: 1000 kB\nMemFree: 1 kB\nMemAvailable:  600 kB\n",
	    "MemTotal: 1000 kB\nMemFree: 1 kB\nMemAvailable:  500 kB\n" },
	  "#machine cpu_busy=12.5 memory_used=45.0\n" },
	{ { "cpu  0 0 0 0 0 0 0 0", "cpu  7 0 0 0 0 0 0 0" },
	  { "MemTotal: 3 kB\n", "MemTotal: 3 kB\n" },
	  "#machine cpu_busy=100.0 memory_used=100.0\n" },
	/* No time has passed; the counters went back (iowait does). */
	{ { "cpu  1 0 0 0 0 0 0 0", "cpu  1 0 0 0 0 0 0 0" },
	  { "MemTotal: 2 kB\nMemAvailable: 1 kB", "MemTotal: 2 kB\nMemAvailable: 1 kB" },
	  "#machine memory_used=50.0\n" },
	{ { "cpu  9 0 0 0 0 0 0 0", "cpu  1 0 0 90 0 0 0 0" }, { "", "" },
	  "" },
	{ { "intr 1", "cpu  a" }, { "MemTotal: x", "MemTotal:" }, "" },
	{ { "", "cpu  99999999999999999999 1 1 1 1 1 1 1" },
	  { "", "MemTotal: 18446744073709551615 kB" }, "" },
};

START_TEST(shares_are_those_between_the_two_readings)
{
	struct buf b = { 0 };
	struct load l;

	put("stat", cases[_i].stat[0]);
	put("meminfo", cases[_i].meminfo[0]);
	load_begin(&l, root);
	put("stat", cases[_i].stat[1]);
	put("meminfo", cases[_i].meminfo[1]);
	load_put(&l, root, &b);
	ck_assert_str_eq(buf_str(&b), cases[_i].record);
	buf_free(&b);
}
END_TEST

START_TEST(what_cannot_be_read_is_not_told)
{
	struct buf b = { 0 };
	struct load l;

	load_begin(&l, root);
	load_put(&l, root, &b);
	ck_assert_uint_eq(b.len, 0);
	buf_free(&b);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("load");
	TCase *t = tcase_create("load");

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, shares_are_those_between_the_two_readings, 0,
	    (int)(sizeof cases / sizeof *cases));
	tcase_add_test(t, what_cannot_be_read_is_not_told);
	return s;
}
