#include "proc/perfmap.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "suite.h"

static struct jitcode m;
static int map; /* the file */

static void
append(const char *text)
{
	ck_assert_int_eq(write(map, text, strlen(text)),
	    (ssize_t)strlen(text));
}

static enum perfmap_err
read_again(void)
{
	jitcode_free(&m);
	return perfmap_read(&m, map);
}

static enum perfmap_err
read_text(const char *text)
{
	map = memfd_create("map", MFD_CLOEXEC);
	ck_assert_int_ge(map, 0);
	append(text);
	return read_again();
}

static const char *
name_at(uint64_t addr)
{
	static struct buf b;
	struct jitcode_found f;

	buf_reset(&b);
	if (!jitcode_find(&m, addr, JITCODE_NOW, &f))
		return "-";
	buf_add(&b, f.name, f.name_len);
	return b.s;
}

static void
teardown(void)
{
	jitcode_free(&m);
	close(map);
}

START_TEST(code_is_found_between_start_and_end)
{
	ck_assert_int_eq(read_text(
	    "7f0000001000 20 LazyCompile:~parse /srv/a.js:12\n"
	    "0x7f0000002000 0x10 other\r\n"), PERFMAP_OK);
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
	ck_assert_int_eq(read_text(
	    "1000 100 old\n"
	    "1080 100 new\n"
	    "1000 10 newest\n"), PERFMAP_OK);
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
	ck_assert_int_eq(read_text(bad[_i]), PERFMAP_OK);
	ck_assert_uint_eq(m.n, 0);
	ck_assert_uint_eq(m.bad, strchr(bad[_i], '\n') != NULL);
	append("\n2000 10 good\n");
	ck_assert_int_eq(read_again(), PERFMAP_OK);
	ck_assert_str_eq(name_at(0x2000), "good");
}
END_TEST

START_TEST(the_line_that_is_being_written_waits)
{
	ck_assert_int_eq(read_text("1000 10 one\n2000 10 tw"), PERFMAP_OK);
	ck_assert_str_eq(name_at(0x1000), "one");
	ck_assert_str_eq(name_at(0x2000), "-");
	append("o\n");
	ck_assert_int_eq(read_again(), PERFMAP_OK);
	ck_assert_str_eq(name_at(0x2000), "two");
}
END_TEST

START_TEST(only_regular_files_are_read)
{
	int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);

	map = memfd_create("map", MFD_CLOEXEC);
	ck_assert_int_eq(perfmap_read(&m, zero), PERFMAP_EFILE);
	close(zero);
}
END_TEST

START_TEST(of_a_map_beyond_the_limit_the_newest_part_is_used)
{
	ck_assert_int_eq(read_text("1000 10 old\n"), PERFMAP_OK);
	ck_assert_int_eq(ftruncate(map, (off_t)PERFMAP_BYTES_MAX + 100), 0);
	ck_assert_int_ge(lseek(map, 0, SEEK_END), 0);
	append("\n2000 10 new\n");
	ck_assert_int_eq(read_again(), PERFMAP_OK);
	ck_assert_str_eq(name_at(0x2000), "new");
	ck_assert_str_eq(name_at(0x1000), "-");
	ck_assert(m.cut);
}
END_TEST

/* Code that was written over takes no room. */
START_TEST(of_too_much_code_the_newest_is_kept)
{
	static struct buf b;

	for (unsigned i = 0; i < JITCODE_MAX + 10; i++)
		buf_addf(&b, "%x 8 f%u\n", 0x1000 + i * 16, i);
	ck_assert_int_eq(read_text(b.s), PERFMAP_OK);
	ck_assert(m.cut);
	ck_assert_uint_eq(m.n, JITCODE_MAX);
	ck_assert_str_eq(name_at(0x1000 + 9 * 16), "-");
	ck_assert_str_eq(name_at(0x1000 + 10 * 16), "f10");
	append("0 ffffffff all\n");
	ck_assert_int_eq(read_again(), PERFMAP_OK);
	ck_assert(!m.cut);
	ck_assert_uint_eq(m.n, 1);
	ck_assert_str_eq(name_at(0x1000), "all");
	buf_free(&b);
}
END_TEST

START_TEST(of_too_many_lines_the_last_are_used)
{
	static struct buf b;

	buf_adds(&b, "10000 100 old\n20000 100 dropped\n30000 100 kept\n");
	for (unsigned i = 0; i < PERFMAP_ENTRIES_MAX - 2; i++)
		buf_adds(&b, "900 10 f\n");
	buf_adds(&b, "no code\n10000 100 new\n");
	ck_assert_int_eq(read_text(b.s), PERFMAP_OK);
	ck_assert(m.cut);
	ck_assert_uint_eq(m.bad, 1);
	ck_assert_str_eq(name_at(0x10000), "new");
	ck_assert_str_eq(name_at(0x20000), "-");
	ck_assert_str_eq(name_at(0x30000), "kept");
	ck_assert_str_eq(name_at(0x900), "f");
	append("10000 100 newest\n");
	ck_assert_int_eq(read_again(), PERFMAP_OK);
	ck_assert_str_eq(name_at(0x10000), "newest");
	ck_assert_str_eq(name_at(0x30000), "-");
	buf_free(&b);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("perfmap");
	TCase *t = tcase_create("perfmap");

	tcase_add_checked_fixture(t, NULL, teardown);
	tcase_add_test(t, code_is_found_between_start_and_end);
	tcase_add_test(t, later_lines_override_earlier_ones);
	tcase_add_loop_test(t, what_is_no_entry_is_counted, 0, GP_COUNT(bad));
	tcase_add_test(t, the_line_that_is_being_written_waits);
	tcase_add_test(t, only_regular_files_are_read);
	tcase_add_test(t, of_a_map_beyond_the_limit_the_newest_part_is_used);
	tcase_add_test(t, of_too_much_code_the_newest_is_kept);
	tcase_add_test(t, of_too_many_lines_the_last_are_used);
	suite_add_tcase(s, t);
	return s;
}
