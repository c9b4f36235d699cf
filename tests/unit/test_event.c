/* The names of -e, and what is sampled without one. */
#include <check.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <unistd.h>

static long fake_open(const struct perf_event_attr *attr, int pid, int cpu);

#define syscall(number, attr, pid, cpu, group, flags) \
	fake_open(attr, pid, cpu)
#include "cmd/gp-record/event.c"
#undef syscall
#include "suite.h"

/* What the kernel says: of a CPU, and of a thread in user space. */
static int of_cpu, of_thread;

static long
fake_open(const struct perf_event_attr *attr, int pid, int cpu)
{
	int err = of_cpu;

	ck_assert_uint_eq(attr->type, PERF_TYPE_HARDWARE);
	if (pid == 0) {
		ck_assert(cpu == -1 && attr->exclude_kernel);
		err = of_thread;
	}
	errno = err;
	return err ? -1 : dup(STDERR_FILENO);
}

static const struct {
	int of_cpu, of_thread;
	const char *name, *why;
} defaults[] = {
	{ 0, ENOENT, "cycles", NULL },
	{ ENOENT, 0, "cpu-clock", "there is no PMU here that counts cycles" },
	{ EOPNOTSUPP, 0, "cpu-clock",
	    "there is no PMU here that counts cycles" },
	/* Without privileges the kernel does not look whether there is one. */
	{ EACCES, 0, "cycles", NULL },
	{ EACCES, ENOENT, "cpu-clock",
	    "there is no PMU here that counts cycles" },
	{ EACCES, EACCES, "cpu-clock", "cycles may not be counted" },
	{ EPERM, EPERM, "cpu-clock", "cycles may not be counted" },
	/* The first CPU is offline. */
	{ ENODEV, 0, "cycles", NULL },
};

static const struct {
	const char *name;
	bool good;
	uint32_t type;
	uint64_t config;
} names[] = {
	{ "cycles", true, PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES },
	{ "cpu-clock", true, PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK },
	{ "cpu-clock:u", true, PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK },
	{ "page-faults:k", true, PERF_TYPE_SOFTWARE,
	    PERF_COUNT_SW_PAGE_FAULTS },
	{ "r1a8", true, PERF_TYPE_RAW, 0x1a8 },
	{ "rFFFFFFFFFFFFFFFF", true, PERF_TYPE_RAW, UINT64_MAX },
	{ "", false, 0, 0 },
	{ "cycle", false, 0, 0 },
	{ "cyclesx", false, 0, 0 },
	{ "cycles:z", false, 0, 0 },
	{ ":u", false, 0, 0 },
	{ "r", false, 0, 0 },
	{ "rxyz", false, 0, 0 },
	{ "r10000000000000000", false, 0, 0 },
	{ "nopmu/cycles/", false, 0, 0 },
	{ "../../etc/passwd/", false, 0, 0 },
	{ "cpu/../../type/", false, 0, 0 },
	{ "/x/", false, 0, 0 },
	{ "software/", false, 0, 0 },
};

START_TEST(cycles_are_sampled_where_they_can_be)
{
	struct event e;
	const char *why;

	of_cpu = defaults[_i].of_cpu;
	of_thread = defaults[_i].of_thread;
	why = event_default(&e);
	ck_assert_str_eq(e.name, defaults[_i].name);
	ck_assert(!e.user_only);
	ck_assert_pstr_eq(why, defaults[_i].why);
}
END_TEST

START_TEST(a_name_means_its_event)
{
	struct event e;

	ck_assert_msg(event_parse(&e, names[_i].name) == names[_i].good,
	    "%s", names[_i].name);
	if (!names[_i].good)
		return;
	ck_assert_uint_eq(e.type, names[_i].type);
	ck_assert_uint_eq(e.config, names[_i].config);
	ck_assert_str_eq(e.name, names[_i].name);
}
END_TEST

START_TEST(a_suffix_leaves_half_out)
{
	struct event e;

	ck_assert(event_parse(&e, "cpu-clock:u"));
	ck_assert(e.user_only && !e.kernel_only);
	ck_assert(event_parse(&e, "cpu-clock:k"));
	ck_assert(!e.user_only && e.kernel_only);
	ck_assert(event_parse(&e, "cpu-clock"));
	ck_assert(!e.user_only && !e.kernel_only);
}
END_TEST

START_TEST(a_name_too_long_is_none)
{
	char name[4096];
	struct event e;

	memset(name, 'a', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	ck_assert(!event_parse(&e, name));
	name[100] = '/';
	name[sizeof name - 2] = '/';
	ck_assert(!event_parse(&e, name));
}
END_TEST

static const struct {
	const char *format;
	uint64_t value;
	bool good;
	uint64_t config;
} places[] = {
	{ "config:0-7", 0x3c, true, 0x3c },
	{ "config:8-15", 0x1, true, 0x100 },
	{ "config:23", 1, true, 1u << 23 },
	{ "config:0-7,32-35", 0xfab, true, 0xf000000abull },
	{ "config:63", 1, true, 1ull << 63 },
	{ "config:64", 1, false, 0 },
	{ "config:7-0", 1, false, 0 },
	{ "config:", 1, false, 0 },
	{ "config1:0-7", 1, false, 0 },
	{ "", 1, false, 0 },
};

START_TEST(a_format_says_where_bits_go)
{
	uint64_t config = 0;

	ck_assert_msg(place_bits(places[_i].format, places[_i].value,
	    &config) == places[_i].good, "%s", places[_i].format);
	if (places[_i].good)
		ck_assert_uint_eq(config, places[_i].config);
}
END_TEST

Suite *
suite(void)
{
	Suite *suite = suite_create("event");
	TCase *tc = tcase_create("event");

	tcase_add_loop_test(tc, a_name_means_its_event, 0,
	    (int)GP_COUNT(names));
	tcase_add_loop_test(tc, cycles_are_sampled_where_they_can_be, 0,
	    (int)GP_COUNT(defaults));
	tcase_add_test(tc, a_suffix_leaves_half_out);
	tcase_add_test(tc, a_name_too_long_is_none);
	tcase_add_loop_test(tc, a_format_says_where_bits_go, 0,
	    (int)GP_COUNT(places));
	suite_add_tcase(suite, tc);
	return suite;
}
