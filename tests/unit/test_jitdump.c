#include "proc/jitdump.h"

#include <check.h>
#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct jitdump m;
static struct buf file; /* what the dump is to hold */
static int writer;      /* another descriptor of its file */

/* -- the file, as a runtime writes it ------------------------------------- */

static void
put32(uint32_t v)
{
	buf_add(&file, &v, sizeof v);
}

static void
put64(uint64_t v)
{
	buf_add(&file, &v, sizeof v);
}

static void
put_header(uint32_t magic, uint32_t machine, uint64_t flags)
{
	put32(magic);
	put32(1);
	put32(40);
	put32(machine);
	put32(0);
	put32(4242);
	put64(1);
	put64(flags);
}

static void
put_record(uint32_t id, uint32_t body, uint64_t time)
{
	put32(id);
	put32(16 + body);
	put64(time);
}

static void
put_load(uint64_t time, uint64_t addr, uint64_t size, const char *name)
{
	put_record(0, 40 + (uint32_t)strlen(name) + 1 + 3, time);
	put32(4242);
	put32(4242);
	put64(addr);
	put64(addr);
	put64(size);
	put64(7);
	buf_add(&file, name, strlen(name) + 1);
	buf_add(&file, "\x90\x90\xc3", 3); /* the code; its length is free here */
}

static void
put_move(uint64_t time, uint64_t from, uint64_t to, uint64_t size)
{
	put_record(1, 48, time);
	put32(4242);
	put32(4242);
	put64(to);
	put64(from);
	put64(to);
	put64(size);
	put64(7);
}

static enum jitdump_err
open_file(uint32_t owner)
{
	char path[] = "/tmp/test_jitdump.XXXXXX";
	int fd;

	writer = mkstemp(path);
	ck_assert_int_ge(writer, 0);
	ck_assert_int_eq(write(writer, file.s, file.len), (ssize_t)file.len);
	buf_reset(&file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	unlink(path);
	return jitdump_open(&m, fd, owner);
}

static void
append(size_t len)
{
	ck_assert_int_eq(write(writer, file.s, len), (ssize_t)len);
	memmove(file.s, file.s + len, file.len - len);
	file.len -= len;
}

static const char *
name_then(uint64_t addr, uint64_t time)
{
	static struct buf b;

	buf_reset(&b);
	return jitdump_find(&m, addr, time, &b) ? b.s : "-";
}

static const char *
name_at(uint64_t addr)
{
	return name_then(addr, JITDUMP_NOW);
}

static void
setup(void)
{
	m = (struct jitdump){ .fd = -1 };
	writer = -1;
	put_header(0x4a695444, EM_X86_64, 0);
}

static void
teardown(void)
{
	jitdump_free(&m);
	if (writer >= 0)
		close(writer);
	buf_free(&file);
}

/* -- what is true ---------------------------------------------------------- */

START_TEST(code_is_found_between_start_and_end)
{
	put_load(10, 0x7f0000001000, 0x20, "JS:*parse /srv/a.js:12");
	put_load(20, 0x7f0000002000, 0x10, "other");
	ck_assert_int_eq(open_file(getuid()), JITDUMP_OK);
	ck_assert_str_eq(name_at(0x7f0000000fff), "-");
	ck_assert_str_eq(name_at(0x7f0000001000), "JS:*parse /srv/a.js:12");
	ck_assert_str_eq(name_at(0x7f000000101f), "JS:*parse /srv/a.js:12");
	ck_assert_str_eq(name_at(0x7f0000001020), "-");
	ck_assert_str_eq(name_at(0x7f0000002000), "other");
}
END_TEST

START_TEST(the_newest_load_that_is_not_too_new_wins)
{
	put_load(10, 0x1000, 0x100, "first");
	put_load(20, 0x1080, 0x100, "second");
	put_load(30, 0x1000, 0x10, "third");
	ck_assert_int_eq(open_file(getuid()), JITDUMP_OK);
	ck_assert_str_eq(name_at(0x1000), "third");
	ck_assert_str_eq(name_at(0x1010), "first");
	ck_assert_str_eq(name_at(0x1080), "second");
	ck_assert_str_eq(name_then(0x1000, 29), "first");
	ck_assert_str_eq(name_then(0x1000, 30), "third");
	ck_assert_str_eq(name_then(0x1080, 19), "first");
	ck_assert_str_eq(name_then(0x1080, 20), "second");
	ck_assert_str_eq(name_then(0x1100, 19), "-");
	ck_assert_str_eq(name_then(0x1000, 9), "-");
}
END_TEST

START_TEST(loads_count_in_order_of_time_not_of_writing)
{
	put_load(30, 0x1000, 0x10, "newer");
	put_load(20, 0x1000, 0x10, "older");
	ck_assert_int_eq(open_file(getuid()), JITDUMP_OK);
	ck_assert_str_eq(name_at(0x1000), "newer");
	ck_assert_str_eq(name_then(0x1000, 25), "older");
}
END_TEST

START_TEST(code_that_moved_has_its_name_in_both_places)
{
	put_load(10, 0x1000, 0x10, "mover");
	put_move(20, 0x1000, 0x5000, 0x10);
	put_load(30, 0x1000, 0x8, "successor");
	ck_assert_int_eq(open_file(getuid()), JITDUMP_OK);
	ck_assert_str_eq(name_at(0x5000), "mover");
	ck_assert_str_eq(name_then(0x5000, 19), "-");
	ck_assert_str_eq(name_at(0x1000), "successor");
	ck_assert_str_eq(name_then(0x1000, 25), "mover");
	ck_assert_str_eq(name_at(0x1008), "mover");
	put_move(40, 0x9000, 0xa000, 0x10);
	append(file.len);
	ck_assert_str_eq(name_at(0xa000), "-");
	ck_assert_uint_eq(m.bad, 1);
}
END_TEST

START_TEST(other_records_are_skipped_by_their_size)
{
	put_record(2, 24, 1); /* DEBUG_INFO */
	put64(0x1000);
	put64(1000000); /* entries that are not there */
	put64(0);
	put_record(4, 8, 2); /* UNWINDING_INFO */
	put64(UINT64_MAX);
	put_record(4711, 0, 3);
	put_load(10, 0x1000, 0x10, "behind them");
	ck_assert_int_eq(open_file(getuid()), JITDUMP_OK);
	ck_assert_str_eq(name_at(0x1000), "behind them");
}
END_TEST

START_TEST(close_is_the_end)
{
	put_load(10, 0x1000, 0x10, "before");
	put_record(3, 0, 20);
	put_load(30, 0x1000, 0x10, "after");
	ck_assert_int_eq(open_file(getuid()), JITDUMP_OK);
	ck_assert_str_eq(name_at(0x1000), "before");
}
END_TEST

START_TEST(a_file_that_grows_is_read_on)
{
	put_load(10, 0x1000, 0x10, "early");
	ck_assert_int_eq(open_file(getuid()), JITDUMP_OK);
	put_load(20, 0x2000, 0x10, "late");
	append(file.len - 5);
	ck_assert_str_eq(name_at(0x2000), "-");
	append(5);
	ck_assert_str_eq(name_at(0x2000), "late");
	ck_assert_str_eq(name_at(0x1000), "early");
}
END_TEST

START_TEST(times_of_another_clock_are_not_compared)
{
	buf_reset(&file);
	put_header(0x4a695444, EM_X86_64, 1);
	put_load(1000, 0x1000, 0x10, "f");
	ck_assert_int_eq(open_file(getuid()), JITDUMP_OK);
	ck_assert_str_eq(name_then(0x1000, 1), "f");
}
END_TEST

START_TEST(senseless_records_are_counted)
{
	put_load(10, 0x1000, 0, "empty");
	put_load(11, UINT64_MAX - 4, 0x10, "beyond the end of memory");
	put_record(0, 8, 12); /* a load too short for its fields */
	put64(0);
	put_load(13, 0x1000, 0x10, "good");
	put32(0);
	put32(4); /* a record smaller than its head */
	put64(14);
	put_load(15, 0x1000, 0x10, "lost");
	ck_assert_int_eq(open_file(getuid()), JITDUMP_OK);
	ck_assert_str_eq(name_at(0x1000), "good");
	ck_assert_uint_eq(m.bad, 4);
}
END_TEST

START_TEST(a_name_without_end_ends_with_the_file)
{
	put_load(10, 0x1000, 0x10, "abc");
	file.len -= 4; /* its NUL and the code */
	memcpy(file.s + 44, &(uint32_t){ 16 + 40 + 3 }, 4);
	ck_assert_int_eq(open_file(getuid()), JITDUMP_OK);
	ck_assert_str_eq(name_at(0x1000), "abc");
}
END_TEST

START_TEST(what_is_no_dump_of_ours_is_refused)
{
	if (getuid() != 0) {
		ck_assert_int_eq(open_file(getuid() + 1), JITDUMP_EOWNER);
		close(writer);
	}
	buf_reset(&file);
	put_header(0x4454694a, EM_X86_64, 0); /* big-endian */
	ck_assert_int_eq(open_file(getuid()), JITDUMP_EFORMAT);
	close(writer);
	put_header(0x4a695444, EM_AARCH64, 0);
	ck_assert_int_eq(open_file(getuid()), JITDUMP_EFORMAT);
	close(writer);
	buf_adds(&file, "short");
	ck_assert_int_eq(open_file(getuid()), JITDUMP_EFORMAT);
	ck_assert_int_eq(jitdump_open(&m, open("/dev/null", O_RDONLY),
	    getuid()), JITDUMP_EFILE);
}
END_TEST

START_TEST(files_are_known_by_their_name)
{
	ck_assert(jitdump_is_path("/tmp/jit-4242.dump"));
	ck_assert(jitdump_is_path("jit-1.dump"));
	ck_assert(!jitdump_is_path("/tmp/jit-.dump"));
	ck_assert(!jitdump_is_path("/tmp/jit-12.dump.1"));
	ck_assert(!jitdump_is_path("/tmp/jit-1x.dump"));
	ck_assert(!jitdump_is_path("/tmp/perf-1.map"));
	ck_assert(!jitdump_is_path(""));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("jitdump");
	TCase *tc = tcase_create("core");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, tc);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, code_is_found_between_start_and_end);
	tcase_add_test(tc, the_newest_load_that_is_not_too_new_wins);
	tcase_add_test(tc, loads_count_in_order_of_time_not_of_writing);
	tcase_add_test(tc, code_that_moved_has_its_name_in_both_places);
	tcase_add_test(tc, other_records_are_skipped_by_their_size);
	tcase_add_test(tc, close_is_the_end);
	tcase_add_test(tc, a_file_that_grows_is_read_on);
	tcase_add_test(tc, times_of_another_clock_are_not_compared);
	tcase_add_test(tc, senseless_records_are_counted);
	tcase_add_test(tc, a_name_without_end_ends_with_the_file);
	tcase_add_test(tc, what_is_no_dump_of_ours_is_refused);
	tcase_add_test(tc, files_are_known_by_their_name);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
