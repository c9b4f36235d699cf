#include "proc/perfmap.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct perfmap m;
static int writer; /* another descriptor of the map's file */

static void
append(const char *text)
{
	ck_assert_int_eq(write(writer, text, strlen(text)),
	    (ssize_t)strlen(text));
}

static enum perfmap_err
open_text(const char *text, uint32_t owner)
{
	char path[] = "/tmp/test_perfmap.XXXXXX";
	int fd;

	writer = mkstemp(path);
	ck_assert_int_ge(writer, 0);
	append(text);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	unlink(path);
	return perfmap_open(&m, fd, owner);
}

static const char *
name_at(uint64_t addr)
{
	static struct buf b;

	buf_reset(&b);
	return perfmap_find(&m, addr, &b) ? b.s : "-";
}

static void
teardown(void)
{
	perfmap_free(&m);
	close(writer);
}

START_TEST(code_is_found_between_start_and_end)
{
	ck_assert_int_eq(open_text(
	    "7f0000001000 20 LazyCompile:~parse /srv/a.js:12\n"
	    "0x7f0000002000 0x10 other\r\n", getuid()), PERFMAP_OK);
	ck_assert_str_eq(name_at(0x7f0000000fff), "-");
	ck_assert_str_eq(name_at(0x7f0000001000),
	    "LazyCompile:~parse /srv/a.js:12");
	ck_assert_str_eq(name_at(0x7f000000101f),
	    "LazyCompile:~parse /srv/a.js:12");
	ck_assert_str_eq(name_at(0x7f0000001020), "-");
	ck_assert_str_eq(name_at(0x7f0000002000), "other");
}
END_TEST

START_TEST(later_lines_override_earlier_ones)
{
	ck_assert_int_eq(open_text(
	    "1000 100 old\n"
	    "1080 100 new\n"
	    "1000 10 newest\n", getuid()), PERFMAP_OK);
	ck_assert_str_eq(name_at(0x1000), "newest");
	ck_assert_str_eq(name_at(0x1010), "old");
	ck_assert_str_eq(name_at(0x1080), "new");
	ck_assert_str_eq(name_at(0x117f), "new");
}
END_TEST

static const char *const bad[] = {
	"", "\n", "1000\n", "1000 10\n", "1000 10 \n", "1000 0 empty\n",
	"xyz 10 f\n", "1000 -1 f\n", " 1000 10 f\n",
	"ffffffffffffffff 10 wraps\n", "0x 10 f\n", "1000 10 cut off",
	"11111111111111111 10 f\n",
};

START_TEST(what_is_no_entry_is_counted)
{
	ck_assert_int_eq(open_text(bad[_i], getuid()), PERFMAP_OK);
	ck_assert_uint_eq(m.entries, 0);
	ck_assert_uint_eq(m.bad, strchr(bad[_i], '\n') != NULL);
	append("\n2000 10 good\n");
	ck_assert_str_eq(name_at(0x2000), "good");
}
END_TEST

START_TEST(a_map_that_grows_is_read_again)
{
	ck_assert_int_eq(open_text("1000 10 one\n2000 10 tw", getuid()),
	    PERFMAP_OK);
	ck_assert_str_eq(name_at(0x1000), "one");
	ck_assert_str_eq(name_at(0x2000), "-");
	append("o\n");
	ck_assert_str_eq(name_at(0x2000), "two");
	ck_assert_uint_eq(m.reads, 2);
	/* Without growth, no reading. */
	ck_assert_str_eq(name_at(0x3000), "-");
	ck_assert_uint_eq(m.reads, 2);
	for (int i = 0; i < 100; i++) {
		append("3000 10 x\n");
		ck_assert_str_eq(name_at(0x4000), "-");
	}
	ck_assert_uint_eq(m.reads, PERFMAP_READS_MAX);
}
END_TEST

START_TEST(others_files_are_refused)
{
	if (getuid() == 0) {
		/* root's own file is believed for anybody's process */
		ck_assert_int_eq(open_text("1000 10 f\n", 4711), PERFMAP_OK);
		perfmap_free(&m);
		ck_assert_int_eq(fchown(writer, 1234, 0), 0);
		ck_assert_int_eq(perfmap_open(&m, dup(writer), 4711),
		    PERFMAP_EOWNER);
		ck_assert_int_eq(perfmap_open(&m, dup(writer), 1234),
		    PERFMAP_OK);
	} else {
		ck_assert_int_eq(open_text("1000 10 f\n", getuid() + 1),
		    PERFMAP_EOWNER);
	}
}
END_TEST

START_TEST(only_regular_files_are_read)
{
	writer = open("/dev/null", O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(perfmap_open(&m,
	    open("/dev/zero", O_RDONLY | O_CLOEXEC), 0), PERFMAP_EFILE);
}
END_TEST

START_TEST(of_a_map_beyond_the_limit_the_newest_part_is_used)
{
	const char *last = "\n2000 10 new\n";

	ck_assert_int_eq(open_text("1000 10 old\n", getuid()), PERFMAP_OK);
	ck_assert_int_eq(ftruncate(writer, (off_t)PERFMAP_BYTES_MAX + 100), 0);
	ck_assert_int_ge(lseek(writer, 0, SEEK_END), 0);
	append(last);
	ck_assert_str_eq(name_at(0x2000), "new");
	ck_assert_str_eq(name_at(0x1000), "-");
	ck_assert(m.cut);
}
END_TEST

START_TEST(a_map_that_shrinks_gives_no_wrong_names)
{
	ck_assert_int_eq(open_text("1000 10 one\n2000 10 two\n", getuid()),
	    PERFMAP_OK);
	ck_assert_int_eq(ftruncate(writer, 5), 0);
	ck_assert_str_eq(name_at(0x2000), "-");
	ck_assert_str_eq(name_at(0x1000), "-");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("perfmap");
	TCase *t = tcase_create("perfmap");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, NULL, teardown);
	tcase_add_test(t, code_is_found_between_start_and_end);
	tcase_add_test(t, later_lines_override_earlier_ones);
	tcase_add_loop_test(t, what_is_no_entry_is_counted, 0, GP_COUNT(bad));
	tcase_add_test(t, a_map_that_grows_is_read_again);
	tcase_add_test(t, others_files_are_refused);
	tcase_add_test(t, only_regular_files_are_read);
	tcase_add_test(t, of_a_map_beyond_the_limit_the_newest_part_is_used);
	tcase_add_test(t, a_map_that_shrinks_gives_no_wrong_names);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
