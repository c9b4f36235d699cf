/*
 * test_debuginfo.c - the DWARF of this very program.
 *
 * Functions that are inlined whatever the optimisation call probe(), which notes
 * the address of its call. What the compilers' other forms of DWARF are like, the
 * command line's tests compare with addr2line (tests/cli/3070-*).
 */
#include "elf/debuginfo.h"

#include <check.h>
#include <fcntl.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buf.h"
#include "suite.h"

#define INLINED static inline __attribute__((always_inline))

static uint64_t seen;
static int line_of_probe, line_of_inner, line_of_middle;

__attribute__((noinline)) static void
probe(void)
{
	/* The call, not what follows it. */
	seen = (uintptr_t)__builtin_return_address(0) - 1;
	__asm__ volatile("" ::: "memory");
}

INLINED void
inner(void)
{
	line_of_probe = __LINE__ + 1;
	probe();
	__asm__ volatile("" ::: "memory"); /* no tail call */
}

INLINED void
middle(void)
{
	line_of_inner = __LINE__ + 1;
	inner();
}

__attribute__((noinline)) static void
outer(void)
{
	line_of_middle = __LINE__ + 1;
	middle();
}

static int
find_base(struct dl_phdr_info *info, size_t size, void *base)
{
	(void)size;
	*(uint64_t *)base = info->dlpi_addr;
	return 1; /* the first is the program */
}

static int fd;
static struct elffile f;
static struct debuginfo *d;
static struct debuginfo_frame frame[DEBUGINFO_DEPTH_MAX];
static uint64_t addr; /* where probe() is called */

static void
setup(void)
{
	uint64_t base = 0;

	fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(elffile_init(&f, fd), ELFFILE_OK);
	dl_iterate_phdr(find_base, &base);
	outer();
	addr = seen - base;
	d = debuginfo_open(&f, &f, "/proc/self/exe", NULL, true);
	ck_assert_ptr_nonnull(d);
}

static void
teardown(void)
{
	debuginfo_close(d);
	close(fd);
}

static void
check_frame(size_t i, const char *name, int line)
{
	const char *file = frame[i].file ? frame[i].file : "";
	const char *slash = strrchr(file, '/');

	ck_assert_ptr_nonnull(frame[i].name);
	ck_assert_str_eq(frame[i].name, name);
	ck_assert_int_eq((int)frame[i].line, line);
	ck_assert_str_eq(slash ? slash + 1 : file, "test_debuginfo.c");
}

START_TEST(inlined_functions_come_behind_the_one_that_holds_them)
{
	ck_assert_uint_eq(debuginfo_find(d, addr, frame, DEBUGINFO_DEPTH_MAX),
	    3);
	check_frame(0, "outer", line_of_middle);
	check_frame(1, "middle", line_of_inner);
	check_frame(2, "inner", line_of_probe);
}
END_TEST

START_TEST(no_more_frames_than_there_is_room_for)
{
	ck_assert_uint_eq(debuginfo_find(d, addr, frame, 2), 2);
	ck_assert_str_eq(frame[0].name, "outer");
	ck_assert_str_eq(frame[1].name, "middle");
	ck_assert_uint_eq(debuginfo_find(d, addr, frame, 0), 0);
}
END_TEST

START_TEST(an_address_that_is_none_has_no_frames)
{
	ck_assert_uint_eq(debuginfo_find(d, 0, frame, 1), 0);
	ck_assert_uint_eq(debuginfo_find(d, UINT64_MAX, frame, 1), 0);
}
END_TEST

START_TEST(without_lines_there_are_names)
{
	debuginfo_close(d);
	d = debuginfo_open(&f, &f, "/proc/self/exe", NULL, false);
	ck_assert_ptr_nonnull(d);
	ck_assert_uint_eq(debuginfo_find(d, addr, frame, 3), 3);
	ck_assert_str_eq(frame[2].name, "inner");
	ck_assert_ptr_null(frame[2].file);
	ck_assert_uint_eq(frame[2].line, 0);
}
END_TEST

START_TEST(a_file_in_memory_will_do)
{
	void *image = mmap(NULL, (size_t)f.size, PROT_READ, MAP_PRIVATE, fd, 0);
	struct elffile mem;
	struct debuginfo *other;

	ck_assert_ptr_ne(image, MAP_FAILED);
	ck_assert_int_eq(elffile_init_mem(&mem, image, (size_t)f.size),
	    ELFFILE_OK);
	other = debuginfo_open(&mem, &mem, "", NULL, true);
	ck_assert_ptr_nonnull(other);
	ck_assert_uint_eq(debuginfo_find(other, addr, frame, 3), 3);
	check_frame(2, "inner", line_of_probe);
	debuginfo_close(other);
	munmap(image, (size_t)f.size);
}
END_TEST

START_TEST(a_file_without_dwarf_is_none)
{
	static const char image[4096];
	struct elffile mem;

	mem = (struct elffile){ .fd = -1, .mem = (const uint8_t *)image,
		.size = sizeof image };
	ck_assert_ptr_null(debuginfo_open(&mem, &mem, "", NULL, true));
}
END_TEST

/* Every function of the program, in an order that jumps: with what is kept of
 * earlier ones, and without, the answer is the same. */
START_TEST(the_order_of_questions_does_not_matter)
{
	struct debuginfo_frame again[3];
	struct debuginfo *fresh;

	for (uint64_t i = 0; i < 2000; i++) {
		uint64_t at = addr ^ (i * 7919 % 65536);
		size_t n = debuginfo_find(d, at, frame, 3);

		if (i % 40)
			continue;
		fresh = debuginfo_open(&f, &f, "", NULL, true);
		ck_assert_uint_eq(debuginfo_find(fresh, at, again, 3), n);
		for (size_t k = 0; k < n; k++) {
			ck_assert_uint_eq(again[k].line, frame[k].line);
			ck_assert_int_eq(!again[k].name, !frame[k].name);
			if (frame[k].name)
				ck_assert_str_eq(again[k].name, frame[k].name);
		}
		debuginfo_close(fresh);
	}
	ck_assert_uint_eq(debuginfo_left_out(d), 0);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("debuginfo");
	TCase *t = tcase_create("debuginfo");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t,
	    inlined_functions_come_behind_the_one_that_holds_them);
	tcase_add_test(t, no_more_frames_than_there_is_room_for);
	tcase_add_test(t, an_address_that_is_none_has_no_frames);
	tcase_add_test(t, without_lines_there_are_names);
	tcase_add_test(t, a_file_in_memory_will_do);
	tcase_add_test(t, a_file_without_dwarf_is_none);
	tcase_add_test(t, the_order_of_questions_does_not_matter);
	suite_add_tcase(s, t);
	return s;
}
