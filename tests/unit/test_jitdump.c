#include "proc/jitdump.h"

#include <check.h>
#include <elf.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "suite.h"

static struct jitcode m;
static struct buf file; /* what the dump is to hold */
static int dump;        /* its file */

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

/* How places follow each other in a record. */
static void
put_place(struct buf *b, uint64_t addr, uint32_t line, const char *path)
{
	buf_add(b, &addr, sizeof addr);
	buf_add(b, &line, sizeof line);
	buf_add(b, &line, sizeof line);
	buf_add(b, path, strlen(path) + 1);
}

static void
put_debug(uint64_t addr, uint64_t n, struct buf *places)
{
	put_record(2, 16 + (uint32_t)places->len, 1);
	put64(addr);
	put64(n);
	buf_add(&file, places->s, places->len);
	buf_free(places);
}

static enum jitdump_err
read_now(uint64_t now)
{
	jitcode_free(&m);
	if (dump < 0)
		dump = memfd_create("dump", MFD_CLOEXEC);
	ck_assert_int_ge(dump, 0);
	ck_assert_int_eq(write(dump, file.s, file.len), (ssize_t)file.len);
	buf_reset(&file);
	return jitdump_read(&m, dump, now, true);
}

/* Write what was put, and read all of it. */
static enum jitdump_err
read_file(void)
{
	return read_now(1000000);
}

static const char *
name_then(uint64_t addr, uint64_t time)
{
	static struct buf b;
	struct jitcode_found f;

	buf_reset(&b);
	if (!jitcode_find(&m, addr, time, &f))
		return "-";
	buf_add(&b, f.name, f.name_len);
	return b.s;
}

static const char *
name_at(uint64_t addr)
{
	return name_then(addr, JITCODE_NOW);
}

static const char *
place_at(uint64_t addr)
{
	static struct buf b;
	struct jitcode_found f;

	buf_reset(&b);
	if (!jitcode_find(&m, addr, JITCODE_NOW, &f) || !f.file)
		return "-";
	buf_addf(&b, "%s:%u", f.file, f.line);
	return b.s;
}

static void
setup(void)
{
	dump = -1;
	put_header(0x4a695444, EM_X86_64, 0);
}

static void
teardown(void)
{
	jitcode_free(&m);
	if (dump >= 0)
		close(dump);
	buf_free(&file);
}

/* -- what is true ---------------------------------------------------------- */

START_TEST(code_is_found_between_start_and_end)
{
	put_load(10, 0x7f0000001000, 0x20, "JS:*parse /srv/a.js:12");
	put_load(20, 0x7f0000002000, 0x10, "other");
	ck_assert_int_eq(read_file(), JITDUMP_OK);
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
	ck_assert_int_eq(read_file(), JITDUMP_OK);
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
	ck_assert_int_eq(read_file(), JITDUMP_OK);
	ck_assert_str_eq(name_at(0x1000), "newer");
	ck_assert_str_eq(name_then(0x1000, 25), "older");
}
END_TEST

START_TEST(code_that_moved_has_its_name_in_both_places)
{
	put_load(10, 0x1000, 0x10, "mover");
	put_move(20, 0x1000, 0x5000, 0x10);
	put_load(30, 0x1000, 0x8, "successor");
	ck_assert_int_eq(read_file(), JITDUMP_OK);
	ck_assert_str_eq(name_at(0x5000), "mover");
	ck_assert_str_eq(name_then(0x5000, 19), "-");
	ck_assert_str_eq(name_at(0x1000), "successor");
	ck_assert_str_eq(name_then(0x1000, 25), "mover");
	ck_assert_str_eq(name_at(0x1008), "mover");
	put_move(40, 0x9000, 0xa000, 0x10);
	ck_assert_int_eq(read_file(), JITDUMP_OK);
	ck_assert_str_eq(name_at(0xa000), "-");
	ck_assert_str_eq(name_at(0x5000), "mover");
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
	ck_assert_int_eq(read_file(), JITDUMP_OK);
	ck_assert_str_eq(name_at(0x1000), "behind them");
}
END_TEST

START_TEST(close_is_the_end)
{
	put_load(10, 0x1000, 0x10, "before");
	put_record(3, 0, 20);
	put_load(30, 0x1000, 0x10, "after");
	ck_assert_int_eq(read_file(), JITDUMP_OK);
	ck_assert_str_eq(name_at(0x1000), "before");
}
END_TEST

START_TEST(the_record_that_is_being_written_waits)
{
	static struct buf whole;

	put_load(10, 0x1000, 0x10, "early");
	ck_assert_int_eq(read_file(), JITDUMP_OK);
	put_load(20, 0x2000, 0x10, "late");
	buf_add(&whole, file.s, file.len);
	file.len -= 5;
	ck_assert_int_eq(read_file(), JITDUMP_OK);
	ck_assert_str_eq(name_at(0x2000), "-");
	buf_add(&file, whole.s + whole.len - 5, 5);
	ck_assert_int_eq(read_file(), JITDUMP_OK);
	ck_assert_str_eq(name_at(0x2000), "late");
	ck_assert_str_eq(name_at(0x1000), "early");
	ck_assert_uint_eq(m.bad, 0);
	buf_free(&whole);
}
END_TEST

START_TEST(times_of_another_clock_are_not_compared)
{
	buf_reset(&file);
	put_header(0x4a695444, EM_X86_64, 1);
	put_load(1000, 0x1000, 0x10, "f");
	put_load(999, 0x1000, 0x10, "g");
	ck_assert_int_eq(read_file(), JITDUMP_OK);
	ck_assert(!m.timed);
	ck_assert_str_eq(name_then(0x1000, 1), "g");
}
END_TEST

START_TEST(times_to_come_are_of_another_clock)
{
	put_load(1001, 0x1000, 0x10, "f");
	put_load(999, 0x1000, 0x10, "g");
	ck_assert_int_eq(read_now(1001), JITDUMP_OK);
	ck_assert(m.timed);
	ck_assert_str_eq(name_then(0x1000, 1001), "f");
	ck_assert_int_eq(read_now(1000), JITDUMP_OK);
	ck_assert(!m.timed);
	ck_assert_str_eq(name_then(0x1000, 1), "g");
}
END_TEST

START_TEST(places_belong_to_the_code_that_follows)
{
	struct buf p = { 0 }, q = { 0 };

	put_place(&p, 0x1000, 7, "/srv/a.js");
	put_place(&p, 0x1004, 8, "/srv/a.js");
	put_place(&p, 0x1008, 3, "/srv/b.js");
	put_place(&p, 0x100c, 4, "\xff"); /* the same file */
	put_debug(0x1000, 4, &p);
	put_load(10, 0x1000, 0x10, "f");
	put_load(11, 0x2000, 0x10, "without");
	put_move(12, 0x1000, 0x5000, 0x10);
	/* As V8 and LLVM write them: behind the head of an ELF file. */
	put_place(&q, 0x3040, 1, "c.js");
	put_place(&q, 0x304c, 2, "c.js");
	put_debug(0x3000, 2, &q);
	put_load(13, 0x3000, 0x10, "shifted");
	ck_assert_int_eq(read_file(), JITDUMP_OK);
	ck_assert_str_eq(place_at(0x1000), "/srv/a.js:7");
	ck_assert_str_eq(place_at(0x1003), "/srv/a.js:7");
	ck_assert_str_eq(place_at(0x1004), "/srv/a.js:8");
	ck_assert_str_eq(place_at(0x1008), "/srv/b.js:3");
	ck_assert_str_eq(place_at(0x100f), "/srv/b.js:4");
	ck_assert_str_eq(place_at(0x2000), "-");
	ck_assert_str_eq(place_at(0x5004), "/srv/a.js:8");
	ck_assert_str_eq(place_at(0x500c), "/srv/b.js:4");
	ck_assert_str_eq(place_at(0x3000), "c.js:1");
	ck_assert_str_eq(place_at(0x300c), "c.js:2");
}
END_TEST

/* Each with something of its own that no place has. */
static const struct {
	uint64_t of, n, first, second;
	const char *path;
} senseless[] = {
	{ 0x1000, 2, 0x1000, 0x1004, "\x01\x02" },
	{ 0x1000, 2, 0x1000, 0x1004, "\xfe\xfe" },
	{ 0x1000, 2, 0x1000, 0x1004, "\xff" }, /* the same as which? */
	{ 0x1000, 2, 0x1000, 0x1004, "" },
	{ 0x1000, 3, 0x1000, 0x1004, "a.js" },  /* one is missing */
	{ 0x1000, 2, 0x1004, 0x1000, "a.js" },
	{ 0x1000, 2, 0x0ffc, 0x1000, "a.js" },
	{ 0x1000, 2, 0x1000, 0x9000, "a.js" },
	{ 0x2000, 2, 0x1000, 0x1004, "a.js" },
};

START_TEST(places_that_make_no_sense_are_not_used)
{
	struct buf p = { 0 };

	put_place(&p, senseless[_i].first, 1, senseless[_i].path);
	put_place(&p, senseless[_i].second, 2, senseless[_i].path);
	put_debug(senseless[_i].of, senseless[_i].n, &p);
	put_load(10, 0x1000, 0x10, "f");
	ck_assert_int_eq(read_file(), JITDUMP_OK);
	ck_assert_str_eq(name_at(0x1000), "f");
	ck_assert_str_eq(place_at(0x1000), "-");
	ck_assert_str_eq(place_at(0x1004), "-");
}
END_TEST

START_TEST(a_long_name_is_read_as_far_as_is_shown)
{
	static char name[20000];

	memset(name, 'n', sizeof name - 1);
	put_load(10, 0x1000, 0x10, name);
	put_load(11, 0x2000, 0x10, "next");
	ck_assert_int_eq(read_file(), JITDUMP_OK);
	ck_assert_uint_eq(strlen(name_at(0x1000)), JITCODE_NAME_MAX);
	ck_assert_str_eq(name_at(0x2000), "next");
}
END_TEST

START_TEST(of_too_much_code_the_newer_half_stays)
{
	for (uint32_t i = 0; i < JITCODE_MAX + 2; i++)
		put_load(10 + i, 0x1000 + i * 16, 8, "f");
	put_move(900000, 0x1000 + (JITCODE_MAX + 1) * 16, 0x10, 8);
	ck_assert_int_eq(read_file(), JITDUMP_OK);
	ck_assert(m.cut);
	ck_assert_uint_eq(m.n, JITCODE_MAX / 2 + 3);
	ck_assert_str_eq(name_at(0x1000), "-");
	ck_assert_str_eq(name_at(0x1000 + (JITCODE_MAX + 1) * 16), "f");
	ck_assert_str_eq(name_at(0x10), "f");
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
	ck_assert_int_eq(read_file(), JITDUMP_OK);
	ck_assert_str_eq(name_at(0x1000), "good");
	ck_assert_uint_eq(m.bad, 4);
}
END_TEST

START_TEST(a_name_without_end_ends_with_the_file)
{
	put_load(10, 0x1000, 0x10, "abc");
	file.len -= 4; /* its NUL and the code */
	memcpy(file.s + 44, &(uint32_t){ 16 + 40 + 3 }, 4);
	ck_assert_int_eq(read_file(), JITDUMP_OK);
	ck_assert_str_eq(name_at(0x1000), "abc");
}
END_TEST

START_TEST(what_is_no_dump_of_ours_is_refused)
{
	buf_reset(&file);
	put_header(0x4454694a, EM_X86_64, 0); /* big-endian */
	ck_assert_int_eq(read_file(), JITDUMP_EFORMAT);
	close(dump);
	dump = -1;
	put_header(0x4a695444, EM_AARCH64, 0);
	ck_assert_int_eq(read_file(), JITDUMP_EFORMAT);
	close(dump);
	dump = -1;
	buf_adds(&file, "short");
	ck_assert_int_eq(read_file(), JITDUMP_EFORMAT);
	close(dump);
	dump = open("/dev/null", O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(jitdump_read(&m, dump, 0, false), JITDUMP_EFILE);
}
END_TEST

START_TEST(a_dump_without_a_machine_is_of_this_one) /* CPython's */
{
	buf_reset(&file);
	put_header(0x4a695444, EM_NONE, 0);
	put_load(10, 0x1000, 0x10, "py::f:/srv/f.py");
	ck_assert_int_eq(read_file(), JITDUMP_OK);
	ck_assert_str_eq(name_at(0x1000), "py::f:/srv/f.py");
}
END_TEST

START_TEST(files_are_known_by_their_name)
{
	ck_assert(jitdump_is_path("/tmp/jit-4242.dump"));
	ck_assert(!jitdump_is_path("jit-1.dump"));
	ck_assert(!jitdump_is_path("/tmp/jit-.dump"));
	ck_assert(!jitdump_is_path("/tmp/jit-12.dump.1"));
	ck_assert(!jitdump_is_path("/tmp/jit-1x.dump"));
	ck_assert(!jitdump_is_path("/tmp/perf-1.map"));
	ck_assert(!jitdump_is_path(""));
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("jitdump");
	TCase *tc = tcase_create("core");

	suite_add_tcase(s, tc);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, code_is_found_between_start_and_end);
	tcase_add_test(tc, the_newest_load_that_is_not_too_new_wins);
	tcase_add_test(tc, loads_count_in_order_of_time_not_of_writing);
	tcase_add_test(tc, code_that_moved_has_its_name_in_both_places);
	tcase_add_test(tc, other_records_are_skipped_by_their_size);
	tcase_add_test(tc, close_is_the_end);
	tcase_add_test(tc, the_record_that_is_being_written_waits);
	tcase_add_test(tc, times_of_another_clock_are_not_compared);
	tcase_add_test(tc, times_to_come_are_of_another_clock);
	tcase_add_test(tc, places_belong_to_the_code_that_follows);
	tcase_add_loop_test(tc, places_that_make_no_sense_are_not_used, 0,
	    GP_COUNT(senseless));
	tcase_add_test(tc, a_long_name_is_read_as_far_as_is_shown);
	tcase_add_test(tc, of_too_much_code_the_newer_half_stays);
	tcase_add_test(tc, a_dump_without_a_machine_is_of_this_one);
	tcase_add_test(tc, senseless_records_are_counted);
	tcase_add_test(tc, a_name_without_end_ends_with_the_file);
	tcase_add_test(tc, what_is_no_dump_of_ours_is_refused);
	tcase_add_test(tc, files_are_known_by_their_name);
	return s;
}
